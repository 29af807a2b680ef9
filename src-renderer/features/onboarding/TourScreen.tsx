import { useEffect, useRef } from 'react';
import { Link, useLocation } from 'wouter';
import { Banner } from '../../components/Banner';
import { Button } from '../../components/Button';
import { GridSkeleton } from '../../components/GridSkeleton';
import { Screen } from '../../components/Screen';
import { ROUTES, compareRoute, lineageRoute, sandboxRoute } from '../../routes';
import { useOutage } from '../../state/connection';
import { useSandboxes } from '../../state/sandboxes';
import { useSnapshots } from '../../state/snapshots';
import { showToast } from '../../state/toasts';
import { deleteSample, useSampleId, useSampleSnapshotId, useTour, useTourPhase } from '../../state/tour';
import { TourSample } from './TourSample';
import { TourSteps } from './TourSteps';
import styles from './TourScreen.module.css';

/** Three steps with a real sandbox: take a snapshot, break something, go back. */
export function TourScreen() {
  const [, navigate] = useLocation();
  const phase = useTourPhase();
  const error = useTour((state) => state.error);
  const outage = useOutage();
  const sampleId = useSampleId();
  const snapshotId = useSampleSnapshotId(sampleId);
  const hasSandboxes = useSandboxes((state) => state.loadedAt !== undefined);
  const hasSnapshots = useSnapshots((state) => state.loadedAt !== undefined);
  const leave = (): void => {
    navigate(ROUTES.sandboxes);
    if (sampleId === undefined) return;
    const action = { label: 'Delete the sample', run: () => void deleteSample(sampleId) };
    showToast({ tone: 'info', message: 'The tour waits: its sample sandbox is still there.', action });
  };
  return (
    <Screen title="Tour" tools={phase !== 'whole' && <Button onClick={leave}>Leave the tour</Button>}>
      <div className="scroll-area">
        <div className={styles.page}>
          <p className={styles.lead}>
            A sandbox can be captured at any moment and taken back to that moment. Three steps show it with a
            real one, in less than a minute.
          </p>
          {outage !== undefined && <Banner tone="warning">{outage}</Banner>}
          {error !== undefined && <Banner tone="error">{error}</Banner>}
          {hasSandboxes && hasSnapshots ? (
            <div className={styles.columns}>
              <div className={styles.steps}>
                <TourSteps phase={phase} sampleId={sampleId} snapshotId={snapshotId} />
                {phase === 'whole' && sampleId !== undefined && (
                  <TourEnd sampleId={sampleId} snapshotId={snapshotId} />
                )}
              </div>
              {phase !== 'start' && sampleId !== undefined && (
                <TourSample key={phase} phase={phase} sampleId={sampleId} snapshotId={snapshotId} />
              )}
            </div>
          ) : (
            <GridSkeleton label="Loading" />
          )}
        </div>
      </div>
    </Screen>
  );
}

function TourEnd({ sampleId, snapshotId = '' }: { sampleId: string; snapshotId: string | undefined }) {
  const [, navigate] = useLocation();
  const { startedAt, endedAt, running } = useTour();
  const first = useRef<HTMLButtonElement>(null);
  useEffect(() => first.current?.focus(), []);
  // Another browser may have begun it.
  const seconds = startedAt === 0 ? 0 : Math.round((endedAt - startedAt) / 1000);
  const cleanUp = async (): Promise<void> => {
    await deleteSample(sampleId);
    if (useTour.getState().error === undefined) navigate(ROUTES.sandboxes);
  };
  return (
    <section className={styles.step} data-now="true" aria-labelledby="tour-end">
      <h2 id="tour-end" className={styles.heading}>
        Whole again{seconds > 0 ? `, after ${String(seconds)} seconds in all` : ''}
      </h2>
      <p>
        The broken state is not lost either: a safety snapshot holds it. See both in the{' '}
        <Link href={lineageRoute(sampleId)}>lineage</Link>, or{' '}
        <Link href={compareRoute({ from: snapshotId, to: sampleId })}>compare them in full</Link>.
      </p>
      <div className={styles.buttons}>
        <Button
          ref={first}
          tone="primary"
          aria-disabled={running !== undefined}
          onClick={() => void cleanUp()}
        >
          Delete the sample
        </Button>
        <Button onClick={() => navigate(sandboxRoute(sampleId))}>Keep it and open it</Button>
      </div>
    </section>
  );
}

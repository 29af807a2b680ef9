import { HardDrive, RefreshCw, Trash2 } from 'lucide-react';
import { useEffect, useState } from 'react';
import { Banner } from '../../components/Banner';
import { Button } from '../../components/Button';
import { EmptyState } from '../../components/EmptyState';
import { GridSkeleton } from '../../components/GridSkeleton';
import { Screen } from '../../components/Screen';
import { count } from '../../model/count';
import { ROUTES } from '../../routes';
import { useOutage } from '../../state/connection';
import { openDialog } from '../../state/dialogs';
import { loadDisk, useDisk } from '../../state/disk';
import { goTo } from '../../state/navigation';
import { useSnapshots } from '../../state/snapshots';
import { DiskSnapshots } from './DiskSnapshots';
import { DiskTotals } from './DiskTotals';
import { DiskTrees } from './DiskTrees';
import styles from './DiskScreen.module.css';

/** Changes come in bursts; the figures follow when one is over. */
const SETTLE_MS = 500;

/** What snapshots really cost, per tree and each, and the way to give it back. */
export function DiskScreen() {
  const { usage, loadError } = useDisk();
  const outage = useOutage();
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  useFigures();
  const chosen = usage?.snapshots.filter((each) => selected.has(each.id)).map((each) => each.id) ?? [];
  const leftovers = usage?.leftovers.length ?? 0;
  const isUseless = chosen.length === 0 && leftovers === 0;
  return (
    <Screen
      title="Disk"
      tools={
        <>
          <Button icon={RefreshCw} onClick={() => void loadDisk()}>
            Read again
          </Button>
          <Button
            tone="primary"
            icon={Trash2}
            disabled={outage !== undefined || isUseless}
            title={outage ?? (isUseless ? 'Choose snapshots first; nothing else can go.' : undefined)}
            onClick={() => openDialog({ kind: 'reclaim-disk', snapshotIds: chosen })}
          >
            {chosen.length === 0 ? 'Reclaim leftovers…' : `Reclaim ${count(chosen.length, 'snapshot')}…`}
          </Button>
        </>
      }
    >
      <div className="scroll-area">
        <div className={styles.page}>
          {loadError !== undefined && (
            <Banner tone="error" action={<Button onClick={() => void loadDisk()}>Try again</Button>}>
              The disk could not be read: {loadError}
            </Banner>
          )}
          {usage === undefined && loadError === undefined && <GridSkeleton label="Reading the disk" />}
          {usage !== undefined && <DiskTotals usage={usage} />}
          {usage?.snapshots.length === 0 && (
            <EmptyState
              icon={HardDrive}
              title="No snapshots take space"
              text="Here you see what each snapshot keeps for itself, what it shares, and what deleting it frees."
              action={
                <Button tone="primary" onClick={() => goTo(ROUTES.sandboxes)}>
                  Choose a sandbox to capture
                </Button>
              }
            />
          )}
          {usage !== undefined && usage.snapshots.length > 0 && (
            <>
              <DiskTrees trees={usage.trees} />
              <DiskSnapshots snapshots={usage.snapshots} selected={selected} onSelect={setSelected} />
            </>
          )}
        </div>
      </div>
    </Screen>
  );
}

/** Reads the figures when the screen opens and whenever a snapshot comes, changes or goes: a pin keeps it, a name shows. */
function useFigures(): void {
  const snapshots = useSnapshots((state) => state.byId);
  useEffect(() => {
    const timer = setTimeout(() => void loadDisk(), useDisk.getState().usage === undefined ? 0 : SETTLE_MS);
    return () => clearTimeout(timer);
  }, [snapshots]);
}

import type { ChangedPath } from '../../../src-main/http/schemas/compare';
import { runCommand } from '../../api/command-api';
import { compare } from '../../api/compare-api';
import { useReading, type Reading } from '../../components/use-reading';
import { SAMPLE_FOLDER, SHOWING_COMMAND, type TourPhase } from '../../model/tour';
import styles from './TourScreen.module.css';

const SIGNS = { added: '+', removed: '−', changed: '~' } as const;
const WORDS = { added: 'added', removed: 'removed', changed: 'changed' } as const;

interface TourSampleProps {
  phase: TourPhase;
  sampleId: string;
  snapshotId: string | undefined;
}

/** What the sample holds now, asked of the sandbox itself, and how that differs from its snapshot. */
export function TourSample({ phase, sampleId, snapshotId }: TourSampleProps) {
  const files = useReading(sampleId, () => runCommand(sampleId, SHOWING_COMMAND));
  const isCompared = snapshotId !== undefined && phase !== 'kept';
  const changes = useReading(isCompared ? `${snapshotId} ${sampleId}` : undefined, async (signal) =>
    (await compare(snapshotId ?? '', sampleId, signal)).items.filter(isSample),
  );
  return (
    <section className={styles.sample} aria-labelledby="tour-sample">
      <h2 id="tour-sample" className={styles.heading}>
        What {SAMPLE_FOLDER} holds
      </h2>
      {files.state === 'failed' && <p>{files.message}</p>}
      {/* Long text scrolls, so it takes the focus. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a scrollable region must be reachable */}
      <pre className={styles.files} tabIndex={0} aria-label="Files of the sample">
        {files.state === 'read' ? files.value : '…'}
      </pre>
      {isCompared && <Changes changes={changes} />}
    </section>
  );
}

function Changes({ changes }: { changes: Reading<readonly ChangedPath[]> }) {
  if (changes.state === 'reading') return <p role="status">Comparing…</p>;
  if (changes.state === 'failed') return <p>{changes.message}</p>;
  if (changes.value.length === 0) return <p>Nothing differs from the snapshot.</p>;
  return (
    <>
      <h3 className={styles.heading}>What changed since the snapshot</h3>
      <ul aria-label="Changes since the snapshot">
        {changes.value.map(({ path, change }) => (
          <li key={path} className={styles.change} data-change={change}>
            <span aria-hidden>{SIGNS[change]}</span>
            <code>{path}</code>
            <span>{WORDS[change]}</span>
          </li>
        ))}
      </ul>
    </>
  );
}

/** The folder itself only has another time. */
function isSample({ path }: ChangedPath): boolean {
  return path.startsWith(`${SAMPLE_FOLDER}/`);
}

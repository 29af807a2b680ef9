import { Link } from 'wouter';
import type { FileHistory as History } from '../../../src-main/http/schemas/compare';
import { snapshotFileHistory } from '../../api/compare-api';
import { RelativeTime } from '../../components/RelativeTime';
import { useReading } from '../../components/use-reading';
import { formatBytes } from '../../model/format-size';
import { shortenId } from '../../model/shorten-id';
import { compareRoute, snapshotRoute } from '../../routes';
import styles from './FilesScreen.module.css';

type Version = History['items'][number];

/** Which snapshots of the lineage hold the path, and when it changed. */
export function FileHistory({ id, path }: { id: string; path: string }) {
  const reading = useReading(path, (signal) => snapshotFileHistory(id, path, signal));
  return (
    <section className={styles.history} aria-label="History along the lineage">
      <h3 className={styles.historyTitle}>Along the lineage</h3>
      {reading.state === 'reading' && <p className={styles.muted}>Looking through the snapshots before…</p>}
      {reading.state === 'failed' && <p className={styles.muted}>{reading.message}</p>}
      {reading.state === 'read' && (
        <ol className={styles.versions}>
          {reading.value.items.map((version, at, all) => (
            <VersionLine key={version.snapshotId} version={version} older={all[at + 1]} path={path} />
          ))}
        </ol>
      )}
    </section>
  );
}

function VersionLine({
  version,
  older,
  path,
}: {
  version: Version;
  older: Version | undefined;
  path: string;
}) {
  const { snapshotId, createdAt, file, changed } = version;
  const name = version.name ?? shortenId(snapshotId);
  return (
    <li>
      <Link href={snapshotRoute(snapshotId)} className={styles.versionName} title={name}>
        {name}
      </Link>
      <span>{wordFor(version, older)}</span>
      <span className={styles.muted}>{file?.kind === 'file' && formatBytes(file.sizeBytes)}</span>
      <span className={styles.muted}>
        <RelativeTime iso={createdAt} />
      </span>
      {changed === true && older !== undefined && (
        <Link href={compareRoute({ from: older.snapshotId, to: snapshotId, path })}>Compare</Link>
      )}
    </li>
  );
}

function wordFor({ state, changed }: Version, older: Version | undefined): string {
  if (state === 'unreadable') return 'Cannot be read';
  if (state === 'absent') return changed === true ? 'Removed' : 'Not there';
  if (changed === undefined) return 'There';
  if (!changed) return 'Same';
  return older?.state === 'absent' ? 'Added' : 'Changed';
}

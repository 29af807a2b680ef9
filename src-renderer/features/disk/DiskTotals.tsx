import type { DiskUsage } from '../../../src-main/http/schemas/disk';
import { formatBytes } from '../../model/format-size';
import { count } from '../../model/count';
import styles from './DiskScreen.module.css';

export function DiskTotals({ usage }: { usage: DiskUsage }) {
  const shared = usage.snapshotBytes - usage.snapshotUniqueBytes;
  const figures = [
    ['Snapshots alone', usage.snapshotUniqueBytes, 'What deleting all of them would free.'],
    ['Shared', shared, 'Snapshots stand on it, and so do images or sandboxes.'],
    ['Reclaimable now', usage.reclaimableBytes, leftoverWords(usage)],
    ['All images', usage.totalBytes, 'Everything on this engine, each layer once.'],
  ] as const;
  return (
    <dl className={styles.totals}>
      {figures.map(([name, bytes, words]) => (
        <div key={name} className={styles.total}>
          <dt className={styles.caption}>{name}</dt>
          <dd className={styles.figure}>{formatBytes(bytes)}</dd>
          <dd className={styles.caption}>{words}</dd>
        </div>
      ))}
    </dl>
  );
}

function leftoverWords({ leftovers }: DiskUsage): string {
  if (leftovers.length === 0) return 'Nothing is left over.';
  return `${count(leftovers.length, 'leftover')}: failed snapshots and unnamed images.`;
}

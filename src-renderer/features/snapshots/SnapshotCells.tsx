import { CircleAlert, Pin } from 'lucide-react';
import { CaptureProgress } from '../../components/CaptureProgress';
import { RelativeTime } from '../../components/RelativeTime';
import { StateBadge } from '../../components/StateBadge';
import { classNames } from '../../components/class-names';
import { formatBytes } from '../../model/format-size';
import { shortenId } from '../../model/shorten-id';
import { usePendingWord } from '../../state/pending';
import { useSnapshot } from '../../state/snapshots';
import styles from './SnapshotsScreen.module.css';

/** The cells of one snapshot; only its own record and mark make it draw again. */
export function SnapshotCells({ id }: { id: string }) {
  const item = useSnapshot(id);
  const pendingWord = usePendingWord(id);
  if (item === undefined) return null;
  const { snapshot } = item;
  const { state, message } = snapshot.status;
  const source = item.sandboxName ?? shortenId(snapshot.sandboxId);
  return (
    <>
      <div role="gridcell" className={styles.stateCell}>
        <StateBadge state={state} pendingWord={pendingWord} title={message} />
        {state === 'Creating' && <CaptureProgress item={item} />}
      </div>
      <div role="gridcell" className={styles.nameCell} title={item.displayName}>
        {item.pinned && <Pin size={13} aria-label="Pinned" className={styles.pin} />}
        {item.verification?.state === 'incomplete' && (
          <CircleAlert size={13} aria-label="Incomplete" className={styles.incomplete} />
        )}
        <span id={`${id}-name`} className={styles.name}>
          {item.displayName}
        </span>
      </div>
      <div
        role="gridcell"
        className={classNames(styles.sourceCell, styles.cut)}
        title={`${source}\n${snapshot.sandboxId}`}
      >
        {source}
      </div>
      <div role="gridcell" className={styles.number}>
        {item.ownSizeBytes === undefined ? '' : formatBytes(item.ownSizeBytes)}
      </div>
      <div role="gridcell" className={classNames(styles.number, styles.sizeCell)}>
        {item.sizeBytes === undefined ? '' : formatBytes(item.sizeBytes)}
      </div>
      <div role="gridcell" className={styles.number}>
        <RelativeTime iso={snapshot.createdAt} />
      </div>
      <div role="gridcell" className={classNames(styles.number, styles.layersCell)}>
        {item.layers ?? ''}
      </div>
      <div role="gridcell" className={classNames(styles.number, styles.childrenCell)}>
        {item.childCount === 0 ? '' : item.childCount}
      </div>
      <div role="gridcell" className={classNames(styles.number, styles.restoredCell)}>
        {item.lastRestoredAt === undefined ? '' : <RelativeTime iso={item.lastRestoredAt} />}
      </div>
    </>
  );
}

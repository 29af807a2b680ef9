import { Link } from 'wouter';
import { CaptureProgress } from '../../components/CaptureProgress';
import { RelativeTime } from '../../components/RelativeTime';
import { StateBadge } from '../../components/StateBadge';
import { classNames } from '../../components/class-names';
import { shortenId } from '../../model/shorten-id';
import { sandboxRoute } from '../../routes';
import { usePendingWord } from '../../state/pending';
import { useSandbox } from '../../state/sandboxes';
import { useSnapshot } from '../../state/snapshots';
import styles from './SandboxesScreen.module.css';

/** The cells of one sandbox; only its own record, mark and capture make it draw again. */
export function SandboxCells({ id }: { id: string }) {
  const item = useSandbox(id);
  const pendingWord = usePendingWord(id);
  const capture = useSnapshot(item?.capturingSnapshotId ?? '');
  if (item === undefined) return null;
  const { sandbox } = item;
  return (
    <>
      <div role="gridcell" className={styles.stateCell}>
        <StateBadge state={sandbox.status.state} pendingWord={pendingWord} title={sandbox.status.message} />
        {capture !== undefined && <CaptureProgress item={capture} />}
      </div>
      <div role="gridcell" className={styles.nameCell}>
        <Link
          href={sandboxRoute(id)}
          id={`${id}-name`}
          tabIndex={-1}
          className={styles.name}
          title={`${item.displayName}\n${id}`}
        >
          {item.displayName}
        </Link>
      </div>
      <div role="gridcell" className={classNames(styles.sourceCell, styles.cut)} title={sandbox.image?.uri}>
        {sandbox.image?.uri ?? <SnapshotName id={sandbox.snapshotId ?? ''} />}
      </div>
      <div role="gridcell" className={styles.number}>
        <RelativeTime iso={sandbox.createdAt} />
      </div>
      <div role="gridcell" className={classNames(styles.number, styles.expiresCell)}>
        {sandbox.expiresAt === undefined ? (
          <span className={styles.muted}>never</span>
        ) : (
          <RelativeTime iso={sandbox.expiresAt} direction="future" />
        )}
      </div>
      <div role="gridcell" className={classNames(styles.number, styles.countCell)}>
        {item.snapshotCount}
      </div>
    </>
  );
}

function SnapshotName({ id }: { id: string }) {
  const snapshot = useSnapshot(id);
  const name = `Snapshot ${snapshot?.displayName ?? shortenId(id)}`;
  return <span title={`${name}\n${id}`}>{name}</span>;
}

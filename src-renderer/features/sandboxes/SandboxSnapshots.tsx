import { Link } from 'wouter';
import { useShallow } from 'zustand/react/shallow';
import { CaptureProgress } from '../../components/CaptureProgress';
import { RelativeTime } from '../../components/RelativeTime';
import { StateBadge } from '../../components/StateBadge';
import { snapshotRoute } from '../../routes';
import { useSnapshot, useSnapshots } from '../../state/snapshots';
import styles from './SandboxScreen.module.css';

const SHOWN = 8;

interface SandboxSnapshotsProps {
  sandboxId: string;
  /** Whether one can be taken now. */
  isRunning: boolean;
}

/** The newest snapshots of one sandbox. */
export function SandboxSnapshots({ sandboxId, isRunning }: SandboxSnapshotsProps) {
  const ids = useSnapshots(
    useShallow((state) => state.order.filter((id) => state.byId[id]?.snapshot.sandboxId === sandboxId)),
  );
  if (ids.length === 0) {
    return <p className={styles.muted}>{isRunning ? 'None yet. Press S to take one.' : 'None.'}</p>;
  }
  return (
    <>
      <ul className={styles.list}>
        {ids.slice(0, SHOWN).map((id) => (
          <SnapshotLine key={id} id={id} />
        ))}
      </ul>
      {ids.length > SHOWN && <p className={styles.muted}>and {ids.length - SHOWN} older</p>}
    </>
  );
}

function SnapshotLine({ id }: { id: string }) {
  const item = useSnapshot(id);
  if (item === undefined) return null;
  const { state } = item.snapshot.status;
  return (
    <li>
      <Link href={snapshotRoute(id)}>{item.displayName}</Link>
      {state === 'Creating' ? (
        <CaptureProgress item={item} />
      ) : (
        <RelativeTime iso={item.snapshot.createdAt} />
      )}
      <StateBadge state={state} />
    </li>
  );
}

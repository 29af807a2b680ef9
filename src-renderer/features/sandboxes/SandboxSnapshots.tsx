import { useState } from 'react';
import { Link } from 'wouter';
import { useShallow } from 'zustand/react/shallow';
import { EntityMenu, type EntityMenuRequest } from '../../actions/EntityMenu';
import { CaptureProgress } from '../../components/CaptureProgress';
import { RelativeTime } from '../../components/RelativeTime';
import { RowMenuButton } from '../../components/RowMenuButton';
import { StateBadge } from '../../components/StateBadge';
import { menuHandlers } from '../../components/menu-request';
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
  const [menu, setMenu] = useState<EntityMenuRequest>();
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
          <SnapshotLine key={id} id={id} onMenu={(x, y) => setMenu({ id, x, y })} />
        ))}
      </ul>
      {menu !== undefined && (
        <EntityMenu label="Snapshot actions" request={menu} onClose={() => setMenu(undefined)} />
      )}
      {ids.length > SHOWN && <p className={styles.muted}>and {ids.length - SHOWN} older</p>}
    </>
  );
}

function SnapshotLine({ id, onMenu }: { id: string; onMenu: (x: number, y: number) => void }) {
  const item = useSnapshot(id);
  if (item === undefined) return null;
  const { state } = item.snapshot.status;
  return (
    <li {...menuHandlers(onMenu)}>
      <Link href={snapshotRoute(id)} title={item.displayName}>
        {item.displayName}
      </Link>
      {state === 'Creating' ? (
        <CaptureProgress item={item} />
      ) : (
        <RelativeTime iso={item.snapshot.createdAt} />
      )}
      <StateBadge state={state} />
      <RowMenuButton name={item.displayName} onMenu={onMenu} />
    </li>
  );
}

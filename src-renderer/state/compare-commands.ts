import type { DesktopSandbox, DesktopSnapshot } from '../../src-main/http/schemas/desktop';
import { compareRoute } from '../routes';
import { goTo } from './navigation';
import { useSandboxes } from './sandboxes';
import { useSnapshots } from './snapshots';

/** Two snapshots against each other, the older one first; a single one against its sandbox if that is still there. */
export function compareSnapshots(items: readonly DesktopSnapshot[]): void {
  const [one, other] = [...items].sort((a, b) => (a.snapshot.createdAt < b.snapshot.createdAt ? -1 : 1));
  if (one === undefined) return;
  const { id, sandboxId } = one.snapshot;
  const source = sandboxId in useSandboxes.getState().byId ? sandboxId : '';
  goTo(compareRoute({ from: id, to: other?.snapshot.id ?? source }));
}

/** Two sandboxes as they are now; a single one against its newest snapshot, or the one that it was restored from. */
export function compareSandboxes([one, other]: readonly DesktopSandbox[]): void {
  if (one === undefined) return;
  const { sandbox } = one;
  if (other !== undefined) {
    goTo(compareRoute({ from: sandbox.id, to: other.sandbox.id }));
    return;
  }
  const { byId, order } = useSnapshots.getState();
  const newest = order.find((id) => {
    const snapshot = byId[id]?.snapshot;
    return snapshot?.sandboxId === sandbox.id && snapshot.status.state === 'Ready';
  });
  goTo(compareRoute({ from: newest ?? sandbox.snapshotId ?? '', to: sandbox.id }));
}

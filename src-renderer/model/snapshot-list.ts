import type { DesktopSnapshot } from '../../src-main/http/schemas/desktop';
import type { FilterSubject } from './filter-query';

export const SNAPSHOT_FILTER_FIELDS = ['state', 'sandbox', 'parent', 'pinned'] as const;

const subjects = new WeakMap<DesktopSnapshot, FilterSubject>();

/** What the filter sees of a snapshot; made once per version of the record, so that 10,000 filter quickly. */
export function snapshotSubject(item: DesktopSnapshot): FilterSubject {
  const known = subjects.get(item);
  if (known !== undefined) return known;
  const { snapshot } = item;
  const state = snapshot.status.state.toLowerCase();
  const sandbox = (item.sandboxName ?? snapshot.sandboxId).toLowerCase();
  const parent = (item.parentSnapshotId ?? 'none').toLowerCase();
  const parts = [
    item.displayName,
    snapshot.id,
    snapshot.sandboxId,
    sandbox,
    state,
    item.notes ?? '',
    item.baseImage,
  ];
  const fields = { state, sandbox, parent, pinned: item.pinned ? 'yes' : 'no' };
  const subject = { text: parts.join(' ').toLowerCase(), fields };
  subjects.set(item, subject);
  return subject;
}

/** The sort key of a column. */
export function snapshotKey(item: DesktopSnapshot, column: string): string | number | undefined {
  switch (column) {
    case 'state':
      return item.snapshot.status.state;
    case 'name':
      return item.displayName.toLowerCase();
    case 'source':
      return (item.sandboxName ?? item.snapshot.sandboxId).toLowerCase();
    case 'own':
      return item.ownSizeBytes;
    case 'size':
      return item.sizeBytes;
    case 'layers':
      return item.layers;
    case 'children':
      return item.childCount;
    case 'restored':
      return item.lastRestoredAt;
    default:
      return item.snapshot.createdAt;
  }
}

export interface DeletionEffect {
  /** Given back to the disk at once. */
  freedBytes: number;
  /** Stays on the disk until what was built on it is gone. */
  keptBytes: number;
  children: number;
  sandboxes: number;
  pinned: number;
}

/** What deleting these snapshots does; children that go along do not count as left behind. */
export function deletionEffect(items: readonly DesktopSnapshot[]): DeletionEffect {
  const leaving = new Map<string, number>();
  for (const { parentSnapshotId } of items) {
    if (parentSnapshotId !== undefined)
      leaving.set(parentSnapshotId, (leaving.get(parentSnapshotId) ?? 0) + 1);
  }
  const effect: DeletionEffect = { freedBytes: 0, keptBytes: 0, children: 0, sandboxes: 0, pinned: 0 };
  for (const item of items) {
    const children = Math.max(0, item.childCount - (leaving.get(item.snapshot.id) ?? 0));
    const own = item.ownSizeBytes ?? 0;
    if (children + item.sandboxCount > 0) effect.keptBytes += own;
    else effect.freedBytes += own;
    effect.children += children;
    effect.sandboxes += item.sandboxCount;
    if (item.pinned) effect.pinned += 1;
  }
  return effect;
}

import type { DesktopSnapshot } from '../../src-main/http/schemas/desktop';
import type { FilterSubject } from './filter-query';

export const SNAPSHOT_FILTER_FIELDS = ['state', 'sandbox', 'parent', 'is', 'label'] as const;

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
    ...labelTexts(item),
  ];
  const label = labelTexts(item).map((text) => text.toLowerCase());
  const fields = { state, sandbox, parent, is: marksOf(item), label };
  const subject = { text: parts.join(' ').toLowerCase(), fields };
  subjects.set(item, subject);
  return subject;
}

/** For `is:pinned` and the like. */
function marksOf({ pinned, automatic, readOnly }: DesktopSnapshot): string[] {
  return [
    pinned ? 'pinned' : 'unpinned',
    automatic === undefined ? 'manual' : 'automatic',
    ...(readOnly ? ['read-only'] : []),
  ];
}

/** Its labels as people write them: `key=value`, in the order of the keys. */
export function labelTexts({ labels = {} }: DesktopSnapshot): string[] {
  return Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .sort();
}

const LABEL_KEY = /^[A-Za-z0-9][A-Za-z0-9._/-]{0,62}$/;
const MAX_VALUE = 256;

/** Reads `key=value`, or a key alone. @returns why not, in words for people, when it is no label. */
export function parseLabel(text: string): { key: string; value: string } | string {
  const [key = '', ...rest] = text.trim().split('=');
  const value = rest.join('=').trim();
  if (!LABEL_KEY.test(key.trim()))
    return 'A key is 1 to 63 letters, digits, dots, dashes, underscores or slashes, such as stage=green.';
  if (value.length > MAX_VALUE) return `A value has at most ${String(MAX_VALUE)} characters.`;
  return { key: key.trim(), value };
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

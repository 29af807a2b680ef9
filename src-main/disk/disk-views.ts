import type { DiskSnapshot, DiskTree } from '../http/schemas/disk';
import type { SandboxRegistry } from '../sandboxes/sandbox-registry';
import type { SnapshotRecord } from '../store/records';
import { imageNamesOf } from '../snapshots/snapshot-tag';
import type { DiskMap } from './disk-map';

const DAY_MS = 24 * 60 * 60_000;
/** Below this age nothing is suggested: it may be about to be used. */
const SUGGEST_AFTER_MS = 7 * DAY_MS;

/** For people, as lists show it. */
export function displayName(record: SnapshotRecord): string {
  return record.name ?? `${record.id.slice(0, 9)}…${record.id.slice(-6)}`;
}

/** Every snapshot, the one first whose deletion frees most. */
export function diskSnapshots(
  records: readonly SnapshotRecord[],
  map: DiskMap,
  registry: SandboxRegistry,
): DiskSnapshot[] {
  const roots = rootsOf(records);
  const parents = new Set(records.map((record) => record.parentSnapshotId));
  const sources = new Set(
    registry.records
      .inCreationOrder()
      .flatMap(({ source }) => (source.kind === 'snapshot' ? [source.snapshotId] : [])),
  );
  return records
    .map((record): DiskSnapshot => {
      const key = new Set(imageNamesOf(record));
      const isFree = !record.pinned && !parents.has(record.id) && !sources.has(record.id);
      const suggestion = isFree ? suggestionFor(record) : undefined;
      return {
        id: record.id,
        displayName: displayName(record),
        state: record.state,
        rootId: roots.get(record.id) ?? record.id,
        createdAt: record.createdAt,
        totalBytes: map.heldBytes(key),
        uniqueBytes: map.freedBytes(key),
        pinned: record.pinned,
        readOnly: record.origin === 'adopted',
        ...(suggestion === undefined ? {} : { suggestion }),
      };
    })
    .sort((a, b) => b.uniqueBytes - a.uniqueBytes);
}

/** Every tree of snapshots, the one first that alone keeps most. */
export function diskTrees(records: readonly SnapshotRecord[], map: DiskMap): DiskTree[] {
  const roots = rootsOf(records);
  const byId = new Map(records.map((record) => [record.id, record]));
  const members = new Map<string, SnapshotRecord[]>();
  for (const record of records) {
    const rootId = roots.get(record.id) ?? record.id;
    members.set(rootId, [...(members.get(rootId) ?? []), record]);
  }
  const trees = [...members].flatMap(([rootId, snapshots]): DiskTree[] => {
    const root = byId.get(rootId);
    if (root === undefined) return [];
    const keys = new Set(snapshots.flatMap(imageNamesOf));
    return [
      {
        rootId,
        displayName: displayName(root),
        snapshotCount: snapshots.length,
        totalBytes: map.heldBytes(keys),
        uniqueBytes: map.freedBytes(keys),
        ...(root.baseImage === undefined ? {} : { baseImage: root.baseImage }),
      },
    ];
  });
  return trees.sort((a, b) => b.uniqueBytes - a.uniqueBytes);
}

function suggestionFor(record: SnapshotRecord): string | undefined {
  if (record.state !== 'Ready' || record.origin === 'adopted') return undefined;
  const lastUse = Date.parse(record.lastRestoredAt ?? record.createdAt);
  const days = Math.floor((Date.now() - lastUse) / DAY_MS);
  if (days * DAY_MS < SUGGEST_AFTER_MS) return undefined;
  return record.lastRestoredAt === undefined
    ? `Taken ${String(days)} days ago and never restored.`
    : `Last restored ${String(days)} days ago.`;
}

/** The topmost snapshot that still exists, for each. Parents are older, so theirs is known when a child comes. */
function rootsOf(oldestFirst: readonly SnapshotRecord[]): Map<string, string> {
  const roots = new Map<string, string>();
  for (const { id, parentSnapshotId } of oldestFirst)
    roots.set(id, (parentSnapshotId === undefined ? undefined : roots.get(parentSnapshotId)) ?? id);
  return roots;
}

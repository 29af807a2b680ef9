import { isEngineMade, isEngineMadeParent } from '../engine-made';
import type { FileFacts } from './file-facts';
import type { TreeNode } from './filesystem-tree';

export interface PathChange {
  /** Absolute. */
  path: string;
  change: 'added' | 'removed' | 'changed';
  before?: FileFacts;
  after?: FileFacts;
}

export interface ChangeSummary {
  added: number;
  removed: number;
  changed: number;
  /** Content of files that were added, and of files that changed, after. */
  bytesAdded: number;
  /** Content of files that were removed, and of files that changed, before. */
  bytesRemoved: number;
}

/**
 * What differs between two filesystems, parents before what is below them, names in code unit order. A time of
 * modification alone is no difference, nor is what the engine makes in every container: flattening sees the engine's
 * own there and not the image's. Parts that both trees share are skipped, so the cost is that of what differs.
 */
export function diffTrees(before: TreeNode, after: TreeNode): PathChange[] {
  const changes: PathChange[] = [];
  if (before !== after) diffChildren('', before, after, changes);
  return changes;
}

export function summarize(changes: readonly PathChange[]): ChangeSummary {
  const summary: ChangeSummary = { added: 0, removed: 0, changed: 0, bytesAdded: 0, bytesRemoved: 0 };
  for (const { change, before, after } of changes) {
    summary[change] += 1;
    if (before !== undefined && after !== undefined && before.content === after.content) continue;
    summary.bytesRemoved += before?.sizeBytes ?? 0;
    summary.bytesAdded += after?.sizeBytes ?? 0;
  }
  return summary;
}

/** Whether one path differs between two filesystems, as `diffTrees` has it. */
export function differAt(path: string, before?: FileFacts, after?: FileFacts): boolean {
  const both = [before, after].filter((facts) => facts !== undefined);
  if (both.every((facts) => isEngineMade(path, facts))) return false;
  return before === undefined || after === undefined || !sameFacts(before, after);
}

/** Whether two files hold the same; a directory never differs from another one in this. */
export function sameContent(one: FileFacts, other: FileFacts): boolean {
  return one.kind === other.kind && one.sizeBytes === other.sizeBytes && one.content === other.content;
}

function diffChildren(
  path: string,
  before: TreeNode | undefined,
  after: TreeNode | undefined,
  changes: PathChange[],
): void {
  const names = new Set([...(before?.children.keys() ?? []), ...(after?.children.keys() ?? [])]);
  for (const name of [...names].sort()) {
    const [old, young] = [before?.children.get(name), after?.children.get(name)];
    if (old === young) continue;
    const child = `${path}/${name}`;
    const change = changeOf(child, old, young);
    if (change !== undefined) changes.push(change);
    diffChildren(child, old, young, changes);
  }
}

function changeOf(path: string, old?: TreeNode, young?: TreeNode): PathChange | undefined {
  const [before, after] = [old?.facts, young?.facts];
  if (!differAt(path, before, after)) return undefined;
  if (before !== undefined && after !== undefined) return { path, change: 'changed', before, after };
  const only = old ?? young;
  if (only === undefined || isEngineMadeParent(path, only)) return undefined;
  return before === undefined
    ? { path, change: 'added', after: only.facts }
    : { path, change: 'removed', before };
}

/** Whether two files are the same in everything but their time of modification. */
function sameFacts(one: FileFacts, other: FileFacts): boolean {
  return sameContent(one, other) && one.mode === other.mode && one.uid === other.uid && one.gid === other.gid;
}

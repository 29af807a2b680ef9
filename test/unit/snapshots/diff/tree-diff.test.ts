import { describe, expect, it } from 'vitest';
import { IMPLIED_DIRECTORY, type LayerEntry } from '../../../../src-main/snapshots/diff/file-facts';
import { applyLayer, EMPTY_TREE, type TreeNode } from '../../../../src-main/snapshots/diff/filesystem-tree';
import { diffTrees } from '../../../../src-main/snapshots/diff/tree-diff';

function folder(path: string, more: Partial<LayerEntry> = {}): LayerEntry {
  return { ...IMPLIED_DIRECTORY, path, ...more };
}

function file(path: string, content = ''): LayerEntry {
  return { ...IMPLIED_DIRECTORY, kind: 'file', mode: 0o644, path, content, sizeBytes: content.length };
}

function symlink(path: string, content: string): LayerEntry {
  return { ...IMPLIED_DIRECTORY, kind: 'symlink', mode: 0o777, path, content };
}

function treeOf(...entries: LayerEntry[]): TreeNode {
  return applyLayer(EMPTY_TREE, { entries, removed: [], opaque: [] });
}

/** Both ways round, because either side may be the one whose layers were squashed. */
function lines(one: TreeNode, other: TreeNode): string[] {
  const forth = diffTrees(one, other).map(({ change, path }) => `${change} ${path}`);
  const back = diffTrees(other, one).map(({ change, path }) => `${change} ${path}`);
  const opposite: Record<string, string> = { added: 'removed', removed: 'added', changed: 'changed' };
  expect(back).toEqual(forth.map((line) => line.replace(/^\w+/, (change) => opposite[change] ?? '')));
  return forth;
}

/** What an engine makes in a container of an image that has nothing of it. */
const MADE = ['dev', 'dev/pts', 'dev/shm', 'etc', 'proc', 'sys'].map((path) => folder(path));

describe('what the engine makes in every container', () => {
  it('is no difference, to an image that has nothing of it', () => {
    expect(lines(treeOf(file('tool')), treeOf(file('tool'), ...MADE))).toEqual([]);
  });

  it('is no difference, to an image that has its own', () => {
    const own = [
      folder('dev/shm', { mode: 0o1777 }),
      file('etc/hosts', '127.0.0.1 localhost'),
      file('etc/resolv.conf'),
      file('etc/hostname', 'builder'),
      symlink('etc/mtab', '../proc/self/mounts'),
      file('.dockerenv'),
    ];
    expect(lines(treeOf(...own), treeOf(...MADE))).toEqual([]);
  });

  it('leaves beside it what a sandbox did', () => {
    const sandbox = treeOf(
      ...MADE,
      file('etc/hosts.deny', 'ALL'),
      file('etc/mtab', 'no link'),
      file('.dockerenv', 'written'),
      file('srv/etc/hosts', 'a copy'),
    );
    expect(lines(treeOf(), sandbox)).toEqual([
      'added /.dockerenv',
      'added /etc',
      'added /etc/hosts.deny',
      'added /etc/mtab',
      'added /srv',
      'added /srv/etc',
      'added /srv/etc/hosts',
    ]);
  });

  it('hides neither owner nor mode of the folders around it', () => {
    expect(lines(treeOf(folder('etc')), treeOf(folder('etc', { mode: 0o700 })))).toEqual(['changed /etc']);
    expect(lines(treeOf(), treeOf(folder('dev', { uid: 5 })))).toEqual(['added /dev']);
  });
});

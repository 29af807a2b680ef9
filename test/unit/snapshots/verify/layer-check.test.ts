import { describe, expect, it } from 'vitest';
import type { ContainerChange } from '../../../../src-main/engine/filesystem-facts';
import {
  IMPLIED_DIRECTORY,
  type FileKind,
  type LayerEntry,
  type LayerIndex,
} from '../../../../src-main/snapshots/diff/file-facts';
import { applyLayer, EMPTY_TREE } from '../../../../src-main/snapshots/diff/filesystem-tree';
import { changesNotHeld, heldByLayer, heldByTree } from '../../../../src-main/snapshots/verify/layer-check';
import { verdictOf, type Explanation } from '../../../../src-main/snapshots/verify/verdict';

function entry(path: string, kind: FileKind = 'file'): LayerEntry {
  return { ...IMPLIED_DIRECTORY, path, kind };
}

const LAYER: LayerIndex = {
  entries: [
    entry('w', 'directory'),
    entry('w/added'),
    { ...entry('w/other-name'), hardLinkTo: 'w/added' },
    entry('w/again', 'directory'),
    entry('w/again/new'),
    entry('w/folder-to-file'),
    entry('deep/in/file'),
  ],
  removed: ['w/gone'],
  opaque: ['w/again'],
};
const CHANGES: ContainerChange[] = [
  { path: '/w', kind: 'modified' },
  { path: '/w/added', kind: 'added' },
  { path: '/w/other-name', kind: 'added' },
  { path: '/w/again', kind: 'deleted' },
  { path: '/w/again/new', kind: 'added' },
  { path: '/w/again/old', kind: 'deleted' },
  { path: '/w/gone', kind: 'deleted' },
  { path: '/w/gone/inner', kind: 'deleted' },
  { path: '/w/folder-to-file', kind: 'modified' },
  { path: '/w/folder-to-file/child', kind: 'deleted' },
  { path: '/deep/in', kind: 'modified' },
];

function notIn(layer: LayerIndex): string[] {
  return changesNotHeld(CHANGES, heldByLayer(layer)).map(({ path }) => path);
}

describe('a layer', () => {
  it('holds what an engine says of additions, removals, and folders and files in the place of others', () => {
    expect(notIn(LAYER)).toEqual([]);
  });

  it('lacks what is taken out of it, and what only hides what was to be removed', () => {
    const without = (path: string) => LAYER.entries.filter((each) => each.path !== path);
    expect(notIn({ ...LAYER, entries: without('w/other-name') })).toEqual(['/w/other-name']);
    expect(notIn({ ...LAYER, removed: [] })).toEqual(['/w/gone', '/w/gone/inner']);
    expect(notIn({ ...LAYER, opaque: [] })).toEqual(['/w/again', '/w/again/old']);
    expect(notIn({ ...LAYER, entries: without('w/folder-to-file') })).toEqual([
      '/w/folder-to-file',
      '/w/folder-to-file/child',
    ]);
  });
});

describe('a flattened image', () => {
  it('holds what is there, and lacks what is not or still is', () => {
    const holds = heldByTree(applyLayer(EMPTY_TREE, LAYER));
    expect(changesNotHeld(CHANGES, holds)).toEqual([]);
    expect(holds({ path: '/w/nowhere', kind: 'added' })).toBe(false);
    expect(holds({ path: '/w/added', kind: 'deleted' })).toBe(false);
  });
});

describe('the verdict', () => {
  const changes: ContainerChange[] = [...CHANGES, { path: '/w/lost', kind: 'added' }];
  const judge = (explanation: Explanation) =>
    verdictOf({ changes, exact: true }, heldByLayer(LAYER), () => Promise.resolve(explanation));

  it('names what is missing without another explanation', async () => {
    expect(await judge('unexplained')).toMatchObject({
      state: 'incomplete',
      checkedPaths: CHANGES.length,
      missing: ['/w/lost'],
    });
  });

  it('is verified where all else came later or is no file, and unknown where that cannot be told', async () => {
    expect(await judge('later')).toMatchObject({ state: 'verified', checkedPaths: CHANGES.length });
    expect(await judge('no-file')).toMatchObject({ state: 'verified' });
    const untold = await judge('untold');
    expect(untold.state).toBe('unknown');
    expect(untold.missing).toBeUndefined();
  });

  it('names at most a hundred paths, and asks about a bounded number', async () => {
    const lost = Array.from({ length: 500 }, (_, at) => ({ path: `/lost/${at}`, kind: 'added' as const }));
    let asked = 0;
    const verdict = await verdictOf({ changes: lost, exact: true }, heldByLayer(LAYER), () => {
      asked += 1;
      return Promise.resolve('unexplained');
    });
    expect(verdict.missing).toHaveLength(100);
    expect(asked).toBe(200);
  });
});

import { describe, expect, it } from 'vitest';
import type { DesktopSnapshot } from '../../../src-main/http/schemas/desktop';
import { matchesFilter, parseFilter } from '../../../src-renderer/model/filter-query';
import {
  SNAPSHOT_FILTER_FIELDS,
  deletionEffect,
  labelTexts,
  parseLabel,
  snapshotSubject,
} from '../../../src-renderer/model/snapshot-list';
import { nextSort, sortIds } from '../../../src-renderer/model/sort';

function snapshot(id: string, change: Partial<DesktopSnapshot> = {}): DesktopSnapshot {
  return {
    snapshot: { id, sandboxId: 'sbx_1', status: { state: 'Ready' }, createdAt: '2026-11-24T14:05:09.000Z' },
    displayName: id,
    childCount: 0,
    sandboxCount: 0,
    imageTag: `opensandbox-snapshots:${id}`,
    layerLimit: 125,
    flattened: false,
    restoreDefaults: { entrypoint: [], resourceLimits: {}, envNames: [] },
    pinned: false,
    readOnly: false,
    restoredCount: 0,
    ownSizeBytes: 100,
    ...change,
  };
}

describe('what deleting snapshots does', () => {
  it('frees the own size when nothing is built on it', () => {
    expect(deletionEffect([snapshot('a')])).toMatchObject({ freedBytes: 100, keptBytes: 0, children: 0 });
  });

  it('keeps the bytes while children or sandboxes use them', () => {
    const effect = deletionEffect([snapshot('a', { childCount: 2 }), snapshot('b', { sandboxCount: 1 })]);
    expect(effect).toMatchObject({ freedBytes: 0, keptBytes: 200, children: 2, sandboxes: 1 });
  });

  it('does not count a child that goes along', () => {
    const effect = deletionEffect([
      snapshot('a', { childCount: 1 }),
      snapshot('b', { parentSnapshotId: 'a' }),
    ]);
    expect(effect).toMatchObject({ freedBytes: 200, keptBytes: 0, children: 0 });
  });
});

describe('labels', () => {
  it('are read as people write them, and refused in words', () => {
    expect(parseLabel(' stage=green ')).toEqual({ key: 'stage', value: 'green' });
    expect(parseLabel('query=a=b')).toEqual({ key: 'query', value: 'a=b' });
    expect(parseLabel('alone')).toEqual({ key: 'alone', value: '' });
    expect(parseLabel('no blanks=x')).toContain('A key is');
    expect(parseLabel(`long=${'x'.repeat(257)}`)).toContain('256');
  });

  it('are each found by the filter, by key, by key and value, or as a word', () => {
    const item = snapshot('a', { labels: { team: 'Web', stage: 'green' } });
    expect(labelTexts(item)).toEqual(['stage=green', 'team=Web']);
    for (const filter of ['label:stage', 'label:stage=green', 'label:team=web', 'green'])
      expect(matchesFilter(parseFilter(filter, SNAPSHOT_FILTER_FIELDS), snapshotSubject(item)), filter).toBe(
        true,
      );
    expect(matchesFilter(parseFilter('label:green', SNAPSHOT_FILTER_FIELDS), snapshotSubject(item))).toBe(
      false,
    );
  });
});

describe('sorting', () => {
  const keys: Record<string, number | undefined> = { a: 2, b: undefined, c: 1, d: 2 };

  it('puts absent values last in both directions and keeps equals in place', () => {
    expect(sortIds(['a', 'b', 'c', 'd'], (id) => keys[id], 'ascending')).toEqual(['c', 'a', 'd', 'b']);
    expect(sortIds(['a', 'b', 'c', 'd'], (id) => keys[id], 'descending')).toEqual(['a', 'd', 'c', 'b']);
  });

  it('turns round on the second click and starts anew on another column', () => {
    const once = nextSort({ column: 'created', direction: 'descending' }, 'name');
    expect(once).toEqual({ column: 'name', direction: 'ascending' });
    expect(nextSort(once, 'name').direction).toBe('descending');
  });
});

describe('what the filter sees', () => {
  it('is the name, the source and the note, and says whether it is pinned', () => {
    const subject = snapshotSubject(
      snapshot('snap_1', { sandboxName: 'Web', notes: 'Before 2.0', pinned: true }),
    );
    expect(subject.text).toContain('before 2.0');
    expect(subject.fields).toMatchObject({
      sandbox: 'web',
      is: ['pinned', 'manual'],
      state: 'ready',
      parent: 'none',
    });
  });
});

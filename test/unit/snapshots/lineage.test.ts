import { describe, expect, it } from 'vitest';
import { buildLineage, type LineageInput } from '../../../src-main/snapshots/lineage';
import type { GhostRecord, SandboxRecord, SnapshotRecord } from '../../../src-main/store/records';
import { sampleSandbox, sampleSnapshot } from '../store/sample-records';

const BASE = 'image:busybox';
/** No measure of speed: a busy machine may take long. */
const CROWD_TIMEOUT_MS = 60_000;

/** Minutes after some start, so that order shows. */
function at(minute: number): string {
  return new Date(Date.UTC(2026, 10, 24) + minute * 60_000).toISOString();
}

function snapshot(id: string, minute: number, changes: Partial<SnapshotRecord> = {}): SnapshotRecord {
  return {
    ...sampleSnapshot(0),
    id,
    name: id,
    sandboxId: 'a',
    baseImage: 'busybox',
    createdAt: at(minute),
    containerId: 'box-a',
    ...changes,
  };
}

function sandbox(id: string, source: string, changes: Partial<SandboxRecord> = {}): SandboxRecord {
  const from = source.startsWith('image:')
    ? { kind: 'image' as const, uri: source.slice(6) }
    : { kind: 'snapshot' as const, snapshotId: source };
  return {
    ...sampleSandbox(0),
    id,
    createdAt: at(0),
    metadata: { name: id },
    containerId: `box-${id}`,
    source: from,
    ...changes,
  };
}

/** The record without a field that older versions, or other servers, do not write. */
function without(record: SnapshotRecord, field: 'containerId' | 'imageId' | 'baseImage'): SnapshotRecord {
  const copy = { ...record };
  Reflect.deleteProperty(copy, field);
  return copy;
}

function ghostOf(record: SnapshotRecord): GhostRecord {
  const { id, engineId, sandboxId, name, createdAt, parentSnapshotId, previousSnapshotId, containerId } =
    record;
  return {
    kind: 'snapshot',
    id,
    engineId,
    sandboxId,
    createdAt,
    deletedAt: at(999),
    baseImage: record.baseImage ?? '',
    ...(name === undefined ? {} : { name }),
    ...(parentSnapshotId === undefined ? {} : { parentSnapshotId }),
    ...(previousSnapshotId === undefined ? {} : { previousSnapshotId }),
    ...(containerId === undefined ? {} : { containerId }),
  };
}

function build(snapshots: SnapshotRecord[], sandboxes: SandboxRecord[] = [], ghosts: GhostRecord[] = []) {
  const input: LineageInput = {
    snapshots,
    ghosts,
    sandboxes: sandboxes.map((record) => ({ record, state: 'Running' })),
  };
  const { nodes, edges } = buildLineage(input);
  return {
    nodes: new Map(nodes.map((node) => [node.id, node])),
    /** Such as `s1>s2 next`, sorted. */
    links: edges.map(({ from, to, kind }) => `${from}>${to} ${kind}`).sort(),
    ghosts: nodes.filter((node) => node.ghost === true).map((node) => node.id),
    edges,
  };
}

describe('where things hang', () => {
  it('puts a sandbox on its base image', () => {
    const { links, nodes } = build([], [sandbox('a', BASE)]);
    expect(links).toEqual([`${BASE}>a here`]);
    expect(nodes.get(BASE)).toMatchObject({ kind: 'image', name: 'busybox' });
  });

  it('shows consecutive snapshots of one sandbox in time order, the sandbox on the newest', () => {
    const chain = [
      snapshot('s1', 1),
      snapshot('s2', 2, { previousSnapshotId: 's1' }),
      snapshot('s3', 3, { previousSnapshotId: 's2' }),
    ];
    const { links, edges } = build(chain, [sandbox('a', BASE)]);
    expect(links).toEqual([`${BASE}>s1 branch`, 's1>s2 next', 's2>s3 next', 's3>a here']);
    expect(edges.find((edge) => edge.to === 'a')?.createdAt).toBe(at(3));
    expect(edges.find((edge) => edge.to === 's2')).toMatchObject({
      createdAt: at(2),
      ownSizeBytes: 21_000_000,
    });
  });

  it('finds the same order in records that do not tell what came before', () => {
    const old = ['s2', 's1'].map((id) => without(snapshot(id, Number(id[1])), 'containerId'));
    expect(build(old, [sandbox('a', BASE)]).links).toEqual([`${BASE}>s1 branch`, 's1>s2 next', 's2>a here']);
  });

  it('branches where another sandbox was started from a snapshot', () => {
    const records = [
      snapshot('s1', 1),
      snapshot('s2', 2, { previousSnapshotId: 's1' }),
      snapshot('t1', 3, { sandboxId: 'b', containerId: 'box-b', parentSnapshotId: 's1' }),
    ];
    const { links } = build(records, [sandbox('a', BASE), sandbox('b', 's1'), sandbox('c', 's1')]);
    expect(links).toEqual([
      `${BASE}>s1 branch`,
      's1>c here',
      's1>s2 next',
      's1>t1 branch',
      's2>a here',
      't1>b here',
    ]);
  });

  it('puts a sandbox that went back on the snapshot it went to, and goes on from there', () => {
    const before = [snapshot('s1', 1), snapshot('s2', 2, { previousSnapshotId: 's1' })];
    const wentBack = sandbox('a', 's1', { containerId: 'box-a2' });
    expect(build(before, [wentBack]).links).toEqual([`${BASE}>s1 branch`, 's1>a here', 's1>s2 next']);
    const later = snapshot('s3', 3, { parentSnapshotId: 's1', containerId: 'box-a2' });
    expect(build([...before, later], [wentBack]).links).toEqual([
      `${BASE}>s1 branch`,
      's1>s2 next',
      's1>s3 branch',
      's3>a here',
    ]);
  });

  it('begins anew each time a sandbox goes back to the snapshot it was started from', () => {
    const records = [
      snapshot('s0', 0, { sandboxId: 'z', containerId: 'box-z' }),
      snapshot('s1', 1, { parentSnapshotId: 's0' }),
      snapshot('s2', 2, { parentSnapshotId: 's0', containerId: 'box-a2' }),
    ];
    const { links } = build(records, [sandbox('z', BASE), sandbox('a', 's0', { containerId: 'box-a2' })]);
    expect(links).toEqual([`${BASE}>s0 branch`, 's0>s1 branch', 's0>s2 branch', 's0>z here', 's2>a here']);
  });

  it('never lets anything come after a capture that failed', () => {
    const failed = without(snapshot('s2', 2, { previousSnapshotId: 's1', state: 'Failed' }), 'imageId');
    const records = [snapshot('s1', 1), failed, snapshot('s3', 3, { previousSnapshotId: 's2' })];
    expect(build(records, [sandbox('a', BASE)]).links).toEqual([
      `${BASE}>s1 branch`,
      's1>s2 next',
      's1>s3 next',
      's3>a here',
    ]);
    expect(build([snapshot('s1', 1), failed], [sandbox('a', BASE)]).links).toContain('s1>a here');
  });

  it('leaves a snapshot of another server, whose image nobody knows, as a root', () => {
    const foreign = without(snapshot('s1', 1, { origin: 'adopted' }), 'baseImage');
    const { links, ghosts } = build([foreign]);
    expect(links).toEqual([]);
    expect(ghosts).toEqual([]);
  });
});

describe('ghosts', () => {
  const s1 = snapshot('s1', 1);
  const s2 = snapshot('s2', 2, { previousSnapshotId: 's1' });
  const s3 = snapshot('s3', 3, { previousSnapshotId: 's2' });

  it('stand for deleted snapshots that something living came from', () => {
    const { links, ghosts, nodes } = build([s1, s3], [sandbox('a', BASE)], [ghostOf(s2)]);
    expect(links).toEqual([`${BASE}>s1 branch`, 's1>s2 next', 's2>s3 next', 's3>a here']);
    expect(ghosts).toEqual(['s2']);
    expect(nodes.get('s2')).toMatchObject({ name: 's2', state: 'Deleted', deletedAt: at(999) });
  });

  it('fade out when nothing living came from them', () => {
    const { links, ghosts } = build([s1], [sandbox('a', BASE)], [ghostOf(s2), ghostOf(s3)]);
    expect(ghosts).toEqual([]);
    expect(links).toEqual([`${BASE}>s1 branch`, 's1>a here']);
  });

  it('are inferred, with their place, when only others name them', () => {
    const remembered = build([s1, s3], [sandbox('a', BASE)], [ghostOf(s2)]);
    const inferred = build([s1, s3], [sandbox('a', BASE)]);
    expect(inferred.links).toEqual(remembered.links);
    expect(inferred.ghosts).toEqual(remembered.ghosts);
    expect(build([], [sandbox('b', 's9')]).links).toEqual(['s9>b here']);
  });

  it('give way to a record that is there after all', () => {
    expect(build([s1, s2], [sandbox('a', BASE)], [ghostOf(s2)]).ghosts).toEqual([]);
  });

  it('show a deleted sandbox where it stood while a snapshot of it lives', () => {
    const gone: GhostRecord = {
      kind: 'sandbox',
      id: 'a',
      engineId: s1.engineId,
      name: 'web',
      source: { kind: 'image', uri: 'busybox' },
      containerId: 'box-a',
      createdAt: at(0),
      deletedAt: at(9),
    };
    const { nodes, links } = build([s1, s2], [], [gone]);
    expect(links).toContain('s2>a here');
    expect(nodes.get('a')).toMatchObject({ kind: 'sandbox', name: 'web', ghost: true, deletedAt: at(9) });
    expect(build([s1, s2]).links).toEqual(links);
    // What it stood on was deleted and is no reason to be shown.
    expect(build([s1], [], [gone, ghostOf(s2)]).links).toEqual([`${BASE}>s1 branch`, 's1>a here']);
  });
});

describe('odd records', () => {
  it('cuts circles and still shows every node once', () => {
    const records = [
      snapshot('s1', 1, { previousSnapshotId: 's3' }),
      snapshot('s2', 2, { previousSnapshotId: 's1' }),
      snapshot('s3', 3, { previousSnapshotId: 's2' }),
      snapshot('s4', 4, { previousSnapshotId: 's4' }),
    ];
    const { links, nodes } = build(records);
    expect([...nodes.keys()].filter((id) => id.startsWith('s')).sort()).toEqual(['s1', 's2', 's3', 's4']);
    expect(links.filter((link) => link.endsWith('next'))).toHaveLength(2);
  });

  it('gives every node at most one edge', () => {
    const records = Array.from({ length: 300 }, (_, index) =>
      snapshot(`s${index}`, index, {
        sandboxId: `x${index % 7}`,
        containerId: `c${index % 5}`,
        ...(index % 3 === 0 ? {} : { parentSnapshotId: `s${(index * 31) % 400}` }),
        ...(index % 4 === 0 ? { previousSnapshotId: `s${(index * 17) % 400}` } : {}),
      }),
    );
    const { edges, nodes } = build(records, [sandbox('a', 's7'), sandbox('b', BASE)]);
    expect(new Set(edges.map((edge) => edge.to)).size).toBe(edges.length);
    for (const { from, to } of edges) expect(nodes.has(from) && nodes.has(to)).toBe(true);
  });

  it(
    'takes one chain of 10,000 as well as 10,000 branches',
    () => {
      const count = 10_000;
      const chain = Array.from({ length: count }, (_, index) =>
        snapshot(`s${index}`, index, index === 0 ? {} : { previousSnapshotId: `s${index - 1}` }),
      );
      expect(build(chain, [sandbox('a', BASE)]).links).toHaveLength(count + 1);
      const star = Array.from({ length: count }, (_, index) =>
        snapshot(`s${index}`, index, { sandboxId: `x${index}`, containerId: `c${index}` }),
      );
      // Each with the ghost of its sandbox.
      expect(build(star).nodes.size).toBe(2 * count + 1);
    },
    CROWD_TIMEOUT_MS,
  );
});

import { describe, expect, it } from 'vitest';
import type { LineageChanges, LineageNode } from '../../../src-main/http/schemas/lineage';
import { applyLineageChanges } from '../../../src-renderer/model/lineage-changes';

function node(id: string, name = id): LineageNode {
  return { id, kind: 'snapshot', name, state: 'Ready' };
}

function told(changed: LineageChanges['changed'], removed: string[] = [], whole = false): LineageChanges {
  return { revision: 'r', whole, changed, removed };
}

const BEFORE = applyLineageChanges(
  undefined,
  told(
    ['a', 'b', 'c', 'd'].map((id, at) => ({
      at,
      node: node(id),
      ...(at === 0 ? {} : { edge: { from: 'a', to: id, kind: 'branch' as const } }),
    })),
    [],
    true,
  ),
);

describe('what the server told of the lineage', () => {
  it('leaves everything else the same object', () => {
    const edge = { from: 'a', to: 'c', kind: 'branch' as const };
    const after = applyLineageChanges(BEFORE, told([{ at: 2, node: node('c', 'other'), edge }]));
    expect(after.nodes.map(({ name }) => name)).toEqual(['a', 'b', 'other', 'd']);
    expect(after.nodes.filter((each, at) => each !== BEFORE.nodes[at])).toHaveLength(1);
    expect(after.edges).toBe(BEFORE.edges);
    expect(applyLineageChanges(after, told([]))).toBe(after);
  });

  it('puts what is new in its place, lets go of what was removed, and hangs the rest where it says', () => {
    const after = applyLineageChanges(
      BEFORE,
      told(
        [
          { at: 0, node: node('x') },
          { at: 2, node: node('y'), edge: { from: 'a', to: 'y', kind: 'next' } },
          { at: 3, node: node('d'), edge: { from: 'y', to: 'd', kind: 'branch' } },
        ],
        ['b'],
      ),
    );
    expect(after.nodes.map(({ id }) => id)).toEqual(['x', 'a', 'y', 'd', 'c']);
    expect(after.edges.map(({ from, to }) => `${from}>${to}`).sort()).toEqual(['a>c', 'a>y', 'y>d']);
  });

  it('is all there is when it is whole', () => {
    const after = applyLineageChanges(BEFORE, told([{ at: 0, node: node('only') }], [], true));
    expect(after).toEqual({ nodes: [node('only')], edges: [] });
  });
});

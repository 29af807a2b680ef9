import { describe, expect, it } from 'vitest';
import type { Lineage, LineageChanges, LineageNode } from '../../../src-main/http/schemas/lineage';
import { LineageRevisions } from '../../../src-main/snapshots/lineage-revisions';

/** A chain of snapshots such as `a b c`, named after the words behind a colon: `a b:renamed`. */
function chain(text: string): Lineage {
  const nodes = text.split(' ').map((word): LineageNode => {
    const [id = '', name = id] = word.split(':');
    return { id, kind: 'snapshot', name, state: 'Ready' };
  });
  const edges = nodes
    .slice(1)
    .map(({ id }, at) => ({ from: nodes[at]?.id ?? '', to: id, kind: 'next' as const }));
  return { nodes, edges };
}

/** What a reader makes of an answer: what did not change keeps its order, the rest says its place. */
function applied(before: Lineage, { changed, removed, whole }: LineageChanges): Lineage {
  const gone = new Set([...removed, ...changed.map(({ node }) => node.id)]);
  const nodes = whole ? [] : before.nodes.filter(({ id }) => !gone.has(id));
  const edges = whole ? [] : before.edges.filter(({ to }) => !gone.has(to));
  for (const { at, node } of changed) nodes.splice(at, 0, node);
  return { nodes, edges: [...edges, ...changed.flatMap(({ edge }) => edge ?? [])] };
}

/** A reader beside a server: what it holds after each reading. */
function reader(revisions = new LineageRevisions()) {
  const held: { lineage: Lineage; revision: string | undefined } = {
    lineage: { nodes: [], edges: [] },
    revision: undefined,
  };
  const read = (now: Lineage) => {
    const changes = revisions.read(now, held.revision);
    held.lineage = applied(held.lineage, changes);
    held.revision = changes.revision;
    return changes;
  };
  return { held, read };
}

/** Edges may come in any order. */
function sorted({ nodes, edges }: Lineage): Lineage {
  return { nodes, edges: edges.toSorted((a, b) => (a.to < b.to ? -1 : 1)) };
}

describe('readings of the lineage', () => {
  it.each([
    ['a rename', 'a b c d', 'a b:other c d'],
    ['new ones at the end, at the front and between', 'b c e', 'a b c d e f'],
    ['removals, which hang others elsewhere', 'a b c d', 'a d'],
    ['all of it at once', 'a b c d e', 'x b:other c y e z'],
    ['everything gone but one', 'a b c', 'z'],
  ])('tell %s', (_case, before, after) => {
    const { held, read } = reader();
    expect(read(chain(before)).whole).toBe(true);
    expect(read(chain(after)).whole).toBe(false);
    expect(sorted(held.lineage)).toEqual(sorted(chain(after)));
  });

  it('tell only what changed, and nothing when nothing did', () => {
    const { read } = reader();
    read(chain('a b c d'));
    const { changed, removed } = read(chain('a b c:other d'));
    expect(changed.map(({ at, node }) => [at, node.id])).toEqual([[2, 'c']]);
    expect(removed).toEqual([]);
    expect(read(chain('a b c:other d'))).toMatchObject({ whole: false, changed: [], removed: [] });
  });

  it('tell several readers, each what it missed', () => {
    const revisions = new LineageRevisions();
    const [slow, quick] = [reader(revisions), reader(revisions)];
    slow.read(chain('a b c'));
    quick.read(chain('a b c'));
    quick.read(chain('a c'));
    quick.read(chain('a c d'));
    quick.read(chain('a b c d:last'));
    expect(slow.read(chain('a b c d:last')).changed.map(({ node }) => node.id)).toEqual(['b', 'c', 'd']);
    expect(sorted(slow.held.lineage)).toEqual(sorted(chain('a b c d:last')));
  });

  it('are whole for a revision of another start of the server, or of more removals ago than are known', () => {
    const { held, read } = reader(new LineageRevisions());
    read(chain('a b'));
    expect(new LineageRevisions().read(chain('a b'), held.revision).whole).toBe(true);
    expect(new LineageRevisions().read(chain('a b'), 'nonsense').whole).toBe(true);
    const revisions = new LineageRevisions();
    const old = revisions.read(chain('a b'), undefined).revision;
    const many = Array.from({ length: 2_500 }, (_, index) => `n${String(index)}`).join(' ');
    revisions.read(chain(many), undefined);
    const recent = revisions.read(chain('a'), undefined).revision;
    expect(revisions.read(chain('a'), old).whole).toBe(true);
    expect(revisions.read(chain('a c'), recent).changed).toHaveLength(1);
  });
});

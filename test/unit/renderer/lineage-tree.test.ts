import { describe, expect, it } from 'vitest';
import type { Lineage, LineageEdge, LineageNode } from '../../../src-main/http/schemas/lineage';
import { centerFor, layoutLineage, neighbour } from '../../../src-renderer/model/lineage-layout';
import { outlineMove } from '../../../src-renderer/model/lineage-outline';
import {
  ancestry,
  lineOfDescent,
  lineageTree,
  nodeLabel,
  outlineRows,
  searchLineage,
} from '../../../src-renderer/model/lineage-tree';

/** No measure of speed: a busy machine may take long. */
const CROWD_TIMEOUT_MS = 60_000;

/** Edges such as `base>s1 branch`; what starts with `x` is a sandbox, with `g` a deleted one. */
function lineage(...links: string[]): Lineage {
  const edges = links.map((link): LineageEdge => {
    const [from = '', to = '', kind = ''] = link.split(/[> ]/);
    return { from, to, kind: kind === 'next' || kind === 'here' ? kind : 'branch' };
  });
  const ids = [...new Set(edges.flatMap(({ from, to }) => [from, to]))];
  const nodes = ids.map((id): LineageNode => {
    const kind = id === 'base' ? 'image' : /^[xg]/.test(id) ? 'sandbox' : 'snapshot';
    return { id, kind, name: id, state: 'Ready', ...(id.startsWith('g') ? { ghost: true } : {}) };
  });
  return { nodes, edges };
}

const TREE = lineageTree(
  lineage('base>s1 branch', 's1>x2 here', 's1>t1 branch', 's1>s2 next', 's2>x1 here', 't1>g1 here'),
  { ghosts: true },
);

describe('the tree', () => {
  it('puts what continues a node first, then who stands on it, then branches', () => {
    expect(TREE.byId.get('s1')?.childIds).toEqual(['s2', 'x2', 't1']);
    expect(TREE.order).toEqual(['base', 's1', 's2', 'x1', 'x2', 't1', 'g1']);
    expect(TREE.byId.get('x1')?.level).toBe(4);
  });

  it('leaves deleted sandboxes out on request', () => {
    const input = lineage('base>s1 branch', 's1>g1 here');
    expect(lineageTree(input, { ghosts: false }).order).toEqual(['base', 's1']);
  });

  it('knows what a node came from and what came from it', () => {
    expect(ancestry(TREE, 'x1')).toEqual(['base', 's1', 's2', 'x1']);
    expect([...lineOfDescent(TREE, 't1')].sort()).toEqual(['base', 'g1', 's1', 't1']);
  });

  it('tells readers kind, name, state and parent', () => {
    expect(nodeLabel(TREE, 'x1')).toBe('Sandbox x1, Ready, you are here, on s2');
    expect(nodeLabel(TREE, 's2')).toBe('Snapshot s2, Ready, after s1');
    expect(nodeLabel(TREE, 'base')).toBe('Base image base');
  });

  it('finds by every word, in the order of the outline', () => {
    expect(searchLineage(TREE, 'ready SANDBOX 1')).toEqual(['x1', 'g1']);
    expect(searchLineage(TREE, '  ')).toEqual([]);
  });

  it(
    'takes a chain of 10,000',
    () => {
      const links = Array.from({ length: 10_000 }, (_, index) => `s${index}>s${index + 1} next`);
      const chain = lineageTree(lineage(...links), { ghosts: true });
      expect(outlineRows(chain, new Set()).at(-1)).toMatchObject({ level: 10_001, indent: 1 });
      expect(layoutLineage(chain).size).toBe(10_001);
    },
    CROWD_TIMEOUT_MS,
  );
});

describe('the outline', () => {
  const rows = outlineRows(TREE, new Set());
  const move = (id: string, key: string) => outlineMove(rows, TREE, { id, key });

  it('keeps a chain in one column and lets branches step in', () => {
    expect(rows.map(({ id, indent }) => `${id} ${indent}`)).toEqual([
      'base 0',
      's1 1',
      's2 1',
      'x1 1',
      'x2 2',
      't1 2',
      'g1 3',
    ]);
    expect(rows[4]).toMatchObject({ position: 2, setSize: 3, expanded: undefined });
  });

  it('puts what only stands on the same beside each other, in one column', () => {
    const crowd = lineageTree(
      lineage('base>x1 here', 'base>s1 branch', 's1>s2 next', 's2>x3 here', 's2>t1 branch', 'base>t2 branch'),
      { ghosts: true },
    );
    expect(outlineRows(crowd, new Set()).map(({ id, indent }) => `${id} ${indent}`)).toEqual([
      'base 0',
      'x1 1',
      's1 1',
      's2 2',
      'x3 3',
      't1 3',
      't2 1',
    ]);
  });

  it('hides what is below a closed node', () => {
    expect(outlineRows(TREE, new Set(['s1'])).map((row) => row.id)).toEqual(['base', 's1']);
  });

  it('moves as a tree does', () => {
    expect(move('s1', 'ArrowRight')).toEqual({ to: 's2' });
    expect(move('s1', 'ArrowLeft')).toEqual({ toggle: false });
    expect(move('x1', 'ArrowLeft')).toEqual({ to: 's2' });
    expect(move('x1', 'ArrowRight')).toEqual({});
    expect(move('base', 'End')).toEqual({ to: 'g1' });
    expect(move('g1', 'Home')).toEqual({ to: 'base' });
    expect(move('s1', 'q')).toBeUndefined();
  });
});

describe('the map', () => {
  const places = layoutLineage(TREE);
  const row = (id: string): number => places.get(id)?.y ?? -1;

  it('keeps the life of a sandbox in one row and gives branches rows of their own', () => {
    expect(['base', 's1', 's2', 'x1'].map(row)).toEqual([0, 0, 0, 0]);
    expect(row('x2')).toBeGreaterThan(0);
    expect(row('t1')).toBeGreaterThan(row('x2'));
    expect(row('g1')).toBe(row('t1'));
    const spots = [...places.values()].map(({ x, y }) => `${x} ${y}`);
    expect(new Set(spots).size).toBe(spots.length);
  });

  it('shows a node without leaving the view empty beyond the ends', () => {
    const extent = { x: 2000, y: 3000 };
    const view = { width: 1000, height: 600 };
    expect(centerFor({ x: 1000, y: 1500 }, extent, view)).toEqual({ x: 1108, y: 1527 });
    expect(centerFor({ x: 0, y: 2946 }, extent, view)).toEqual({ x: 452, y: 2748 });
    expect(centerFor({ x: 0, y: 0 }, { x: 216, y: 54 }, view)).toEqual({ x: 108, y: 27 });
  });

  it('goes along by arrows', () => {
    const go = (id: string, direction: 'ArrowLeft' | 'ArrowRight' | 'ArrowUp' | 'ArrowDown') =>
      neighbour(TREE, places, { id, direction });
    expect(go('s1', 'ArrowRight')).toBe('s2');
    expect(go('s1', 'ArrowLeft')).toBe('base');
    expect(go('s2', 'ArrowDown')).toBe('x2');
    expect(go('x2', 'ArrowUp')).toBe('s2');
    expect(go('base', 'ArrowUp')).toBeUndefined();
  });
});

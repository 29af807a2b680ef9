import type { Lineage, LineageEdge, LineageNode } from '../../src-main/http/schemas/lineage';

/** A node with its place in the forest. */
export interface TreeNode {
  readonly node: LineageNode;
  /** The edge that leads here; roots have none. */
  readonly edge: LineageEdge | undefined;
  readonly parentId: string | undefined;
  /** What continues it first, then who stands on it, then branches; each oldest first. */
  readonly childIds: readonly string[];
  /** Roots are on level 1. */
  readonly level: number;
}

export interface LineageTree {
  readonly byId: ReadonlyMap<string, TreeNode>;
  readonly rootIds: readonly string[];
  /** Every id, parents before children, as an outline shows them when all is open. */
  readonly order: readonly string[];
}

const EDGE_ORDER: Readonly<Record<LineageEdge['kind'], number>> = { next: 0, here: 1, branch: 2 };

/** The forest from the server's lists; without `ghosts`, deleted leaves are left out. Linear, and never recursive. */
export function lineageTree({ nodes, edges }: Lineage, options: { ghosts: boolean }): LineageTree {
  const edgeTo = new Map(edges.map((edge) => [edge.to, edge]));
  const children = childrenOf(nodes, edgeTo, options.ghosts);
  const known = new Map(nodes.map((node) => [node.id, node]));
  const rootIds = children.get(undefined) ?? [];
  const byId = new Map<string, TreeNode>();
  const order: string[] = [];
  const open = rootIds.toReversed();
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    const node = known.get(id);
    if (node === undefined || byId.has(id)) continue;
    const edge = edgeTo.get(id);
    const childIds = children.get(id) ?? [];
    const level = (byId.get(edge?.from ?? '')?.level ?? 0) + 1;
    byId.set(id, { node, edge, parentId: edge?.from, childIds, level });
    order.push(id);
    for (const child of childIds.toReversed()) open.push(child);
  }
  return { byId, rootIds, order };
}

/** Ids from the root to this node, both included. */
export function ancestry(tree: LineageTree, id: string): string[] {
  const path: string[] = [];
  for (let at = tree.byId.get(id); at !== undefined; at = tree.byId.get(at.parentId ?? ''))
    path.push(at.node.id);
  return path.reverse();
}

/** The node, what it came from and what came from it. */
export function lineOfDescent(tree: LineageTree, id: string): Set<string> {
  const found = new Set(ancestry(tree, id));
  const open = [id];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    found.add(at);
    open.push(...(tree.byId.get(at)?.childIds ?? []));
  }
  return found;
}

/** A line of the outline. */
export interface OutlineRow {
  readonly id: string;
  readonly level: number;
  /** How many of what it came from have other branches too: a chain stays in one column. */
  readonly indent: number;
  readonly position: number;
  readonly setSize: number;
  /** Undefined without children. */
  readonly expanded: boolean | undefined;
}

/** The lines of the outline, without those below a closed node. */
export function outlineRows(tree: LineageTree, closed: ReadonlySet<string>): OutlineRow[] {
  const rows: OutlineRow[] = [];
  const open = pushed(tree, tree.rootIds, { indent: -1, stepsIn: true });
  for (let entry = open.pop(); entry !== undefined; entry = open.pop()) {
    const { id, position, setSize } = entry;
    const found = tree.byId.get(id);
    if (found === undefined) continue;
    const { childIds, level } = found;
    const expanded = childIds.length === 0 ? undefined : !closed.has(id);
    rows.push({ id, level, indent: entry.indent, position, setSize, expanded });
    const stepsIn = level === 1 || entry.crowded;
    if (expanded === true) open.push(...pushed(tree, childIds, { indent: entry.indent, stepsIn }));
  }
  return rows;
}

/** Everything that a search finds: part of name, id or sandbox; in the order of the outline. */
export function searchLineage(tree: LineageTree, words: string): string[] {
  const wanted = words.trim().toLowerCase().split(/\s+/).filter(Boolean);
  if (wanted.length === 0) return [];
  return tree.order.filter((id) => {
    const node = tree.byId.get(id)?.node;
    if (node === undefined) return false;
    const text = `${node.name} ${node.id} ${node.kind} ${node.state} ${node.sandboxName ?? ''}`.toLowerCase();
    return wanted.every((word) => text.includes(word));
  });
}

/** Kind, name, state and parent, as a screen reader says a node. */
export function nodeLabel(tree: LineageTree, id: string): string {
  const found = tree.byId.get(id);
  if (found === undefined) return id;
  const { node, parentId } = found;
  const parent = tree.byId.get(parentId ?? '')?.node.name;
  const parts = [`${KIND_NAMES[node.kind]} ${node.name}`];
  if (node.kind !== 'image') parts.push(node.state);
  if (isHere(node)) parts.push('you are here');
  if (parent !== undefined) parts.push(node.kind === 'sandbox' ? `on ${parent}` : `after ${parent}`);
  return parts.join(', ');
}

export const KIND_NAMES: Readonly<Record<LineageNode['kind'], string>> = {
  image: 'Base image',
  snapshot: 'Snapshot',
  sandbox: 'Sandbox',
};

/** Sandboxes that exist mark where work goes on. */
export function isHere(node: LineageNode): boolean {
  return node.kind === 'sandbox' && node.ghost !== true;
}

function childrenOf(
  nodes: readonly LineageNode[],
  edgeTo: ReadonlyMap<string, LineageEdge>,
  ghosts: boolean,
): Map<string | undefined, string[]> {
  const children = new Map<string | undefined, string[]>();
  const rank = (id: string): number => EDGE_ORDER[edgeTo.get(id)?.kind ?? 'next'];
  for (const { id, kind, ghost } of nodes) {
    // Only sandboxes are deleted leaves: a deleted snapshot is there because of what came from it.
    if (!ghosts && ghost === true && kind === 'sandbox') continue;
    const parent = edgeTo.get(id)?.from;
    const siblings = children.get(parent);
    if (siblings === undefined) children.set(parent, [id]);
    else siblings.push(id);
  }
  for (const siblings of children.values()) siblings.sort((a, b) => rank(a) - rank(b));
  return children;
}

interface Pushed {
  id: string;
  indent: number;
  /** Whether others stand in the same column: what continues it would look like one of them. */
  crowded: boolean;
  position: number;
  setSize: number;
}

/**
 * Last first, for a stack. What continues a node goes on straight below it, as a timeline does, and the others step in;
 * where nothing continues it, all step in.
 */
function pushed(
  tree: LineageTree,
  ids: readonly string[],
  parent: { indent: number; stepsIn: boolean },
): Pushed[] {
  const isLine = ids.length === 1 || tree.byId.get(ids[0] ?? '')?.edge?.kind === 'next';
  const straight = parent.indent + (parent.stepsIn || !isLine ? 1 : 0);
  const entries = ids.map((id, index) => ({
    id,
    indent: isLine && index > 0 ? straight + 1 : straight,
    crowded: isLine ? index > 0 && ids.length > 2 : true,
    position: index + 1,
    setSize: ids.length,
  }));
  return entries.reverse();
}

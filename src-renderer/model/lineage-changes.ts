import type { Lineage, LineageChanges, LineageEdge, LineageNode } from '../../src-main/http/schemas/lineage';

/**
 * The lineage after what the server told of it. Nodes and edges that did not change stay the same objects, so that what
 * draws them has nothing to do; without any change it is `before` itself.
 */
export function applyLineageChanges(before: Lineage | undefined, changes: LineageChanges): Lineage {
  const { changed, removed, whole } = changes;
  const old = whole || before === undefined ? { nodes: [], edges: [] } : before;
  if (old === before && changed.length === 0 && removed.length === 0) return before;
  const touched = new Set(removed);
  for (const { node } of changed) touched.add(node.id);
  return { nodes: mergedNodes(old.nodes, touched, changed), edges: mergedEdges(old.edges, touched, changed) };
}

/** What stays keeps its order; what is new or changed says its place. */
function mergedNodes(
  before: readonly LineageNode[],
  touched: ReadonlySet<string>,
  changed: LineageChanges['changed'],
): LineageNode[] {
  const staying = before.filter((node) => !touched.has(node.id));
  const nodes: LineageNode[] = [];
  let taken = 0;
  for (const { at, node } of changed) {
    const between = staying.slice(taken, taken + at - nodes.length);
    taken += between.length;
    for (const each of between) nodes.push(each);
    nodes.push(node);
  }
  return nodes.concat(staying.slice(taken));
}

function mergedEdges(
  before: LineageEdge[],
  touched: ReadonlySet<string>,
  changed: LineageChanges['changed'],
): LineageEdge[] {
  const wanted = new Map<string, LineageEdge>();
  for (const { node, edge } of changed) if (edge !== undefined) wanted.set(node.id, edge);
  const edges = before.filter((edge) => {
    if (!touched.has(edge.to)) return true;
    const stays = hasSameFacts(wanted.get(edge.to), edge);
    if (stays) wanted.delete(edge.to);
    return stays;
  });
  const isSame = edges.length === before.length && wanted.size === 0;
  return isSame ? before : edges.concat([...wanted.values()]);
}

/** Of flat objects. */
function hasSameFacts(one: LineageEdge | undefined, other: LineageEdge): boolean {
  if (one === undefined) return false;
  const keys = Object.keys(one) as (keyof LineageEdge)[];
  return keys.length === Object.keys(other).length && keys.every((key) => one[key] === other[key]);
}

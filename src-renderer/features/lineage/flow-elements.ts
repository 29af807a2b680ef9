import type { Edge } from '@xyflow/react';
import type { LineageNode } from '../../../src-main/http/schemas/lineage';
import type { Place } from '../../model/lineage-layout';
import type { LineageTree } from '../../model/lineage-tree';
import { flowNode, type LineageFlowNode } from './CanvasNode';

interface Drawn {
  flow: LineageFlowNode;
  /** Named in the node's label. */
  parent: LineageNode | undefined;
}

const ORIGIN = { x: 0, y: 0 };

/**
 * What the map draws. A node or edge that did not change stays the same object, and the map passes it by. Nothing is
 * made to find that out: after a change of one among thousands there would be thousands of objects to collect, and the
 * page stands still meanwhile.
 */
export class FlowElements {
  private drawn = new Map<string, Drawn>();
  private lines: Edge[] = [];

  /** @param tabbable the one node that Tab reaches. */
  nodes(
    tree: LineageTree,
    places: ReadonlyMap<string, Place>,
    tabbable: string | undefined,
  ): LineageFlowNode[] {
    const next = new Map<string, Drawn>();
    for (const id of tree.order) {
      const place = places.get(id) ?? ORIGIN;
      const found = tree.byId.get(id);
      const parent = tree.byId.get(found?.parentId ?? '')?.node;
      const isTabbable = id === tabbable;
      const old = this.drawn.get(id);
      const isSame =
        old !== undefined &&
        old.parent === parent &&
        old.flow.data.node === found?.node &&
        old.flow.data.tabbable === isTabbable &&
        old.flow.position.x === place.x &&
        old.flow.position.y === place.y;
      next.set(id, isSame ? old : { parent, flow: flowNode(tree, id, { place, tabbable: isTabbable }) });
    }
    this.drawn = next;
    return Array.from(next.values(), ({ flow }) => flow);
  }

  /** The same list while no edge changed. */
  edges(tree: LineageTree): Edge[] {
    const ends = tree.order.filter((id) => tree.byId.has(tree.byId.get(id)?.edge?.from ?? ''));
    const isSame =
      ends.length === this.lines.length &&
      ends.every((id, index) => tree.byId.get(id)?.edge === this.lines[index]?.data?.edge);
    if (!isSame) this.lines = ends.flatMap((id) => flowEdge(tree, id));
    return this.lines;
  }
}

function flowEdge(tree: LineageTree, id: string): Edge[] {
  const edge = tree.byId.get(id)?.edge;
  if (edge === undefined) return [];
  return [{ id, source: edge.from, target: id, type: 'lineage', data: { edge }, selectable: false }];
}

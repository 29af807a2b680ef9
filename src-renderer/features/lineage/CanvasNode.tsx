import { Handle, Position, type Node, type NodeProps } from '@xyflow/react';
import { memo, useEffect, useRef } from 'react';
import type { LineageNode } from '../../../src-main/http/schemas/lineage';
import { NODE_HEIGHT, NODE_WIDTH, type Place } from '../../model/lineage-layout';
import { isHere, nodeLabel, type LineageTree } from '../../model/lineage-tree';
import { useLineageFocus } from '../../state/lineage-focus';
import styles from './CanvasNode.module.css';
import { NodeIcon, NodeMarks } from './NodeFace';

export type LineageFlowNode = Node<{ node: LineageNode; label: string; tabbable: boolean }, 'lineage'>;

/** Sizes and handles are known, so that edges need no node in the page to be drawn. */
export function flowNode(
  tree: LineageTree,
  id: string,
  { place, tabbable }: { place: Place; tabbable: boolean },
): LineageFlowNode {
  const node = tree.byId.get(id)?.node ?? { id, kind: 'image', name: id, state: '' };
  return {
    id,
    type: 'lineage',
    position: { x: place.x, y: place.y },
    width: NODE_WIDTH,
    height: NODE_HEIGHT,
    handles: [
      { type: 'target', position: Position.Left, x: 0, y: NODE_HEIGHT / 2, width: 0, height: 0 },
      { type: 'source', position: Position.Right, x: NODE_WIDTH, y: NODE_HEIGHT / 2, width: 0, height: 0 },
    ],
    data: { node, label: nodeLabel(tree, id), tabbable },
  };
}

/** One node of the map: a button, so that it can be reached and said. */
export const CanvasNode = memo(function CanvasNode({ id, data }: NodeProps<LineageFlowNode>) {
  const { node, label, tabbable } = data;
  const button = useRef<HTMLButtonElement>(null);
  const selected = useLineageFocus((state) => state.selected === id);
  const dimmed = useLineageFocus((state) => state.path !== undefined && !state.path.has(id));
  const found = useLineageFocus((state) => state.matches.has(id));
  useEffect(() => {
    // An arrow key moved on: the focus follows, also when the node it was on has left the view.
    const focused = document.activeElement;
    const wasOnNode = focused?.hasAttribute('data-node-id') === true;
    if (selected && wasOnNode) button.current?.focus({ preventScroll: true });
  }, [selected]);
  return (
    <>
      <Handle type="target" position={Position.Left} className={styles.handle} isConnectable={false} />
      <button
        ref={button}
        type="button"
        className={styles.node}
        tabIndex={tabbable ? 0 : -1}
        aria-label={label}
        aria-pressed={selected}
        title={node.name}
        data-node-id={id}
        data-kind={node.kind}
        data-ghost={node.ghost}
        data-here={isHere(node)}
        data-dimmed={dimmed}
        data-found={found}
      >
        <span className={styles.head}>
          <NodeIcon node={node} />
          <span className={styles.name}>{node.name}</span>
        </span>
        <NodeMarks node={node} />
      </button>
      <Handle type="source" position={Position.Right} className={styles.handle} isConnectable={false} />
    </>
  );
});

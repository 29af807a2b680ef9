import { BaseEdge, getSmoothStepPath, type Edge, type EdgeProps } from '@xyflow/react';
import { memo } from 'react';
import type { LineageEdge } from '../../../src-main/http/schemas/lineage';
import { formatBytes } from '../../model/format-size';
import { formatNameStamp } from '../../model/format-time';
import { useLineageFocus } from '../../state/lineage-focus';
import styles from './LineageCanvas.module.css';

type LineageFlowEdge = Edge<{ edge: LineageEdge }, 'lineage'>;

/** How far from its start an edge turns to another row: what is left of it carries the words. */
const TURN_PX = 20;
const WORDS_GAP_PX = 8;

/** An edge with when it came about, and what the capture added. */
export const CanvasEdge = memo(function CanvasEdge(props: EdgeProps<LineageFlowEdge>) {
  const { id, target, data, sourceX, sourceY, targetX, targetY, sourcePosition, targetPosition } = props;
  const dimmed = useLineageFocus((state) => state.path !== undefined && !state.path.has(target));
  const [path] = getSmoothStepPath({
    sourceX,
    sourceY,
    sourcePosition,
    targetX,
    targetY,
    targetPosition,
    centerX: sourceX + TURN_PX,
  });
  const edge = data?.edge;
  const x = targetX - WORDS_GAP_PX;
  return (
    <g className={styles.edge} data-dimmed={dimmed} data-kind={edge?.kind}>
      <BaseEdge id={id} path={path} />
      {edge?.createdAt !== undefined && (
        <text x={x} y={targetY - 6} className={styles.words}>
          {formatNameStamp(new Date(edge.createdAt))}
        </text>
      )}
      {edge?.ownSizeBytes !== undefined && (
        <text x={x} y={targetY + 15} className={styles.words}>
          +{formatBytes(edge.ownSizeBytes)}
        </text>
      )}
    </g>
  );
});

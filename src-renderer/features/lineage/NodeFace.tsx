import { Box, Camera, CircleDashed, Layers, MapPin, Pin, type LucideIcon } from 'lucide-react';
import type { LineageNode } from '../../../src-main/http/schemas/lineage';
import { toneOf } from '../../model/states';
import { isHere } from '../../model/lineage-tree';
import styles from './NodeFace.module.css';

const ICONS: Record<LineageNode['kind'], LucideIcon> = { image: Layers, snapshot: Camera, sandbox: Box };

/** The picture of a node's kind; deleted ones have a dashed one. */
export function NodeIcon({ node }: { node: LineageNode }) {
  const Icon = node.ghost === true ? CircleDashed : ICONS[node.kind];
  return <Icon size={16} aria-hidden className={styles.icon} />;
}

/** Below the name: the state as a word, a pin, and where work goes on. */
export function NodeMarks({ node }: { node: LineageNode }) {
  return (
    <span className={styles.marks}>
      <span className={styles.state} data-tone={node.kind === 'image' ? 'gone' : toneOf(node.state)}>
        {node.kind === 'image' ? 'Base image' : node.state}
      </span>
      {node.pinned === true && <Pin size={12} aria-label="Pinned" className={styles.pin} />}
      {isHere(node) && (
        <span className={styles.here}>
          <MapPin size={12} aria-hidden />
          You are here
        </span>
      )}
    </span>
  );
}

import { Panel, useReactFlow, useStore, type ReactFlowState } from '@xyflow/react';
import { memo, useMemo, type PointerEvent, type WheelEvent } from 'react';
import { NODE_HEIGHT, NODE_WIDTH, extentOf, type Place } from '../../model/lineage-layout';
import { isHere, type LineageTree } from '../../model/lineage-tree';
import styles from './LineageMinimap.module.css';

const WIDTH_PX = 200;
const HEIGHT_PX = 150;
const MARGIN_PX = 5;
/** How far one pixel of the wheel zooms, as a power of two. */
const ZOOM_PER_PX = 0.002;

interface LineageMinimapProps {
  tree: LineageTree;
  places: ReadonlyMap<string, Place>;
}

/** The whole lineage in a corner, and what of it is in view; dragging moves the view, the wheel zooms it. */
export const LineageMinimap = memo(function LineageMinimap({ tree, places }: LineageMinimapProps) {
  const flow = useReactFlow();
  const view = {
    x: useStore(viewX),
    y: useStore(viewY),
    width: useStore(viewWidth),
    height: useStore(viewHeight),
  };
  const extent = useMemo(() => extentOf(places), [places]);
  const left = Math.min(0, view.x);
  const top = Math.min(0, view.y);
  const width = Math.max(extent.x, view.x + view.width) - left;
  const height = Math.max(extent.y, view.y + view.height) - top;
  const scale = Math.max(width / WIDTH_PX, height / HEIGHT_PX);
  const margin = MARGIN_PX * scale;
  const box = { x: left - margin, y: top - margin, width: width + 2 * margin, height: height + 2 * margin };
  const onPointerMove = (event: PointerEvent): void => {
    if (event.buttons !== PRIMARY_BUTTON) return;
    const { x, y, zoom } = flow.getViewport();
    const perPixel = scale * zoom;
    void flow.setViewport({ x: x - event.movementX * perPixel, y: y - event.movementY * perPixel, zoom });
  };
  const onWheel = (event: WheelEvent): void => {
    void flow.zoomTo(flow.getZoom() * 2 ** (-event.deltaY * ZOOM_PER_PX));
  };
  return (
    <Panel position="bottom-right" className={styles.minimap}>
      <svg
        role="img"
        aria-label="Small map of the whole lineage"
        width={WIDTH_PX}
        height={HEIGHT_PX}
        viewBox={`${box.x} ${box.y} ${box.width} ${box.height}`}
        onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
        onPointerMove={onPointerMove}
        onWheel={onWheel}
      >
        <path className={styles.view} d={rectangle(view)} />
        <Nodes tree={tree} places={places} />
      </svg>
    </Panel>
  );
});

const PRIMARY_BUTTON = 1;

/** All nodes that look alike are one shape: thousands of them would hold up the page. */
const Nodes = memo(function Nodes({ tree, places }: LineageMinimapProps) {
  const shapes = { ghost: '', here: '', other: '' };
  for (const [id, { x, y }] of places) {
    const node = tree.byId.get(id)?.node;
    if (node === undefined) continue;
    const look = node.ghost === true ? 'ghost' : isHere(node) ? 'here' : 'other';
    shapes[look] += rectangle({ x, y, width: NODE_WIDTH, height: NODE_HEIGHT });
  }
  return (
    <>
      <path className={styles.ghost} d={shapes.ghost} />
      <path className={styles.other} d={shapes.other} />
      <path className={styles.here} d={shapes.here} />
    </>
  );
});

interface Rectangle {
  x: number;
  y: number;
  width: number;
  height: number;
}

function rectangle({ x, y, width, height }: Rectangle): string {
  return `M${x} ${y}h${width}v${height}h${-width}z`;
}

function viewX({ transform: [x, , zoom] }: ReactFlowState): number {
  return -x / zoom;
}

function viewY({ transform: [, y, zoom] }: ReactFlowState): number {
  return -y / zoom;
}

function viewWidth({ width, transform: [, , zoom] }: ReactFlowState): number {
  return width / zoom;
}

function viewHeight({ height, transform: [, , zoom] }: ReactFlowState): number {
  return height / zoom;
}

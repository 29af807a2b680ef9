import {
  ReactFlow,
  ReactFlowProvider,
  useReactFlow,
  useStore,
  type Edge,
  type EdgeTypes,
  type NodeTypes,
  type Viewport,
} from '@xyflow/react';
import '@xyflow/react/dist/base.css';
import { Maximize, ZoomIn, ZoomOut } from 'lucide-react';
import {
  startTransition,
  useEffect,
  useEffectEvent,
  useMemo,
  useRef,
  useState,
  type KeyboardEvent,
  type MouseEvent,
} from 'react';
import { IconButton } from '../../components/Button';
import { isMenuKey } from '../../components/menu-request';
import {
  NODE_HEIGHT,
  NODE_WIDTH,
  centerFor,
  extentOf,
  layoutLineage,
  neighbour,
  type Direction,
  type Place,
} from '../../model/lineage-layout';
import { isHere, type LineageTree } from '../../model/lineage-tree';
import { CanvasEdge } from './CanvasEdge';
import { CanvasNode, type LineageFlowNode } from './CanvasNode';
import { FlowElements } from './flow-elements';
import styles from './LineageCanvas.module.css';
import { LineageMinimap } from './LineageMinimap';
import type { LineageViewProps } from './LineageOutline';

const NODE_TYPES: NodeTypes = { lineage: CanvasNode };
const EDGE_TYPES: EdgeTypes = { lineage: CanvasEdge };
const NO_NODES: LineageFlowNode[] = [];
const NO_EDGES: Edge[] = [];
const MIN_ZOOM = 0.05;
const MAX_ZOOM = 1.5;
const READABLE_ZOOM = 0.6;
/** Below it words are dots, and frames too thin to be seen. */
const FAR_ZOOM = 0.25;
/** Around everything, of its size. */
const FIT_PADDING = 0.12;

/** The lineage as a map; only what is in view is in the page. */
export function LineageCanvas(props: LineageViewProps) {
  return (
    <ReactFlowProvider>
      <Canvas {...props} />
    </ReactFlowProvider>
  );
}

function Canvas({ tree, selected, onSelect, onMenu }: LineageViewProps) {
  const wrapper = useRef<HTMLDivElement>(null);
  const flow = useReactFlow();
  const isFar = useStore((state) => state.transform[2] < FAR_ZOOM);
  const [drawn, setDrawn] = useState<'nothing' | 'nodes' | 'all'>('nothing');
  const places = useMemo(() => layoutLineage(tree), [tree]);
  const tabbable = selected !== undefined && tree.byId.has(selected) ? selected : tree.order[0];
  const [elements] = useState(() => new FlowElements());
  /** Where the view was put; it is put anew in another window as long as nobody has moved it. */
  const fitted = useRef<Viewport>(undefined);
  const nodes = useMemo(() => elements.nodes(tree, places, tabbable), [elements, tree, places, tabbable]);
  const edges = useMemo(() => elements.edges(tree), [elements, tree]);

  /** By the size of the box itself: the map learns of a new one only later. */
  const look = (center: Place, zoom: number): void => {
    const { clientWidth = 0, clientHeight = 0 } = wrapper.current ?? {};
    const [x, y] = [clientWidth / 2 - center.x * zoom, clientHeight / 2 - center.y * zoom];
    void flow.setViewport({ x, y, zoom });
  };
  const show = (id: string): void => {
    const place = places.get(id);
    if (place === undefined || isInView(place, flow.getViewport(), wrapper.current)) return;
    const zoom = Math.max(flow.getZoom(), READABLE_ZOOM);
    const { clientWidth = 0, clientHeight = 0 } = wrapper.current ?? {};
    const view = { width: clientWidth / zoom, height: clientHeight / zoom };
    look(centerFor(place, extentOf(places), view), zoom);
  };
  const fit = (): void => {
    const { x, y } = extentOf(places);
    const zoom = zoomToFit(places, wrapper.current);
    look({ x: x / 2, y: y / 2 }, Math.max(READABLE_ZOOM, Math.min(1, zoom)));
    const start = selected ?? (zoom < READABLE_ZOOM ? newestHere(tree) : undefined);
    if (start !== undefined) show(start);
    fitted.current = flow.getViewport();
  };
  /** Or as much of it from the beginning on as the smallest scale has room for. */
  const showAll = (): void => {
    const zoom = Math.max(MIN_ZOOM, Math.min(1, zoomToFit(places, wrapper.current)));
    const { clientWidth = 0, clientHeight = 0 } = wrapper.current ?? {};
    const view = { width: clientWidth / zoom, height: clientHeight / zoom };
    look(centerFor({ x: 0, y: 0 }, extentOf(places), view), zoom);
  };
  /** The view goes where it begins before there are nodes: drawn are only those that are seen then. */
  const begin = (): void => {
    fit();
    startTransition(() => setDrawn('nodes'));
  };
  const onWindowSize = useEffectEvent(() => {
    if (isSameView(fitted.current, flow.getViewport())) fit();
    else if (selected !== undefined) show(selected);
  });
  useEffect(() => {
    const resized = (): void => onWindowSize();
    window.addEventListener('resize', resized);
    return () => window.removeEventListener('resize', resized);
  }, []);
  // The map takes thousands of nodes in one task, and the edges between them in another one.
  useEffect(() => {
    if (drawn === 'nodes') startTransition(() => setDrawn('all'));
  }, [drawn]);
  const showSelected = useEffectEvent(() => {
    if (selected !== undefined) show(selected);
  });
  // A sandbox moves on when a snapshot of it is taken, and what is selected stays in view.
  const { x, y } = (selected === undefined ? undefined : places.get(selected)) ?? { x: 0, y: 0 };
  useEffect(() => showSelected(), [selected, x, y]);

  const onKeyDown = (event: KeyboardEvent): void => {
    const id = nodeIdOf(event.target);
    if (id === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    if (isMenuKey(event)) {
      const box = (event.target as Element).getBoundingClientRect();
      onMenu(id, box.left + 24, box.bottom);
    } else if (isDirection(event.key)) {
      const next = neighbour(tree, places, { id, direction: event.key });
      if (next !== undefined) onSelect(next);
    } else return;
    event.preventDefault();
  };
  const onContextMenu = (event: MouseEvent): void => {
    const id = nodeIdOf(event.target);
    if (id === undefined) return;
    event.preventDefault();
    onMenu(id, event.clientX, event.clientY);
  };
  return (
    // Keys and the menu of the nodes, which are buttons and hold the focus.
    // eslint-disable-next-line jsx-a11y/no-static-element-interactions -- the nodes inside are the controls
    <div
      ref={wrapper}
      className={styles.canvas}
      data-far={isFar}
      onKeyDown={onKeyDown}
      onContextMenu={onContextMenu}
      onClick={(event) => {
        const id = nodeIdOf(event.target);
        if (id !== undefined) onSelect(id);
      }}
    >
      <ReactFlow<LineageFlowNode>
        aria-label="Map of the lineage"
        nodes={drawn === 'nothing' ? NO_NODES : nodes}
        edges={drawn === 'all' ? edges : NO_EDGES}
        nodeTypes={NODE_TYPES}
        edgeTypes={EDGE_TYPES}
        onlyRenderVisibleElements
        nodesDraggable={false}
        nodesConnectable={false}
        nodesFocusable={false}
        edgesFocusable={false}
        elementsSelectable={false}
        disableKeyboardA11y
        deleteKeyCode={null}
        minZoom={MIN_ZOOM}
        maxZoom={MAX_ZOOM}
        proOptions={{ hideAttribution: true }}
        onInit={begin}
      >
        <LineageMinimap tree={tree} places={places} />
      </ReactFlow>
      <div className={styles.zoom} role="group" aria-label="Zoom">
        <IconButton icon={ZoomIn} label="Zoom in" onClick={() => void flow.zoomIn()} />
        <IconButton icon={ZoomOut} label="Zoom out" onClick={() => void flow.zoomOut()} />
        <IconButton icon={Maximize} label="Show everything" onClick={showAll} />
      </div>
    </div>
  );
}

function isSameView(one: Viewport | undefined, other: Viewport): boolean {
  return one?.x === other.x && one.y === other.y && one.zoom === other.zoom;
}

function isDirection(key: string): key is Direction {
  return ['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown'].includes(key);
}

function nodeIdOf(target: EventTarget): string | undefined {
  return target instanceof Element
    ? (target.closest('[data-node-id]')?.getAttribute('data-node-id') ?? undefined)
    : undefined;
}

/** At which everything can be seen at once. */
function zoomToFit(places: ReadonlyMap<string, Place>, wrapper: HTMLElement | null): number {
  const { x: right, y: bottom } = extentOf(places);
  const { clientWidth = 0, clientHeight = 0 } = wrapper ?? {};
  return Math.min(clientWidth / right, clientHeight / bottom) / (1 + FIT_PADDING);
}

/** Where a person most likely works: the sandbox that was made last, else the first node. */
function newestHere(tree: LineageTree): string | undefined {
  const here = tree.order.filter((id) => {
    const node = tree.byId.get(id)?.node;
    return node !== undefined && isHere(node);
  });
  const time = (id: string): string => tree.byId.get(id)?.node.createdAt ?? '';
  return here.sort((a, b) => (time(a) < time(b) ? 1 : -1))[0] ?? tree.order[0];
}

/** Whether the whole node can be seen, by its place: what is drawn may be a moment behind. */
function isInView(place: Place, { x, y, zoom }: Viewport, wrapper: HTMLElement | null): boolean {
  const [left, top] = [place.x * zoom + x, place.y * zoom + y];
  const { clientWidth = 0, clientHeight = 0 } = wrapper ?? {};
  return (
    left >= 0 &&
    top >= 0 &&
    left + NODE_WIDTH * zoom <= clientWidth &&
    top + NODE_HEIGHT * zoom <= clientHeight
  );
}

import type { LineageTree } from './lineage-tree';

export const NODE_WIDTH = 216;
export const NODE_HEIGHT = 54;
const COLUMN = NODE_WIDTH + 124;
const ROW = NODE_HEIGHT + 18;

export interface Place {
  readonly x: number;
  readonly y: number;
}

/**
 * Places from left to right in time. What continues a node stays in its row, so that the life of a sandbox is a straight
 * line; branches take rows below. A subtree has its rows to itself, so nothing crosses. Linear.
 */
export function layoutLineage(tree: LineageTree): ReadonlyMap<string, Place> {
  const places = new Map<string, Place>();
  let rows = 0;
  for (const id of tree.order) {
    const found = tree.byId.get(id);
    if (found === undefined) continue;
    const parent = tree.byId.get(found.parentId ?? '');
    const isFirst = parent?.childIds[0] === id;
    const row = isFirst ? (places.get(parent.node.id)?.y ?? 0) / ROW : rows++;
    places.set(id, { x: (found.level - 1) * COLUMN, y: row * ROW });
  }
  return places;
}

/** Right and bottom end of everything that is placed. */
export function extentOf(places: ReadonlyMap<string, Place>): Place {
  let [x, y] = [0, 0];
  for (const place of places.values()) {
    x = Math.max(x, place.x + NODE_WIDTH);
    y = Math.max(y, place.y + NODE_HEIGHT);
  }
  return { x, y };
}

/** Room that is left around the map at its ends. */
const MARGIN = 48;

/** What to put into the middle of a view, so that a node is in it and as little as can be of the view is empty. */
export function centerFor(place: Place, extent: Place, view: { width: number; height: number }): Place {
  return {
    x: clampedCenter(place.x + NODE_WIDTH / 2, extent.x, view.width),
    y: clampedCenter(place.y + NODE_HEIGHT / 2, extent.y, view.height),
  };
}

function clampedCenter(wanted: number, end: number, size: number): number {
  const [first, last] = [size / 2 - MARGIN, end + MARGIN - size / 2];
  return last < first ? end / 2 : Math.min(last, Math.max(first, wanted));
}

export type Direction = 'ArrowLeft' | 'ArrowRight' | 'ArrowUp' | 'ArrowDown';

/** Where an arrow key leads on the canvas: to what it came from, to what continues it, or to the row above or below. */
export function neighbour(
  tree: LineageTree,
  places: ReadonlyMap<string, Place>,
  from: { id: string; direction: Direction },
): string | undefined {
  const found = tree.byId.get(from.id);
  const here = places.get(from.id);
  if (found === undefined || here === undefined) return undefined;
  switch (from.direction) {
    case 'ArrowLeft':
      return found.parentId;
    case 'ArrowRight':
      return found.childIds[0];
    case 'ArrowUp':
      return nearestRow(places, here, -1);
    case 'ArrowDown':
      return nearestRow(places, here, 1);
  }
}

/** The next row that way, there the node nearest in time. */
function nearestRow(places: ReadonlyMap<string, Place>, here: Place, way: 1 | -1): string | undefined {
  let best: { id: string; cost: number } | undefined;
  for (const [id, { x, y }] of places) {
    const down = (y - here.y) * way;
    if (down <= 0) continue;
    const cost = down * 1000 + Math.abs(x - here.x);
    if (best === undefined || cost < best.cost) best = { id, cost };
  }
  return best?.id;
}

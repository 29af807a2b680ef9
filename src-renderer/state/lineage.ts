import { create } from 'zustand';
import type { Lineage } from '../../src-main/http/schemas/lineage';
import { errorMessage } from '../api/api-error';
import { getLineage } from '../api/desktop-api';
import { useSandboxes } from './sandboxes';
import { useSnapshots } from './snapshots';

/** Changes come in bursts, such as a capture's steps: one reading serves a burst. */
const SETTLE_MS = 200;

interface LineageState {
  /** Absent until it was first read; the last one stays when a reading fails. */
  readonly lineage: Lineage | undefined;
  readonly loadError: string | undefined;
}

export const useLineage = create<LineageState>(() => ({ lineage: undefined, loadError: undefined }));

/** Which reading is current; an answer that was overtaken is dropped. */
let generation = 0;

export async function loadLineage(): Promise<void> {
  const mine = ++generation;
  try {
    const lineage = await getLineage();
    if (mine === generation)
      useLineage.setState((state) => ({
        lineage: unlessEqual(state.lineage, lineage),
        loadError: undefined,
      }));
  } catch (error) {
    if (mine === generation) useLineage.setState({ loadError: errorMessage(error) });
  }
}

/**
 * Keeps the lineage equal to the server's while somebody looks at it: reads it now, and again after sandboxes or
 * snapshots changed. While the window is hidden nothing is read; what was missed is read when it is shown again.
 * Returns how to stop.
 */
export function watchLineage(): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let stale = false;
  const read = (): void => {
    timer = undefined;
    stale = document.hidden;
    if (!stale) void loadLineage();
  };
  const changed = (): void => {
    timer ??= setTimeout(read, SETTLE_MS);
  };
  const shown = (): void => {
    if (!document.hidden && stale) read();
  };
  const stops = [
    useSandboxes.subscribe((state, before) => state.byId !== before.byId && changed()),
    useSnapshots.subscribe((state, before) => state.byId !== before.byId && changed()),
  ];
  document.addEventListener('visibilitychange', shown);
  read();
  return () => {
    clearTimeout(timer);
    for (const stop of stops) stop();
    document.removeEventListener('visibilitychange', shown);
  };
}

/** Nodes and edges that did not change stay the same objects, so that what draws them has nothing to do. */
function unlessEqual(before: Lineage | undefined, after: Lineage): Lineage {
  if (before === undefined) return after;
  const nodes = keepEqual(before.nodes, after.nodes, (node) => node.id);
  const edges = keepEqual(before.edges, after.edges, (edge) => edge.to);
  return nodes === before.nodes && edges === before.edges ? before : { nodes, edges };
}

function keepEqual<T extends object>(before: T[], after: T[], idOf: (item: T) => string): T[] {
  const known = new Map(before.map((item) => [idOf(item), item]));
  const merged = after.map((item) => {
    const old = known.get(idOf(item));
    return old !== undefined && hasSameFacts(old, item) ? old : item;
  });
  const same = merged.length === before.length && merged.every((item, index) => item === before[index]);
  return same ? before : merged;
}

/** Of flat objects; thousands are compared at each reading, so nothing is made for it. */
function hasSameFacts<T extends object>(before: T, after: T): boolean {
  const keys = Object.keys(after) as (keyof T)[];
  return keys.length === Object.keys(before).length && keys.every((key) => before[key] === after[key]);
}

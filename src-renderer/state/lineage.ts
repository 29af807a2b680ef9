import { create } from 'zustand';
import type { Lineage } from '../../src-main/http/schemas/lineage';
import { errorMessage } from '../api/api-error';
import { getLineageChanges } from '../api/desktop-api';
import { applyLineageChanges } from '../model/lineage-changes';
import { useSandboxes } from './sandboxes';
import { useSnapshots } from './snapshots';

/** Changes come in bursts, such as a capture's steps: one reading serves a burst. */
const SETTLE_MS = 200;

interface LineageState {
  /** Absent until it was first read; the last one stays when a reading fails. */
  readonly lineage: Lineage | undefined;
  readonly loadError: string | undefined;
  /** What the next reading asks with, to be told only what changed. */
  readonly revision: string | undefined;
}

export const useLineage = create<LineageState>(() => ({
  lineage: undefined,
  loadError: undefined,
  revision: undefined,
}));

/** Which reading is current; an answer that was overtaken is dropped. */
let generation = 0;

export async function loadLineage(): Promise<void> {
  const mine = ++generation;
  try {
    const changes = await getLineageChanges(useLineage.getState().revision);
    if (mine === generation)
      useLineage.setState((state) => ({
        lineage: applyLineageChanges(state.lineage, changes),
        loadError: undefined,
        revision: changes.revision,
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

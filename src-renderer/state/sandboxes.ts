import { create } from 'zustand';
import type { DesktopSandbox } from '../../src-main/http/schemas/desktop';
import { errorMessage } from '../api/api-error';
import { listSandboxes } from '../api/desktop-api';
import {
  EMPTY_ENTITIES,
  applyChanges,
  replaceAll,
  type EntityChange,
  type EntityState,
} from './entity-state';

export const useSandboxes = create<EntityState<DesktopSandbox>>(() => EMPTY_ENTITIES);

/** One sandbox; the component renders again only when this one changes. */
export function useSandbox(id: string): DesktopSandbox | undefined {
  return useSandboxes((state) => state.byId[id]);
}

/** Reads the whole list; on failure the last data stays and the reason is kept. */
export async function loadSandboxes(): Promise<void> {
  try {
    useSandboxes.setState(replaceAll(await listSandboxes(), (item) => item.sandbox.id));
  } catch (error) {
    useSandboxes.setState({ loadError: errorMessage(error) });
  }
}

/** As {@link loadSandboxes}, for the first screen only: a list that was read meanwhile is newer and stays. */
export async function readSandboxesAhead(): Promise<void> {
  const items = await listSandboxes();
  if (useSandboxes.getState().loadedAt !== undefined) return;
  useSandboxes.setState(replaceAll(items, (item) => item.sandbox.id));
}

export function applySandboxChanges(changes: EntityChange<DesktopSandbox>[]): void {
  useSandboxes.setState((state) => applyChanges(state, changes));
}

/** The sandboxes of these ids that still exist. */
export function sandboxesOf(ids: readonly string[]): DesktopSandbox[] {
  const { byId } = useSandboxes.getState();
  return ids.flatMap((id) => byId[id] ?? []);
}

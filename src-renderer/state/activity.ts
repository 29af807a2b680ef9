import { create } from 'zustand';
import type { Activity } from '../../src-main/http/schemas/desktop';
import { errorMessage } from '../api/api-error';
import { listActivity } from '../api/desktop-api';
import {
  EMPTY_ENTITIES,
  applyChanges,
  keepNewest,
  replaceAll,
  type EntityChange,
  type EntityState,
} from './entity-state';

/** As many as the server keeps. */
const MAX_ENTRIES = 1_000;

export const useActivity = create<EntityState<Activity>>(() => EMPTY_ENTITIES);

export async function loadActivity(): Promise<void> {
  try {
    useActivity.setState(replaceAll(await listActivity(MAX_ENTRIES), (entry) => entry.id));
  } catch (error) {
    useActivity.setState({ loadError: errorMessage(error) });
  }
}

export function applyActivityChanges(changes: EntityChange<Activity>[]): void {
  useActivity.setState((state) => keepNewest(applyChanges(state, changes), MAX_ENTRIES));
}

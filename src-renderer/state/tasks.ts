import { create } from 'zustand';
import type { Task } from '../../src-main/http/schemas/desktop';
import { errorMessage } from '../api/api-error';
import { listTasks } from '../api/desktop-api';
import { notifyLongWork } from './system-notices';
import {
  EMPTY_ENTITIES,
  applyChanges,
  replaceAll,
  type EntityChange,
  type EntityState,
} from './entity-state';

export const useTasks = create<EntityState<Task>>(() => EMPTY_ENTITIES);

export async function loadTasks(): Promise<void> {
  try {
    useTasks.setState(replaceAll(await listTasks(), (task) => task.id));
  } catch (error) {
    useTasks.setState({ loadError: errorMessage(error) });
  }
}

export function applyTaskChanges(changes: EntityChange<Task>[]): void {
  const before = useTasks.getState().byId;
  useTasks.setState((state) => applyChanges(state, changes));
  for (const { id, value } of changes) {
    if (value !== null && before[id]?.state === 'Running') notifyEnd(value);
  }
}

function notifyEnd({ state, title, startedAt, error }: Task): void {
  if (state === 'Succeeded') notifyLongWork(startedAt, 'Done', title);
  else if (state === 'Failed') notifyLongWork(startedAt, 'Failed', `${title}. ${error?.message ?? ''}`);
}

/** Resolves with the task when it no longer runs. */
export function taskEnd(id: string): Promise<Task> {
  return new Promise((resolve) => {
    const ended = (state: EntityState<Task>): boolean => {
      const task = state.byId[id];
      if (task === undefined || task.state === 'Running') return false;
      resolve(task);
      return true;
    };
    if (ended(useTasks.getState())) return;
    const stop = useTasks.subscribe((state) => {
      if (ended(state)) stop();
    });
  });
}

/** The same for a task just begun: the answer of a request may come before the event that brings the task. */
export function endOfTask(begun: Task): Promise<Task> {
  if (useTasks.getState().byId[begun.id] === undefined) applyTaskChanges([{ id: begun.id, value: begun }]);
  return taskEnd(begun.id);
}

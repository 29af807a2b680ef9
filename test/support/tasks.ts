import type { Task } from '../../src-main/http/schemas/desktop';
import type { TestBackend } from './test-backend';
import { waitFor } from './wait-for';

/** Starts a task by a POST that answers 202 and waits until it is over. */
export async function runTask(
  { call }: Pick<TestBackend, 'call'>,
  path: string,
  body: Record<string, unknown>,
): Promise<Task> {
  const { status, body: task } = await call<Task>('POST', path, body);
  if (status !== 202) throw new Error(`${path} answered ${status}: ${JSON.stringify(task)}`);
  return taskEnd({ call }, task.id);
}

/** Waits until a task is over. */
export function taskEnd({ call }: Pick<TestBackend, 'call'>, id: string): Promise<Task> {
  return waitFor(`task ${id} to end`, async () => {
    const { body } = await call<Task>('GET', `/v1/desktop/tasks/${id}`);
    return body.state === 'Running' ? undefined : body;
  });
}

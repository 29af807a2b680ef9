import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ActivityLog } from '../../../src-main/activity/activity-log';
import { Changes } from '../../../src-main/activity/changes';
import { AppError } from '../../../src-main/errors';
import { openStateStore, type OpenStateStore } from '../../../src-main/store/open-state-store';
import { TaskService } from '../../../src-main/tasks/task-service';

let folder: string;
let store: OpenStateStore;
let activity: ActivityLog;
let tasks: TaskService;

async function open(): Promise<void> {
  store = await openStateStore({ dataDir: folder });
  const changes = new Changes();
  const logger = pino({ level: 'silent' });
  activity = new ActivityLog(store.collection('activity'), changes, logger);
  tasks = new TaskService(store.collection('tasks'), activity, changes, logger);
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'opensandbox-tasks-'));
  await open();
});

afterEach(async () => {
  await store.close();
  await rm(folder, { recursive: true, force: true });
});

const pull = { kind: 'image.pull', title: 'Pull x', unit: 'bytes', cause: 'gui' } as const;

describe('TaskService', () => {
  it('records progress and result, and says so in the activity', async () => {
    const { task, finished } = await tasks.start(pull, ({ report }) => {
      report({ done: 5, total: 10, unit: 'bytes' });
      return Promise.resolve({ image: 'x' });
    });
    expect(task).toMatchObject({ state: 'Running', progress: { done: 0 } });
    expect(await finished).toMatchObject({
      state: 'Succeeded',
      result: { image: 'x' },
      progress: { done: 5 },
    });
    expect(activity.newest(1)).toMatchObject([{ kind: 'task.succeeded', taskId: task.id, cause: 'gui' }]);
  });

  it('keeps the code and message of a failure', async () => {
    const { finished } = await tasks.start(pull, () =>
      Promise.reject(new AppError(500, 'X::Y', 'No. Do Z.')),
    );
    expect(await finished).toMatchObject({ state: 'Failed', error: { code: 'X::Y', message: 'No. Do Z.' } });
  });

  it('cancels what runs, and refuses to cancel what is over', async () => {
    const { task, finished } = await tasks.start(pull, async ({ signal }) => {
      await once(signal, 'abort');
      throw new Error('aborted');
    });
    tasks.cancel(task.id);
    expect(await finished).toMatchObject({ state: 'Cancelled' });
    expect(() => tasks.cancel(task.id)).toThrow(expect.objectContaining({ status: 409 }));
  });

  it('cancels what is on its way to the disk, as soon as it has begun', async () => {
    const starting = tasks.start(pull, async ({ signal }) => {
      await once(signal, 'abort');
      throw new Error('aborted');
    });
    const [seen] = tasks.list();
    tasks.cancel(seen?.id ?? '');
    const { finished } = await starting;
    expect(await finished).toMatchObject({ id: seen?.id, state: 'Cancelled' });
  });

  it('ends tasks that a crash cut off, with advice', async () => {
    const { task } = await tasks.start(pull, () => new Promise(() => undefined));
    await store.close();
    await open();
    await tasks.settleInterrupted();
    expect(tasks.get(task.id)).toMatchObject({ state: 'Failed', error: { code: 'TASK::INTERRUPTED' } });
  });

  it('predicts from the last success of the kind', async () => {
    await (
      await tasks.start(pull, () => Promise.resolve({}))
    ).finished;
    const { task, finished } = await tasks.start(pull, () => Promise.resolve({}));
    expect(task.predictedMillis).toBeGreaterThanOrEqual(0);
    await finished;
  });
});

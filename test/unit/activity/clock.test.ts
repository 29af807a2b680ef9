import { pino } from 'pino';
import { afterEach, expect, it, vi } from 'vitest';
import { ActivityLog } from '../../../src-main/activity/activity-log';
import { Changes } from '../../../src-main/activity/changes';
import { TaskService } from '../../../src-main/tasks/task-service';
import { createFolder, openStore } from '../store/store-folder';

const START = Date.parse('2026-11-26T12:00:00Z');
const HOUR_MS = 3_600_000;
const MANY = 200;

afterEach(() => void vi.useRealTimers());

/** A server's life: opens the folder at a time of the clock and notes and does something. */
async function life(
  folder: string,
  hours: number,
  count: number,
): Promise<{ tasks: string[]; told: string[] }> {
  vi.useFakeTimers({ toFake: ['Date'], now: START + hours * HOUR_MS });
  const store = await openStore(folder);
  const [changes, logger] = [new Changes(), pino({ level: 'silent' })];
  const activity = new ActivityLog(store.collection('activity'), changes, logger);
  const tasks = new TaskService(store.collection('tasks'), activity, changes, logger);
  for (let index = 0; index < count; index += 1) {
    const title = `${hours} h, ${index}`;
    const start = { kind: 'image.pull', title, unit: 'bytes', cause: 'api' } as const;
    const { task, finished } = await tasks.start(start, () => Promise.resolve({}));
    await finished;
    expect(tasks.get(task.id)).toMatchObject({ title, state: 'Succeeded' });
  }
  const seen = {
    tasks: tasks.list().map(({ title }) => title),
    told: activity.newest(1).map((each) => each.message),
  };
  await store.close();
  return seen;
}

it('keeps what came last in front, and drops what is oldest, whatever the clock says', async () => {
  const folder = await createFolder();
  await life(folder, 0, MANY);
  const back = await life(folder, -5, 2);
  expect(back.tasks.slice(0, 2)).toEqual(['-5 h, 1', '-5 h, 0']);
  expect(back.told).toEqual(['-5 h, 1: done.']);
  const again = await life(folder, -4, 1);
  expect(again.tasks.slice(0, 3)).toEqual(['-4 h, 0', '-5 h, 1', '-5 h, 0']);
});

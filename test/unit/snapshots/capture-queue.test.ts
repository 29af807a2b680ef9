import { describe, expect, it } from 'vitest';
import { CaptureQueue, type CaptureJob } from '../../../src-main/snapshots/capture-queue';

/** Captures that end when the test says so. */
function controlled(limit = 2) {
  const started: string[] = [];
  const ends = new Map<string, { resolve: () => void; reject: (error: Error) => void }>();
  const capture = (job: CaptureJob) => {
    started.push(job.snapshotId);
    return new Promise<void>((resolve, reject) => ends.set(job.snapshotId, { resolve, reject }));
  };
  const queue = new CaptureQueue(capture, () => limit);
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  return {
    queue,
    started,
    add: (...jobs: [string, string][]) =>
      jobs.forEach(([snapshotId, sandboxId]) => queue.add({ snapshotId, sandboxId })),
    end: async (id: string) => {
      ends.get(id)?.resolve();
      await settle();
    },
    fail: async (id: string) => {
      ends.get(id)?.reject(new Error('broken'));
      await settle();
    },
  };
}

async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  const pending = Symbol('pending');
  const later = new Promise((resolve) => setImmediate(() => resolve(pending)));
  return (await Promise.race([promise.then(() => true), later])) !== pending;
}

describe('CaptureQueue', () => {
  it('runs one capture per sandbox at a time, in the order of acceptance', async () => {
    const { add, end, started } = controlled();
    add(['a1', 'a'], ['a2', 'a'], ['a3', 'a']);
    expect(started).toEqual(['a1']);
    await end('a1');
    expect(started).toEqual(['a1', 'a2']);
    await end('a2');
    expect(started).toEqual(['a1', 'a2', 'a3']);
  });

  it('runs no more than the limit, and lets another sandbox overtake one that is busy', async () => {
    const { add, end, started, queue } = controlled(2);
    add(['a1', 'a'], ['a2', 'a'], ['b1', 'b'], ['c1', 'c']);
    expect(started).toEqual(['a1', 'b1']);
    expect([queue.runningCount, queue.waitingCount]).toEqual([2, 2]);
    await end('b1');
    expect(started).toEqual(['a1', 'b1', 'c1']);
    await end('a1');
    expect(started).toEqual(['a1', 'b1', 'c1', 'a2']);
  });

  it('goes on after a capture that rejected', async () => {
    const { add, fail, started } = controlled(1);
    add(['a1', 'a'], ['a2', 'a']);
    await fail('a1');
    expect(started).toEqual(['a1', 'a2']);
  });

  it('knows what waits and what runs, until it has ended', async () => {
    const { add, end, queue } = controlled(1);
    add(['a1', 'a'], ['b1', 'b']);
    expect([queue.has('a1'), queue.has('b1'), queue.has('c1')]).toEqual([true, true, false]);
    await end('a1');
    await end('b1');
    expect([queue.has('a1'), queue.has('b1')]).toEqual([false, false]);
  });

  it('tells when a sandbox is settled, those that wait included', async () => {
    const { add, end, queue } = controlled(1);
    expect(await isSettled(queue.settled('a'))).toBe(true);
    add(['a1', 'a'], ['a2', 'a']);
    const settled = queue.settled('a');
    await end('a1');
    expect(await isSettled(settled)).toBe(false);
    await end('a2');
    expect(await isSettled(settled)).toBe(true);
  });

  it('is idle when nothing waits or runs', async () => {
    const { add, end, queue } = controlled(1);
    add(['a1', 'a'], ['b1', 'b']);
    const idle = queue.idle();
    await end('a1');
    expect(await isSettled(idle)).toBe(false);
    await end('b1');
    expect(await isSettled(idle)).toBe(true);
  });

  it('starts nothing after it was closed, and lets nobody wait for ever', async () => {
    const { add, end, started, queue } = controlled(1);
    add(['a1', 'a'], ['b1', 'b']);
    const settled = queue.settled('a');
    const idle = queue.idle();
    queue.close();
    await expect(settled).rejects.toMatchObject({ status: 503, code: 'SERVER::STOPPING' });
    await expect(queue.settled('a')).rejects.toMatchObject({ status: 503 });
    await idle;
    add(['c1', 'c']);
    await end('a1');
    expect(started).toEqual(['a1']);
    expect(queue.waitingCount).toBe(0);
  });
});

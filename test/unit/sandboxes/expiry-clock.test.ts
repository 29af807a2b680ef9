import { pino } from 'pino';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Expiry } from '../../../src-main/sandboxes/expiry';
import { OrderedCollection } from '../../../src-main/store/ordered-collection';
import type { SandboxRecord } from '../../../src-main/store/records';
import { createFolder, openStore } from '../store/store-folder';
import { sampleSandbox } from '../store/sample-records';

const START = Date.parse('2026-11-26T12:00:00Z');
const HOUR_MS = 3_600_000;
const LOOK_MS = 1_000;

let expired: string[];
let records: OrderedCollection<SandboxRecord>;
let expiry: Expiry;
let close: () => Promise<void>;
/** What the engine says to a removal, where it does not remove. */
let refusal: string | undefined;
let complaints: number;

beforeEach(async () => {
  const store = await openStore(await createFolder());
  close = () => store.close();
  records = new OrderedCollection(store.collection('sandboxes'));
  for (const [index, hours] of [1, 5, undefined].entries()) {
    const expiresAt =
      hours === undefined ? {} : { expiresAt: new Date(START + hours * HOUR_MS).toISOString() };
    await records.put({ ...sampleSandbox(index), ...expiresAt });
  }
  vi.useFakeTimers({ now: START });
  expired = [];
  refusal = undefined;
  complaints = 0;
  const expire = async ({ id }: SandboxRecord): Promise<void> => {
    expired.push(id);
    if (refusal !== undefined) throw new Error(refusal);
    await records.delete(id);
  };
  const logger = pino({ level: 'error' }, { write: () => (complaints += 1) });
  expiry = new Expiry(records, expire, () => true, logger);
  expiry.schedule();
});
afterEach(async () => {
  expiry.stop();
  vi.useRealTimers();
  await close();
});

it('ends nothing that is not due when the clock is set back and forth by hours', () => {
  for (const hours of [-6, 0.9, -200, 0]) {
    vi.setSystemTime(START + hours * HOUR_MS);
    vi.advanceTimersByTime(3 * LOOK_MS);
    expect(expired).toEqual([]);
  }
});

it('ends what is due, and only that, within a second of the clock being set forward', () => {
  vi.setSystemTime(START - 6 * HOUR_MS);
  vi.advanceTimersByTime(LOOK_MS);
  vi.setSystemTime(START + 2 * HOUR_MS);
  vi.advanceTimersByTime(LOOK_MS);
  expect(expired).toEqual([sampleSandbox(0).id]);
  expect(records.inCreationOrder().map(({ id }) => id)).toEqual([sampleSandbox(1).id, sampleSandbox(2).id]);
});

it('tries less and less often what cannot be removed, complains once of each cause, and tries at once when told to', async () => {
  refusal = 'the engine says nothing of it';
  await vi.advanceTimersByTimeAsync(HOUR_MS);
  await vi.advanceTimersByTimeAsync(10 * 60 * LOOK_MS);
  const tries = expired.length;
  expect(tries).toBeGreaterThan(10);
  expect(tries).toBeLessThan(20);
  expect(complaints).toBe(1);
  refusal = 'the engine is busy';
  await vi.advanceTimersByTimeAsync(2 * 60 * LOOK_MS);
  expect(complaints).toBe(2);
  refusal = undefined;
  expiry.tryAgain();
  await vi.advanceTimersByTimeAsync(LOOK_MS);
  expect(records.inCreationOrder().map(({ id }) => id)).toEqual([sampleSandbox(1).id, sampleSandbox(2).id]);
});

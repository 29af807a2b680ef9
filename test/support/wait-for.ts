import { setTimeout as delay } from 'node:timers/promises';

const POLL_MS = 20;
const DEADLINE_MS = 30_000;

/**
 * Waits until `look` finds something.
 * @param what named in the failure, such as `the snapshot to be Ready`.
 */
export async function waitFor<T>(
  what: string,
  look: () => Promise<T | undefined> | T | undefined,
  deadlineMs = DEADLINE_MS,
): Promise<T> {
  const deadline = Date.now() + deadlineMs;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > deadline) throw new Error(`Waited ${deadlineMs} ms for ${what} in vain.`);
    await delay(POLL_MS);
  }
}

import { setTimeout as delay } from 'node:timers/promises';

/**
 * A start that takes longer is stuck for another reason, and must not hold up a freeze for ever. Long, because a busy
 * engine takes seconds, and a freeze that comes too early costs the sandbox.
 */
export const START_DEADLINE_MS = 30_000;

/**
 * Keeps starting processes and freezing apart, per container. A process that the runtime is just putting into a
 * container when that is frozen never arrives, and the engine then cannot thaw the container: both wait for each
 * other for ever (seen with Docker 20.10, runc 1.1).
 */
export class FreezeGate {
  private readonly starts = new Map<string, Set<Promise<unknown>>>();
  private readonly freezes = new Map<string, Promise<unknown>>();

  /**
   * Begins to start a process once no freeze is under way.
   * @param begin answers when the start is in the engine's hands; `arrived` settles when the process is there.
   */
  async start<T extends { arrived: Promise<unknown> }>(
    containerId: string,
    begin: () => Promise<T>,
  ): Promise<T> {
    for (let freeze = this.freezes.get(containerId); freeze; freeze = this.freezes.get(containerId)) {
      await freeze;
    }
    const beginning = begin();
    this.note(
      containerId,
      beginning.then(({ arrived }) => arrived),
    );
    return beginning;
  }

  /** Freezes, or does what freezes, once no process is being started. */
  async freeze<T>(containerId: string, work: () => Promise<T>): Promise<T> {
    const before = this.freezes.get(containerId);
    const working = (async () => {
      await before;
      const starts = [...(this.starts.get(containerId) ?? [])];
      await Promise.race([Promise.allSettled(starts), delay(START_DEADLINE_MS, undefined, { ref: false })]);
      return work();
    })();
    const over = working.then(
      () => undefined,
      () => undefined,
    );
    this.freezes.set(containerId, over);
    try {
      return await working;
    } finally {
      if (this.freezes.get(containerId) === over) this.freezes.delete(containerId);
    }
  }

  private note(containerId: string, start: Promise<unknown>): void {
    const starts = this.starts.get(containerId) ?? new Set();
    this.starts.set(containerId, starts);
    const over = start
      .catch(() => undefined)
      .then(() => {
        starts.delete(over);
        if (starts.size === 0) this.starts.delete(containerId);
      });
    starts.add(over);
  }
}

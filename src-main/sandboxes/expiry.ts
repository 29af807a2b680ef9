import type { Logger } from 'pino';
import { DueTimer } from '../due-timer';
import { messageOf } from '../errors';
import type { OrderedCollection } from '../store/ordered-collection';
import type { SandboxRecord } from '../store/records';

const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 60_000;

/** A sandbox that could not be removed in its time. */
interface Failure {
  message: string;
  waitMs: number;
  /** By `performance.now()`: the clock may be set meanwhile. */
  retryAt: number;
}

/**
 * Ends sandboxes at their `expiresAt`, within a second. It looks at the record anew when the time has come, so a
 * renew that was written, in memory or on disk, always wins.
 */
export class Expiry {
  private readonly timer: DueTimer;
  private readonly failures = new Map<string, Failure>();

  /** @param expire marks the sandbox as ending before it first waits, so that no renew comes between. */
  constructor(
    private readonly records: OrderedCollection<SandboxRecord>,
    private readonly expire: (record: SandboxRecord) => Promise<void>,
    /** Whether anything can be removed now; {@link schedule} is called again when that changes. */
    engineIsThere: () => boolean,
    private readonly logger: Logger,
  ) {
    this.timer = new DueTimer(() => this.expireDue(), engineIsThere);
  }

  /** Looks now and sleeps until the next expiry. Call after any change of an expiry. */
  schedule(): void {
    this.timer.schedule();
  }

  /** Looks now, also at what could not be removed before: the cause may be gone. */
  tryAgain(): void {
    for (const failure of this.failures.values()) Object.assign(failure, { waitMs: 0, retryAt: 0 });
    this.schedule();
  }

  stop(): void {
    this.timer.stop();
  }

  /** @returns when the next one is due, in Unix milliseconds. */
  private expireDue(): number | undefined {
    const now = Date.now();
    for (const id of this.failures.keys()) if (this.records.get(id) === undefined) this.failures.delete(id);
    let next: number | undefined;
    const due: SandboxRecord[] = [];
    for (const record of this.records.inCreationOrder()) {
      if (record.expiresAt === undefined || (record.phase !== 'active' && record.phase !== 'failed'))
        continue;
      const { retryAt = 0 } = this.failures.get(record.id) ?? {};
      const at = Math.max(Date.parse(record.expiresAt), now + retryAt - performance.now());
      if (at <= now) due.push(record);
      else if (next === undefined || at < next) next = at;
    }
    for (const record of due) void this.expireOne(record);
    // One that cannot be removed stays due and is tried again.
    return due.length > 0 ? now + FIRST_RETRY_MS : next;
  }

  private async expireOne(record: SandboxRecord): Promise<void> {
    try {
      await this.expire(record);
      this.failures.delete(record.id);
    } catch (error) {
      const before = this.failures.get(record.id);
      const waitMs = Math.min(Math.max((before?.waitMs ?? 0) * 2, FIRST_RETRY_MS), LAST_RETRY_MS);
      const message = messageOf(error);
      this.failures.set(record.id, { message, waitMs, retryAt: performance.now() + waitMs });
      if (message !== before?.message)
        this.logger.error({ error, sandboxId: record.id }, 'an expired sandbox could not be removed');
    }
  }
}

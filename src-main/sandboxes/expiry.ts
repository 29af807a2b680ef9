import type { Logger } from 'pino';
import { DueTimer } from '../due-timer';
import type { OrderedCollection } from '../store/ordered-collection';
import type { SandboxRecord } from '../store/records';

const RETRY_MS = 1_000;

/**
 * Ends sandboxes at their `expiresAt`, within a second. It looks at the record anew when the time has come, so a
 * renew that was written, in memory or on disk, always wins.
 */
export class Expiry {
  private readonly timer: DueTimer;

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

  stop(): void {
    this.timer.stop();
  }

  /** @returns when the next one is due, in Unix milliseconds. */
  private expireDue(): number | undefined {
    const now = Date.now();
    let next: number | undefined;
    const due: SandboxRecord[] = [];
    for (const record of this.records.inCreationOrder()) {
      if (record.expiresAt === undefined || (record.phase !== 'active' && record.phase !== 'failed'))
        continue;
      const at = Date.parse(record.expiresAt);
      if (at <= now) due.push(record);
      else if (next === undefined || at < next) next = at;
    }
    for (const record of due) {
      this.expire(record).catch((error: unknown) => {
        this.logger.error({ error, sandboxId: record.id }, 'an expired sandbox could not be removed');
      });
    }
    // One that could not be removed stays due and is tried again.
    return due.length > 0 ? now + RETRY_MS : next;
  }
}

import type { Logger } from 'pino';
import { followId, newId, nowIso } from '../ids';
import type { ActivityRecord } from '../store/records';
import type { Collection } from '../store/state-store';
import type { Changes } from './changes';

const MAX_ENTRIES = 1_000;

export type ActivityEntry = Omit<ActivityRecord, 'id' | 'at' | 'severity'> & {
  severity?: ActivityRecord['severity'];
};

/** What happened and why, newest last, bounded. Written in the background: no request waits for it. */
export class ActivityLog {
  private readonly ids: string[];

  constructor(
    private readonly records: Collection<ActivityRecord>,
    private readonly changes: Changes,
    private readonly logger: Logger,
  ) {
    this.ids = [...records.values()].map((each) => each.id).sort();
    const newest = this.ids.at(-1);
    // Otherwise the newest entries would count as the oldest, and be dropped.
    if (newest !== undefined) followId(newest);
  }

  /** Whatever the message quotes, it ends with one full stop. */
  note(entry: ActivityEntry): void {
    const { message } = entry;
    const record: ActivityRecord = {
      id: newId('act'),
      at: nowIso(),
      severity: 'info',
      ...entry,
      message: message.endsWith('.') ? message : `${message}.`,
    };
    this.ids.push(record.id);
    this.write(this.records.put(record));
    while (this.ids.length > MAX_ENTRIES) {
      const oldest = this.ids.shift();
      if (oldest !== undefined) this.write(this.records.delete(oldest));
    }
    this.changes.emit('activity', record);
  }

  /** Undefined once it has been pushed out by newer ones. */
  find(id: string): ActivityRecord | undefined {
    return this.records.get(id);
  }

  /** Newest first. */
  newest(limit: number): ActivityRecord[] {
    return this.ids
      .slice(-limit)
      .reverse()
      .flatMap((id) => this.records.get(id) ?? []);
  }

  private write(writing: Promise<void>): void {
    writing.catch((error: unknown) => this.logger.warn({ error }, 'an activity entry could not be written'));
  }
}

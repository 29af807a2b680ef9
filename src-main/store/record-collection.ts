import type { Low } from 'lowdb';
import type { JournalAdapter } from './journal-adapter';
import type { Collection } from './state-store';
import { setRecord, type StoredRecord, type StoredState } from './stored-state';

/** One collection over the lowdb database. */
export class RecordCollection<T extends StoredRecord> implements Collection<T> {
  constructor(
    private readonly database: Low<StoredState>,
    private readonly adapter: JournalAdapter,
    private readonly name: string,
  ) {}

  get size(): number {
    return this.records.size;
  }

  get(id: string): T | undefined {
    return this.records.get(id);
  }

  values(): IterableIterator<T> {
    return this.records.values();
  }

  async put(record: T): Promise<void> {
    await this.change(record.id, record);
  }

  async delete(id: string): Promise<void> {
    if (this.records.has(id)) await this.change(id, null);
    // Gone for readers, but an earlier removal may still be on its way to the disk.
    else await this.database.write();
  }

  private async change(id: string, record: T | null): Promise<void> {
    const key = { collection: this.name, id };
    this.adapter.mark(key, record);
    setRecord(this.database.data, key, record);
    await this.database.write();
  }

  private get records(): Map<string, T> {
    const known = this.database.data.get(this.name);
    const records = known ?? new Map<string, StoredRecord>();
    if (!known) this.database.data.set(this.name, records);
    // Holds: only put() fills a collection, and the migrations bring older files to the same types.
    return records as Map<string, T>;
  }
}

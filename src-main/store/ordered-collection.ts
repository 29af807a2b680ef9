import { RecordCounts, type Counts } from './record-counts';
import type { Collection } from './state-store';

/**
 * A collection that is also kept in order of creation, so that a page or the newest record costs no sort.
 * Same durability and failures as the collection inside it.
 */
export class OrderedCollection<T extends { id: string; createdAt: string }> {
  /** Oldest first: a new record is nearly always appended. */
  private oldestFirst: T[];
  private isVisible: (record: T) => boolean = () => true;
  private readonly counts: RecordCounts<T>[] = [];

  constructor(private readonly inner: Collection<T>) {
    this.oldestFirst = [...inner.values()].sort(byCreation);
  }

  /**
   * From now on only these records are read, listed or deleted. The others stay stored and untouched, such as those
   * of an engine that another one has taken the place of.
   * @returns ids of the records that came into sight or left it.
   */
  narrow(isVisible: (record: T) => boolean): string[] {
    const changed: string[] = [];
    for (const record of this.inner.values()) {
      if (isVisible(record) !== this.isVisible(record)) changed.push(record.id);
    }
    this.isVisible = isVisible;
    this.oldestFirst = [...this.inner.values()].filter(isVisible).sort(byCreation);
    for (const counts of this.counts) counts.start(this.oldestFirst);
    return changed;
  }

  /**
   * How many of the records in sight have the same key, kept up to date from now on: asking costs no loop.
   * @param keyOf undefined for a record that counts nowhere.
   */
  countBy(keyOf: (record: T) => string | undefined): Counts {
    const counts = new RecordCounts(keyOf);
    counts.start(this.oldestFirst);
    this.counts.push(counts);
    return counts;
  }

  get size(): number {
    return this.oldestFirst.length;
  }

  get(id: string): T | undefined {
    const record = this.inner.get(id);
    return record !== undefined && this.isVisible(record) ? record : undefined;
  }

  /** The record even where {@link narrow} hides it. */
  getHidden(id: string): T | undefined {
    return this.inner.get(id);
  }

  /** Live view for loops that do not change it. */
  inCreationOrder(): readonly T[] {
    return this.oldestFirst;
  }

  async put(record: T): Promise<void> {
    this.place(record);
    try {
      await this.inner.put(record);
    } catch (error) {
      this.settle(record);
      throw error;
    }
  }

  async delete(id: string): Promise<void> {
    const record = this.get(id);
    if (record === undefined) return;
    this.takeOut(record);
    try {
      await this.inner.delete(id);
    } catch (error) {
      this.settle(record);
      throw error;
    }
  }

  /** Position in creation order, counted from the oldest; -1 when unknown. */
  indexOf(id: string): number {
    const record = this.get(id);
    if (record === undefined) return -1;
    const index = this.lowerBound(record);
    return this.oldestFirst[index]?.id === id ? index : -1;
  }

  private place(record: T): void {
    if (!this.isVisible(record)) return;
    const index = this.lowerBound(record);
    const known = this.oldestFirst[index];
    const before = known?.id === record.id ? known : undefined;
    this.oldestFirst.splice(index, before === undefined ? 0 : 1, record);
    for (const counts of this.counts) counts.replace(before, record);
  }

  private takeOut(record: T): void {
    const index = this.lowerBound(record);
    const known = this.oldestFirst[index];
    if (known?.id !== record.id) return;
    this.oldestFirst.splice(index, 1);
    for (const counts of this.counts) counts.replace(known, undefined);
  }

  /** After a failed write: follow whatever the collection holds now. */
  private settle(record: T): void {
    const current = this.inner.get(record.id);
    if (current === undefined) this.takeOut(record);
    else this.place(current);
  }

  private lowerBound(record: T): number {
    let low = 0;
    let high = this.oldestFirst.length;
    const newest = this.oldestFirst[high - 1];
    if (newest === undefined || byCreation(newest, record) < 0) return high;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const probe = this.oldestFirst[middle];
      if (probe !== undefined && byCreation(probe, record) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Creation time never changes, so it is a safe sort key; the id breaks ties. */
function byCreation(a: { createdAt: string; id: string }, b: { createdAt: string; id: string }): number {
  if (a.createdAt !== b.createdAt) return a.createdAt < b.createdAt ? -1 : 1;
  if (a.id === b.id) return 0;
  return a.id < b.id ? -1 : 1;
}

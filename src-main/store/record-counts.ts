export interface Counts {
  /** How many records have this key now. */
  of(key: string): number;
}

/** How many records have each key, without reading them all again at each change. */
export class RecordCounts<T> implements Counts {
  private readonly counts = new Map<string, number>();

  /** @param keyOf undefined for a record that counts nowhere. */
  constructor(private readonly keyOf: (record: T) => string | undefined) {}

  of(key: string): number {
    return this.counts.get(key) ?? 0;
  }

  /** Counts these, and nothing from before. */
  start(records: readonly T[]): void {
    this.counts.clear();
    for (const record of records) this.add(record, 1);
  }

  /** One record came (nothing before), changed, or went (nothing after). */
  replace(before: T | undefined, after: T | undefined): void {
    if (before !== undefined) this.add(before, -1);
    if (after !== undefined) this.add(after, 1);
  }

  private add(record: T, difference: 1 | -1): void {
    const key = this.keyOf(record);
    if (key === undefined) return;
    const count = this.of(key) + difference;
    if (count === 0) this.counts.delete(key);
    else this.counts.set(key, count);
  }
}

import type { ChangeSummary, PathChange } from './tree-diff';

const KEPT_MS = 60_000;
/** Each change takes about 300 bytes. */
const KEPT_COMPARISONS = 3;

export interface Comparison {
  changes: PathChange[];
  summary: ChangeSummary;
}

/** The last comparisons, so that their pages belong together and cost nothing. */
export class KeptComparisons {
  private readonly kept = new Map<string, Comparison>();
  private forgetting: NodeJS.Timeout | undefined;

  get(key: string): Comparison | undefined {
    return this.kept.get(key);
  }

  keep(key: string, comparison: Comparison): void {
    this.kept.delete(key);
    this.kept.set(key, comparison);
    const [oldest] = this.kept.keys();
    if (this.kept.size > KEPT_COMPARISONS && oldest !== undefined) this.kept.delete(oldest);
    clearTimeout(this.forgetting);
    this.forgetting = setTimeout(() => this.kept.clear(), KEPT_MS).unref();
  }

  close(): void {
    clearTimeout(this.forgetting);
    this.kept.clear();
  }
}

import { join } from 'node:path';
import { writeBase } from './base-file';
import { JournalFile } from './journal-file';
import type { LoadedState } from './load-state';
import { removeGenerationsBefore, stateFileName } from './state-files';
import { countRecords, viewOf, type StateView } from './stored-state';

const MIN_JOURNAL_BYTES = 1024 * 1024;
const MIN_JOURNAL_ENTRIES = 2_000;

/** When a journal is due to be folded into a new base. Beyond these, it is when it outgrows the base. */
export interface CompactionThresholds {
  minBytes: number;
  minEntries: number;
}

export interface GenerationOptions {
  folder: string;
  schemaVersion: number;
  thresholds?: CompactionThresholds | undefined;
  /** Told when a compaction failed. Nothing is lost by that; it is tried again when the journal has doubled. */
  onCompactionError?: ((error: unknown) => void) | undefined;
  /** Told after changes were refused by the disk and undone. */
  onWriteFailed?: (() => void) | undefined;
}

/**
 * The files of the state while the store is open: appends to the newest journal, and folds journals into a new
 * base when they have grown. At every moment the newest whole base and the journals from its generation on are
 * the state; so are the base before it and the journals from there, which are kept for the case of damage.
 */
export class Generations {
  private compaction: Promise<void> | undefined;
  private sealed: { bytes: number; entries: number };
  /** After a failed compaction: how large the journals must be for the next attempt. */
  private retryAtBytes = 0;

  private constructor(
    private readonly options: GenerationOptions,
    private journal: JournalFile,
    private generation: number,
    private base: NonNullable<LoadedState['base']>,
    sealed: LoadedState['sealed'],
  ) {
    this.sealed = sealed;
  }

  /** Goes on where the loaded files end, or starts a new generation when they cannot be continued. */
  static async open(options: GenerationOptions, loaded: LoadedState): Promise<Generations> {
    const { base, generation, journal } = loaded;
    if (base && journal) {
      const path = join(options.folder, stateFileName(generation, 'journal'));
      return new Generations(
        options,
        await JournalFile.resume(path, journal),
        generation,
        base,
        loaded.sealed,
      );
    }
    const next = generation + 1;
    const header = { schemaVersion: options.schemaVersion, generation: next };
    const created = await JournalFile.create(join(options.folder, stateFileName(next, 'journal')), header);
    try {
      const view = viewOf(loaded.state);
      const bytes = await writeBase(join(options.folder, stateFileName(next, 'json')), header, view);
      const written = { generation: next, bytes, records: countRecords(view) };
      return new Generations(options, created, next, written, { bytes: 0, entries: 0 });
    } catch (error) {
      await created.close();
      throw error;
    }
  }

  /** Appends one batch; on the disk when the promise resolves. Not to be called while another one runs. */
  async append(entries: readonly string[]): Promise<void> {
    await this.journal.append(entries);
  }

  /**
   * Starts a compaction when it is due. Call between two appends: resolves when appends may go on, into the new
   * journal; the base is then written in the background. Never rejects.
   * @param durableView gives the records as the journals tell them.
   */
  async compactIfDue(durableView: () => StateView): Promise<void> {
    if (this.compaction || !this.isDue()) return;
    try {
      const next = this.generation + 1;
      const header = { schemaVersion: this.options.schemaVersion, generation: next };
      const created = await JournalFile.create(this.path(next, 'journal'), header);
      const full = this.journal;
      this.sealed = {
        bytes: this.sealed.bytes + full.bytes,
        entries: this.sealed.entries + full.entries,
      };
      this.journal = created;
      this.generation = next;
      this.compaction = this.compact(next, durableView()).finally(() => (this.compaction = undefined));
      await full.close();
    } catch (error) {
      this.postpone(error);
    }
  }

  /** Waits for a running compaction and closes the journal. */
  async close(): Promise<void> {
    await this.compaction;
    await this.journal.close();
  }

  private isDue(): boolean {
    const { minBytes, minEntries } = this.options.thresholds ?? {
      minBytes: MIN_JOURNAL_BYTES,
      minEntries: MIN_JOURNAL_ENTRIES,
    };
    const bytes = this.sealed.bytes + this.journal.bytes;
    const entries = this.sealed.entries + this.journal.entries;
    if (bytes < this.retryAtBytes) return false;
    return bytes >= Math.max(minBytes, this.base.bytes) || entries >= Math.max(minEntries, this.base.records);
  }

  private async compact(generation: number, view: StateView): Promise<void> {
    try {
      const header = { schemaVersion: this.options.schemaVersion, generation };
      const bytes = await writeBase(this.path(generation, 'json'), header, view);
      const previous = this.base.generation;
      this.base = { generation, bytes, records: countRecords(view) };
      this.sealed = { bytes: 0, entries: 0 };
      this.retryAtBytes = 0;
      await removeGenerationsBefore(this.options.folder, previous);
    } catch (error) {
      this.postpone(error);
    }
  }

  private postpone(error: unknown): void {
    this.retryAtBytes = 2 * (this.sealed.bytes + this.journal.bytes);
    this.options.onCompactionError?.(error);
  }

  private path(generation: number, kind: 'json' | 'journal'): string {
    return join(this.options.folder, stateFileName(generation, kind));
  }
}

import type { CollectionName, StoredCollections } from './records';

/** What was wrong with the files at start, for the API and the GUI to say. */
export interface StoreRecovery {
  at: string;
  /** `missing`: no state file was there, although the folder, or what is in Docker, shows an earlier life. */
  kind: 'damaged' | 'missing';
  /** One sentence for people: what was found. */
  message: string;
  /** Where the damaged files were put. */
  setAside: string[];
  /** Faults found, each with its file and line, at most the first 20, shortened. */
  unreadable: string[];
  /** Records that were read in spite of the damage. */
  recordsKept: number;
}

/** One kind of record, in memory and on disk. Reads are synchronous and never touch the disk. */
export interface Collection<T extends { id: string }> {
  readonly size: number;
  get(id: string): T | undefined;
  values(): IterableIterator<T>;
  /**
   * Puts a record. Readers see it at once; the promise resolves when it is on disk.
   * @throws AppError `STORE::WRITE_FAILED` (507) when it could not be written; the change is undone in memory
   * unless a later one replaced it.
   */
  put(record: T): Promise<void>;
  /** Removes a record; unknown ids are fine. Durable and failing like {@link put}. */
  delete(id: string): Promise<void>;
}

/** The durable state of the product. */
export interface StateStore {
  collection<N extends CollectionName>(name: N): Collection<StoredCollections[N]>;
  /** Set when the files were damaged or gone at start. */
  readonly recovery: StoreRecovery | undefined;
  /** True when no store file existed at start: a first run, or a lost one. */
  readonly isNew: boolean;
  /** Identity of this data folder, kept in its own file; labels on containers and images carry it. */
  readonly instanceId: string;
  /** Waits for pending writes, closes the files and releases the folder's lock. */
  close(): Promise<void>;
}

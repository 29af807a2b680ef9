import type { Adapter } from 'lowdb';
import { AppError, messageOf } from '../errors';
import { Generations, type GenerationOptions } from './generations';
import type { LoadedState } from './load-state';
import type { RecordKey, StoredRecord, StoredState } from './stored-state';
import { UnsyncedChanges, type Change } from './unsynced-changes';

/** Keeps the work of one append, and what damage to one line can cost, small. */
const MAX_BATCH_BYTES = 256 * 1024;

/** Changes that are written and synced together. */
interface Batch {
  changes: Change[];
  bytes: number;
  done: Promise<void>;
  resolve: () => void;
  reject: (error: AppError) => void;
}

/**
 * lowdb adapter that writes only what changed. lowdb hands `write` the whole state, so the store says what
 * changed by {@link mark} first. Changes that come while the disk is busy share the next append.
 */
export class JournalAdapter implements Adapter<StoredState> {
  private readonly state: StoredState;
  private readonly unsynced: UnsyncedChanges;
  private generations: Generations | undefined;
  private readonly queue: Batch[] = [];
  private inFlight: Batch | undefined;
  private draining: Promise<void> | undefined;
  private isClosed = false;

  constructor(
    private readonly options: GenerationOptions,
    private readonly loaded: LoadedState,
  ) {
    this.state = loaded.state;
    this.unsynced = new UnsyncedChanges(this.state);
  }

  /** Opens the files for writing, a new generation when need be, and hands over the loaded state. */
  async read(): Promise<StoredState> {
    this.generations ??= await Generations.open(this.options, this.loaded);
    return this.state;
  }

  /**
   * Announces a change of one record; call before it is made in the state, and `write` after.
   * @throws AppError `STORE::CLOSED` after {@link close}.
   */
  mark(key: RecordKey, record: StoredRecord | null): void {
    if (this.isClosed) throw new AppError(503, 'STORE::CLOSED', 'The app is shutting down. Start it again.');
    const json = JSON.stringify([key.collection, key.id, record]);
    const change: Change = { ...key, record, json };
    this.unsynced.begin(change);
    const batch = this.openBatch();
    batch.changes.push(change);
    batch.bytes += json.length;
  }

  /**
   * Resolves when every change marked so far is on the disk.
   * @throws AppError `STORE::WRITE_FAILED` (507); the changes of the batch are undone then.
   */
  write(): Promise<void> {
    if (this.queue.length > 0) this.draining ??= this.drain().finally(() => (this.draining = undefined));
    return (this.queue.at(-1) ?? this.inFlight)?.done ?? Promise.resolve();
  }

  /** Writes what is pending and closes the files. */
  async close(): Promise<void> {
    this.isClosed = true;
    await this.draining;
    await this.generations?.close();
  }

  private openBatch(): Batch {
    const last = this.queue.at(-1);
    if (last && last.bytes < MAX_BATCH_BYTES) return last;
    const batch = createBatch();
    this.queue.push(batch);
    return batch;
  }

  private async drain(): Promise<void> {
    // Changes made in the same turn of the event loop join the first batch.
    await Promise.resolve();
    const { generations } = this;
    if (!generations) throw new Error('The store was written before it was read.');
    for (let batch = this.queue.shift(); batch; batch = this.queue.shift()) {
      this.inFlight = batch;
      await this.commit(batch, generations);
      this.inFlight = undefined;
      await generations.compactIfDue(() => this.unsynced.durableView());
    }
  }

  private async commit(batch: Batch, generations: Generations): Promise<void> {
    try {
      await generations.append(batch.changes.map((change) => change.json));
    } catch (error) {
      for (const change of batch.changes) this.unsynced.fail(change);
      batch.reject(writeFailed(this.options.folder, error));
      this.options.onWriteFailed?.();
      return;
    }
    for (const change of batch.changes) this.unsynced.succeed(change);
    batch.resolve();
  }
}

const WRITE_FAILED = 'STORE::WRITE_FAILED';

/** Whether the disk refused a change, so that what it was about is to be done again when it no longer does. */
export function isWriteFailure(error: unknown): boolean {
  return error instanceof AppError && error.code === WRITE_FAILED;
}

/** What the caller is told when the disk refused. */
export function writeFailed(folder: string, cause: unknown): AppError {
  return new AppError(
    507,
    WRITE_FAILED,
    `The change could not be saved in ${folder} (${messageOf(cause)}) and was undone. ` +
      'Check that the disk has free space and can be written, then try again.',
    { cause },
  );
}

function createBatch(): Batch {
  // The executor runs at once, so both are set before they are used.
  let resolve!: () => void;
  let reject!: (error: AppError) => void;
  const done = new Promise<void>((onDone, onFailed) => {
    resolve = onDone;
    reject = onFailed;
  });
  return { changes: [], bytes: 0, done, resolve, reject };
}

import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Low } from 'lowdb';
import { AppError, messageOf } from '../errors';
import { FOLDER_MODE } from './durable-files';
import { acquireFolderLock, type FolderLock, type LockInfo } from './folder-lock';
import type { CompactionThresholds } from './generations';
import { findInstance, storeInstance } from './instance-id';
import { JournalAdapter } from './journal-adapter';
import { loadState, type Damage } from './load-state';
import { MIGRATIONS, schemaVersionOf, type Migration } from './migrations';
import { RecordCollection } from './record-collection';
import { listStateFiles, removeTemporaryFiles, setAside } from './state-files';
import type { StateStore, StoreRecovery } from './state-store';
import { countRecords, viewOf } from './stored-state';

const MAX_UNREADABLE_SHOWN = 20;

export interface StateStoreOptions {
  /** Made when it does not exist. */
  dataDir: string;
  /** Other than the product's own, for tests of migrations. */
  migrations?: readonly Migration[];
  /** When the journal is folded into a new base. */
  compaction?: CompactionThresholds;
  /** Told when a compaction failed: worth a log line, nothing is lost. */
  onCompactionError?: (error: unknown) => void;
  /** Told after changes were refused by the disk and undone. */
  onWriteFailed?: () => void;
}

/** A store together with the lock of its folder. */
export interface OpenStateStore extends StateStore {
  /** What a second process is told about this one. */
  setLockInfo(info: Pick<LockInfo, 'address'>): void;
}

/**
 * Opens the durable state in a data folder and locks the folder. Damaged content never makes it fail: what can
 * be read is kept, damaged files are put aside, and `recovery` tells about it.
 * @throws AppError `STORE::LOCKED` (409) when another process holds the folder, `STORE::NEWER_SCHEMA` (409) when
 * a newer version of the product wrote it, `STORE::OPEN_FAILED` (500) when the folder cannot be used.
 */
export async function openStateStore(options: StateStoreOptions): Promise<OpenStateStore> {
  const folder = resolve(options.dataDir);
  let lock: FolderLock | undefined;
  try {
    await mkdir(folder, { recursive: true, mode: FOLDER_MODE });
    lock = await acquireFolderLock(folder);
    return await openLocked(folder, options, lock);
  } catch (error) {
    await lock?.release();
    if (error instanceof AppError) throw error;
    const advice = 'Check its permissions and free space, or choose another folder: --data-dir DIR.';
    const message = `The data folder ${folder} cannot be used: ${messageOf(error)}. ${advice}`;
    throw new AppError(500, 'STORE::OPEN_FAILED', message, { cause: error });
  }
}

async function openLocked(
  folder: string,
  options: StateStoreOptions,
  lock: FolderLock,
): Promise<OpenStateStore> {
  const migrations = options.migrations ?? MIGRATIONS;
  const at = new Date();
  const instance = await findInstance(folder);
  const loaded = await loadState(folder, migrations);
  const { hasSetAside } = await listStateFiles(folder);
  await removeTemporaryFiles(folder);

  const { compaction: thresholds, onCompactionError, onWriteFailed } = options;
  const generationOptions = {
    folder,
    schemaVersion: schemaVersionOf(migrations),
    thresholds,
    onCompactionError,
    onWriteFailed,
  };
  const adapter = new JournalAdapter(generationOptions, loaded);
  const database = new Low(adapter, loaded.state);
  await database.read();
  const moved = await orClose(adapter, async () => [
    // Only now, with everything readable safe in a new generation.
    ...(await setAside(folder, loaded.damage?.files ?? [], at)),
    // Last: with an identity but no state a folder counts as one that lost its state.
    ...(await storeInstance(folder, instance, at)),
  ]);

  const isLost = loaded.isNew && (instance.existed || hasSetAside);
  const recordsKept = countRecords(viewOf(loaded.state));
  return {
    collection: (name) => new RecordCollection(database, adapter, name),
    recovery: describeRecovery({ at, damage: loaded.damage, isLost, moved, recordsKept }),
    isNew: loaded.isNew,
    instanceId: instance.id,
    setLockInfo: (info) => lock.setInfo(info),
    close: async () => {
      try {
        await adapter.close();
      } finally {
        await lock.release();
      }
    },
  };
}

async function orClose<T>(adapter: JournalAdapter, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    await adapter.close();
    throw error;
  }
}

function describeRecovery(facts: {
  at: Date;
  damage: Damage | undefined;
  isLost: boolean;
  moved: string[];
  recordsKept: number;
}): StoreRecovery | undefined {
  const { damage, isLost, moved, recordsKept } = facts;
  const at = facts.at.toISOString();
  if (damage) {
    const outcome = damage.isLossy
      ? `Records that could be read and were kept: ${recordsKept}. Later changes of some may be missing.`
      : `Nothing was lost. Records that were restored from the generation before: ${recordsKept}.`;
    const message = `The state files were damaged. ${outcome}`;
    const unreadable = damage.problems.slice(0, MAX_UNREADABLE_SHOWN);
    return { at, kind: 'damaged', message, setAside: moved, unreadable, recordsKept };
  }
  if (isLost) {
    const message = 'The state files are gone, although this data folder was used before.';
    return { at, kind: 'missing', message, setAside: moved, unreadable: [], recordsKept };
  }
  return undefined;
}

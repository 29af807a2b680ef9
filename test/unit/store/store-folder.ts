import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import {
  openStateStore,
  type OpenStateStore,
  type StateStoreOptions,
} from '../../../src-main/store/open-state-store';

/** Thresholds that make nearly every change fold the journal. */
export const EAGER_COMPACTION = { minBytes: 1, minEntries: 1 };

/** An empty folder that goes when the test ends. */
export async function createFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'opensandbox-store-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Opens a store that is closed when the test ends, if the test did not close it. */
export async function openStore(
  dataDir: string,
  options: Omit<StateStoreOptions, 'dataDir'> = {},
): Promise<OpenStateStore> {
  const store = await openStateStore({ dataDir, ...options });
  onTestFinished(() => store.close());
  return store;
}

/** Copies a data folder as a crash at this moment would leave it. */
export async function copyFolder(folder: string): Promise<string> {
  const copy = await createFolder();
  await cp(folder, copy, { recursive: true });
  return copy;
}

/** Lines of a state file without its header. */
export async function readJournalLines(folder: string, generation = 1): Promise<string[]> {
  const text = await readFile(join(folder, `state.${generation}.journal`), 'utf8');
  return text.split('\n').slice(1, -1);
}

/** The files of a folder with their contents. */
export async function readFolder(folder: string): Promise<Map<string, Buffer>> {
  const names = (await readdir(folder)).sort();
  return new Map(
    await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name))] as const)),
  );
}

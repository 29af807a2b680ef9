import { readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError, messageOf } from '../errors';
import { syncFolder } from './durable-files';

const STATE_FILE = /^state\.([1-9]\d{0,14})\.(json|journal)$/;
const TEMPORARY_FILE = /^(state\.\d{1,15}\.(json|journal)|instance)\.tmp$/;

/** The two files of a generation: the base holds all records, the journal the changes since. */
export type StateFileKind = 'json' | 'journal';

/** What lies in a data folder. */
export interface StateFileListing {
  /** Generations that have a base, in rising order. */
  bases: number[];
  /** Generations that have a journal, in rising order. */
  journals: number[];
  /** Files that were put aside in earlier starts. */
  hasSetAside: boolean;
}

/** Name of a generation's file inside the data folder. */
export function stateFileName(generation: number, kind: StateFileKind): string {
  return `state.${generation}.${kind}`;
}

/** Lists the state files of a data folder. */
export async function listStateFiles(folder: string): Promise<StateFileListing> {
  const bases: number[] = [];
  const journals: number[] = [];
  const names = await readdir(folder);
  for (const name of names) {
    const match = STATE_FILE.exec(name);
    if (match) (match[2] === 'json' ? bases : journals).push(Number(match[1]));
  }
  const rising = (a: number, b: number): number => a - b;
  const hasSetAside = names.some((name) => name.includes('.damaged-'));
  return { bases: bases.sort(rising), journals: journals.sort(rising), hasSetAside };
}

/**
 * Reads a state file whole. Undefined when there is none; an empty buffer when the disk cannot deliver it, which
 * is damage like any other.
 * @throws AppError `STORE::UNREADABLE` when permissions forbid it: that is not damage, a person must act.
 */
export async function readStateFile(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT') return undefined;
    if (code === 'EACCES' || code === 'EPERM') {
      const advice = 'Give your user access to the data folder and start again.';
      throw new AppError(
        500,
        'STORE::UNREADABLE',
        `${path} may not be read: ${messageOf(error)}. ${advice}`,
        {
          cause: error,
        },
      );
    }
    return Buffer.alloc(0);
  }
}

/** Renames damaged files so that nothing reads, replaces or removes them any more; returns the new paths. */
export async function setAside(folder: string, names: readonly string[], at: Date): Promise<string[]> {
  const taken = new Set(await readdir(folder));
  const moved: string[] = [];
  for (const name of names) {
    if (!taken.has(name)) continue;
    const wanted = `${name}.damaged-${at.toISOString().replace(/[:.]/g, '-')}`;
    let target = wanted;
    for (let n = 2; taken.has(target); n++) target = `${wanted}-${n}`;
    taken.add(target);
    await rename(join(folder, name), join(folder, target));
    moved.push(join(folder, target));
  }
  await syncFolder(folder);
  return moved;
}

/** Removes the files of all generations before the given one. */
export async function removeGenerationsBefore(folder: string, generation: number): Promise<void> {
  const { bases, journals } = await listStateFiles(folder);
  const names = [
    ...bases.filter((found) => found < generation).map((found) => stateFileName(found, 'json')),
    ...journals.filter((found) => found < generation).map((found) => stateFileName(found, 'journal')),
  ];
  for (const name of names) await rm(join(folder, name), { force: true });
}

/** Removes what a crash in the middle of writing a file left behind. */
export async function removeTemporaryFiles(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (TEMPORARY_FILE.test(name)) await rm(join(folder, name), { force: true });
  }
}

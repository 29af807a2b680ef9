import { join } from 'node:path';
import { AppError, messageOf } from '../errors';
import { parseBase, type BaseContent } from './base-file';
import { parseJournal, type JournalContent } from './journal-file';
import { migrate, schemaVersionOf, type Migration } from './migrations';
import { listStateFiles, readStateFile, stateFileName } from './state-files';
import { setRecord, type ChangeEntry, type StoredState } from './stored-state';

/** What was wrong with the files. */
export interface Damage {
  /** Names of the damaged files. */
  files: string[];
  /** `file: fault`, one for each. */
  problems: string[];
  /** False when an older generation and its journals made up for all of it. */
  isLossy: boolean;
}

/** The state as the files tell it, and where writing goes on. */
export interface LoadedState {
  state: StoredState;
  /** The newest generation of which there is a file; 0 when there is none. */
  generation: number;
  /** The newest whole base. */
  base: { generation: number; bytes: number; records: number } | undefined;
  /** Journals since that base, all but the newest together. */
  sealed: { bytes: number; entries: number };
  /** The newest journal; undefined when writing has to start a new generation. */
  journal: JournalContent | undefined;
  damage: Damage | undefined;
  /** No state was ever written, or all of it is gone. */
  isNew: boolean;
}

interface Found<T> {
  generation: number;
  name: string;
  content: T;
}

/** The files that make up the state, in rising order. */
interface Chain {
  newest: number;
  /** The newest whole base and the damaged ones after it; only damaged ones when none is whole. */
  bases: Found<BaseContent>[];
  journals: Found<JournalContent>[];
  missing: string[];
}

/**
 * Loads the newest whole base and replays all journals from its generation on. Where that is not enough,
 * everything readable is used. Changes nothing on the disk.
 * @throws AppError `STORE::NEWER_SCHEMA` when a newer version of the product wrote the files.
 */
export async function loadState(folder: string, migrations: readonly Migration[]): Promise<LoadedState> {
  const chain = await readChain(folder);
  const current = schemaVersionOf(migrations);
  const versions = [...chain.bases, ...chain.journals].map((file) => file.content.schemaVersion ?? 1);
  refuseNewerSchema(folder, Math.max(...versions, 1), current);
  const state = replay(chain, migrations);

  const whole = chain.bases.find((base) => base.content.problems.length === 0);
  const newestJournal = chain.journals.at(-1);
  const damage = findDamage(chain, whole !== undefined);
  const isCurrent =
    newestJournal?.generation === chain.newest && newestJournal.content.schemaVersion === current;
  const sealed = chain.journals.slice(0, -1);
  return {
    state,
    generation: chain.newest,
    base: whole && {
      generation: whole.generation,
      bytes: whole.content.bytes,
      records: whole.content.entries.length,
    },
    sealed: {
      bytes: sealed.reduce((sum, journal) => sum + journal.content.wholeBytes, 0),
      entries: sealed.reduce((sum, journal) => sum + journal.content.entries.length, 0),
    },
    journal: damage || !isCurrent ? undefined : newestJournal.content,
    damage,
    isNew: isUntouched(chain),
  };
}

async function readChain(folder: string): Promise<Chain> {
  const listing = await listStateFiles(folder);
  const newest = Math.max(0, ...listing.bases, ...listing.journals);
  const bases: Found<BaseContent>[] = [];
  for (const generation of listing.bases.toReversed()) {
    const name = stateFileName(generation, 'json');
    const content = parseBase((await readStateFile(join(folder, name))) ?? Buffer.alloc(0), generation);
    bases.unshift({ generation, name, content });
    if (content.problems.length === 0) break;
  }
  const start = bases[0]?.generation ?? listing.journals[0] ?? 1;
  const journals: Found<JournalContent>[] = [];
  for (const generation of listing.journals.filter((found) => found >= start)) {
    const name = stateFileName(generation, 'journal');
    const content = parseJournal((await readStateFile(join(folder, name))) ?? Buffer.alloc(0), generation);
    journals.push({ generation, name, content });
  }
  const present = new Set(listing.journals);
  const missing: string[] = [];
  // Bounded by the files there are: a stray file with a huge number must not make this run for ever.
  for (const { generation } of [...bases, ...journals]) {
    for (const needed of [generation - 1, generation]) {
      if (needed >= start && !present.has(needed)) missing.push(stateFileName(needed, 'journal'));
    }
  }
  return { newest, bases, journals, missing: [...new Set(missing)] };
}

function refuseNewerSchema(folder: string, found: number, known: number): void {
  if (found <= known) return;
  throw new AppError(
    409,
    'STORE::NEWER_SCHEMA',
    `The data in ${folder} was written by a newer version of OpenSandbox Desktop (data format ${found}, this ` +
      `version knows ${known}). Update the app, or start it with another folder: --data-dir DIR. ` +
      'Nothing was changed.',
  );
}

function replay(chain: Chain, migrations: readonly Migration[]): StoredState {
  const files = [...chain.bases, ...chain.journals];
  // In one generation the base comes before its journal; the sort is stable.
  files.sort((a, b) => a.generation - b.generation);
  const current = schemaVersionOf(migrations);
  let state: StoredState = new Map();
  let version =
    files.find((file) => file.content.schemaVersion !== undefined)?.content.schemaVersion ?? current;
  const migrateTo = (to: number): void => {
    if (to <= version) return;
    try {
      state = migrate(state, migrations, { from: version, to });
    } catch (error) {
      const message = `The stored data could not be brought from format ${version} to ${to}: ${messageOf(error)}.`;
      const advice = 'Nothing was changed; go back to the version used before and report this.';
      throw new AppError(500, 'STORE::MIGRATION_FAILED', `${message} ${advice}`, { cause: error });
    }
    version = to;
  };
  for (const { content } of files) {
    migrateTo(content.schemaVersion ?? version);
    applyEntries(state, content.entries);
  }
  migrateTo(current);
  return state;
}

function applyEntries(state: StoredState, entries: readonly ChangeEntry[]): void {
  for (const [collection, id, record] of entries) setRecord(state, { collection, id }, record);
}

function findDamage(chain: Chain, hasWholeBase: boolean): Damage | undefined {
  if (isUntouched(chain)) return undefined;
  const files: string[] = [];
  const problems: string[] = [];
  let isLossy = !hasWholeBase;
  if (chain.bases.length === 0) problems.push(`${stateFileName(chain.newest, 'json')}: the file is missing`);
  for (const { name, content } of chain.bases) {
    if (content.problems.length > 0) files.push(name);
    problems.push(...content.problems.map((problem) => `${name}: ${problem}`));
  }
  for (const { name, content, generation } of chain.journals) {
    const cut = content.isTorn && generation !== chain.newest ? ['the end is cut off'] : [];
    const faults = [...content.problems, ...cut];
    if (faults.length === 0) continue;
    isLossy = true;
    files.push(name);
    problems.push(...faults.map((problem) => `${name}: ${problem}`));
  }
  for (const name of chain.missing) {
    isLossy = true;
    problems.push(`${name}: the file is missing`);
  }
  return problems.length === 0 ? undefined : { files, problems, isLossy };
}

/** Nothing but what a crash in the very first start leaves: no base, and a first journal without a change. */
function isUntouched({ bases, journals }: Chain): boolean {
  return (
    bases.length === 0 &&
    journals.every(
      ({ generation, content }) =>
        generation === 1 && content.entries.length === 0 && content.problems.length === 0,
    )
  );
}

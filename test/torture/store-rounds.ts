import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { sampleSandbox, sampleSnapshot } from '../unit/store/sample-records';
import { copyFolder, createFolder, openStore, readFolder } from '../unit/store/store-folder';
import type { KillRounds } from './kill-rounds';
import { seededRandom } from './random';

const MAX_REVISION = 4;

type Random = (below: number) => number;
type Mutation = (content: Buffer, random: Random) => Buffer;

const MUTATION_KINDS: Record<string, Mutation> = {
  truncate: (content, random) => content.subarray(0, random(content.length)),
  flipBit: (content, random) => {
    const copy = Buffer.from(content);
    const at = random(copy.length);
    copy[at] = (copy[at] ?? 0) ^ (1 << random(8));
    return copy;
  },
  zeroBlock: (content, random) => {
    const copy = Buffer.from(content);
    const at = random(copy.length);
    return copy.fill(0, at, Math.min(copy.length, at + 1 + random(2_000)));
  },
  deleteLines: (content, random) =>
    editLines(content, (lines) => lines.toSpliced(random(lines.length), 1 + random(3))),
  repeatLine: (content, random) =>
    editLines(content, (lines) =>
      lines.toSpliced(random(lines.length), 0, lines[random(lines.length)] ?? ''),
    ),
  swapLines: (content, random) =>
    editLines(content, (lines) => {
      const [a, b] = [random(lines.length), random(lines.length)];
      return lines.with(a, lines[b] ?? '').with(b, lines[a] ?? '');
    }),
  empty: () => Buffer.alloc(0),
  garbage: (_, random) => Buffer.from(Array.from({ length: 1 + random(3_000) }, () => random(256))),
  header: (content, random) =>
    editLines(content, (lines) =>
      lines.with(0, ['', '{}', 'null', '00000000 {}', '\0\xff'][random(5)] ?? ''),
    ),
  insertGarbage: (content, random) => {
    const at = random(content.length);
    const garbage = Buffer.from(Array.from({ length: 1 + random(50) }, () => random(256)));
    return Buffer.concat([content.subarray(0, at), garbage, content.subarray(at)]);
  },
};

function editLines(content: Buffer, edit: (lines: string[]) => string[]): Buffer {
  const lines = content.toString('latin1').split('\n').slice(0, -1);
  return Buffer.from(edit(lines).join('\n') + '\n', 'latin1');
}

/** Two generations with puts, changes and removals in both. */
async function createOriginal(): Promise<string> {
  const folder = await createFolder();
  const first = await openStore(folder, { compaction: { minBytes: 1e9, minEntries: 25 } });
  for (let index = 0; index < 25; index++) await first.collection('snapshots').put(sampleSnapshot(index));
  await first.close();
  const second = await openStore(folder);
  for (let revision = 1; revision <= MAX_REVISION; revision++) {
    for (let index = 0; index < 5; index++) {
      await Promise.all([
        second.collection('snapshots').put(sampleSnapshot(index, revision)),
        second.collection('sandboxes').put(sampleSandbox(index)),
      ]);
    }
  }
  await second.collection('snapshots').delete(sampleSnapshot(20).id);
  await second.close();
  return folder;
}

async function readState(folder: string): Promise<{ records: Map<string, unknown>; isRecovered: boolean }> {
  const store = await openStore(folder);
  const records = new Map<string, unknown>();
  for (const record of store.collection('snapshots').values()) records.set(record.id, record);
  for (const record of store.collection('sandboxes').values()) records.set(record.id, record);
  await store.close();
  return { records, isRecovered: store.recovery !== undefined };
}

/** What may be found without a word: the whole state, or one that ends earlier, as after a crash. */
async function readPrefixStates(original: string): Promise<string[]> {
  const journal = (await readFolder(original)).get('state.2.journal')?.toString() ?? '';
  const lines = journal.split('\n').slice(0, -1);
  const states: string[] = [];
  for (let count = 1; count <= lines.length; count++) {
    const folder = await copyFolder(original);
    await writeFile(join(folder, 'state.2.journal'), lines.slice(0, count).join('\n') + '\n');
    states.push(fingerprint((await readState(folder)).records));
  }
  return states;
}

function fingerprint(records: Map<string, unknown>): string {
  return JSON.stringify([...records].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Every record that was ever written, as JSON, so that anything else is noticed as an invention. */
function everWritten(): Set<string> {
  const written = new Set<string>();
  for (let index = 0; index < 25; index++) {
    written.add(JSON.stringify(sampleSandbox(index)));
    for (let revision = 0; revision <= MAX_REVISION; revision++) {
      written.add(JSON.stringify(sampleSnapshot(index, revision)));
    }
  }
  return written;
}

/**
 * Damages a store in random ways and opens it twice: it starts from any damage, invents nothing, loses nothing
 * silently, and is sound afterwards.
 * @returns rounds that were run
 */
export async function damageRounds({ seed, rounds, longestMs }: KillRounds): Promise<number> {
  const original = await createOriginal();
  const files = [...(await readFolder(original))].filter(([name]) => name.startsWith('state.'));
  expect(files.map(([name]) => name)).toEqual([
    'state.1.journal',
    'state.1.json',
    'state.2.journal',
    'state.2.json',
  ]);
  const prefixes = await readPrefixStates(original);
  const written = everWritten();
  const source = seededRandom(seed);
  const random: Random = (limit) => source.below(limit);
  const kinds = Object.entries(MUTATION_KINDS);
  const begun = performance.now();
  let round = 0;
  for (; round < rounds && performance.now() - begun < longestMs; round++) {
    const folder = await copyFolder(original);
    const story: string[] = [];
    for (let count = 1 + random(3); count > 0; count--) {
      const [name, content] = files[random(files.length)] ?? ['', Buffer.alloc(0)];
      const [kind, mutate] = kinds[random(kinds.length)] ?? ['', (same: Buffer) => same];
      await writeFile(join(folder, name), mutate(content, random));
      story.push(`${kind} ${name}`);
    }
    await judgeStart(folder, `round ${round} of seed ${seed}: ${story.join(', ')}`, { prefixes, written });
    await rm(folder, { recursive: true, force: true });
  }
  return round;
}

async function judgeStart(
  folder: string,
  label: string,
  { prefixes, written }: { prefixes: readonly string[]; written: ReadonlySet<string> },
): Promise<void> {
  const found = await readState(folder);
  for (const record of found.records.values()) {
    expect(written.has(JSON.stringify(record)), `${label} invented ${JSON.stringify(record)}`).toBe(true);
  }
  if (!found.isRecovered) expect(prefixes, label).toContain(fingerprint(found.records));
  const again = await readState(folder);
  expect(again.isRecovered, `${label}, second start`).toBe(false);
  expect(again.records, `${label}, second start`).toEqual(found.records);
}

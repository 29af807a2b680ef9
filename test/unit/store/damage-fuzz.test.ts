import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { copyFolder, createFolder, openStore, readFolder } from './store-folder';
import { sampleSandbox, sampleSnapshot } from './sample-records';

const SEED = 20_261_124;
const MUTATIONS = 300;
const TIMEOUT_MS = 60_000;
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

/** mulberry32: the same sequence on every machine. */
function createRandom(seed: number): Random {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % Math.max(1, below);
  };
}

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

it(
  'starts from any damage, invents nothing, loses nothing silently, and is sound afterwards',
  async () => {
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
    const random = createRandom(SEED);
    const kinds = Object.entries(MUTATION_KINDS);
    for (let round = 0; round < MUTATIONS; round++) {
      const folder = await copyFolder(original);
      const story: string[] = [];
      for (let count = 1 + random(3); count > 0; count--) {
        const [name, content] = files[random(files.length)] ?? ['', Buffer.alloc(0)];
        const [kind, mutate] = kinds[random(kinds.length)] ?? ['', (same: Buffer) => same];
        await writeFile(join(folder, name), mutate(content, random));
        story.push(`${kind} ${name}`);
      }
      const label = `round ${round}: ${story.join(', ')}`;
      const found = await readState(folder);
      for (const record of found.records.values()) {
        expect(written.has(JSON.stringify(record)), `${label} invented ${JSON.stringify(record)}`).toBe(true);
      }
      if (!found.isRecovered) expect(prefixes, label).toContain(fingerprint(found.records));
      const again = await readState(folder);
      expect(again.isRecovered, `${label}, second start`).toBe(false);
      expect(again.records, `${label}, second start`).toEqual(found.records);
    }
  },
  TIMEOUT_MS,
);

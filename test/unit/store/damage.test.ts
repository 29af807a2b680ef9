import { readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { OpenStateStore } from '../../../src-main/store/open-state-store';
import { copyFolder, createFolder, EAGER_COMPACTION, openStore, readFolder } from './store-folder';
import { sampleSnapshot } from './sample-records';

const RECORDS = 40;

/** A closed folder of two generations: 40 snapshots in each base, the first ten changed in each journal. */
async function createTwoGenerations(): Promise<string> {
  const folder = await createFolder();
  const first = await openStore(folder, { compaction: { minBytes: 1e9, minEntries: RECORDS } });
  await putAll(first, RECORDS, 0);
  await first.close();
  // Goes on in generation 2, whose base is now written, up to the next compaction.
  const second = await openStore(folder, { compaction: { minBytes: 1e9, minEntries: 1e9 } });
  for (let revision = 1; revision <= 3; revision++) {
    for (let index = 0; index < 10; index++) {
      await second.collection('snapshots').put(sampleSnapshot(index, revision));
    }
  }
  await second.close();
  return folder;
}

async function putAll(store: OpenStateStore, count: number, revision: number): Promise<void> {
  for (let index = 0; index < count; index++) {
    await store.collection('snapshots').put(sampleSnapshot(index, revision));
  }
}

function expectedRecords(): Map<string, unknown> {
  const records = Array.from({ length: RECORDS }, (_, index) => sampleSnapshot(index, index < 10 ? 3 : 0));
  return new Map(records.map((record) => [record.id, record]));
}

function recordsOf(store: OpenStateStore): Map<string, unknown> {
  return new Map([...store.collection('snapshots').values()].map((record) => [record.id, record]));
}

/** Changes one line of a file, counted from 1. */
async function editLine(path: string, number: number, edit: (line: string) => string): Promise<void> {
  const lines = (await readFile(path, 'utf8')).split('\n');
  lines[number - 1] = edit(lines[number - 1] ?? '');
  await writeFile(path, lines.join('\n'));
}

describe('with the base of the newest generation damaged', () => {
  it.each<[string, (path: string) => Promise<void>]>([
    ['cut in half', async (path) => truncate(path, Math.floor((await readFile(path)).length / 2))],
    ['removed', (path) => rm(path)],
    ['empty', (path) => truncate(path, 0)],
    ['garbage', (path) => writeFile(path, Buffer.alloc(5_000, 0xff))],
    ['without its header', (path) => editLine(path, 1, () => '{}')],
    ['wrong in one line', (path) => editLine(path, 7, (line) => line.replace('Ready', 'Reads'))],
  ])('restores everything from the generation before: %s', async (_, damage) => {
    const folder = await createTwoGenerations();
    await damage(join(folder, 'state.2.json'));
    const store = await openStore(folder);
    expect(recordsOf(store)).toEqual(expectedRecords());
  });

  it('says so, keeps the damaged file and starts a clean generation', async () => {
    const folder = await createTwoGenerations();
    await editLine(join(folder, 'state.2.json'), 7, (line) => line.replace('Ready', 'Reads'));
    const damaged = await readFile(join(folder, 'state.2.json'));
    const store = await openStore(folder);
    expect(store.recovery).toMatchObject({ kind: 'damaged', recordsKept: RECORDS });
    expect(store.recovery?.message).toContain('Nothing was lost');
    expect(store.recovery?.unreadable[0]).toMatch(/^state\.2\.json: line 7: [0-9a-f]{8} \["snapshots"/);
    const [aside] = store.recovery?.setAside ?? [];
    expect(aside).toMatch(/state\.2\.json\.damaged-/);
    expect(await readFile(aside ?? '')).toEqual(damaged);
    expect(store.isNew).toBe(false);
    await store.close();

    const again = await openStore(folder);
    expect(again.recovery).toBeUndefined();
    expect(recordsOf(again)).toEqual(expectedRecords());
  });
});

describe('with nothing to fall back on', () => {
  it('keeps every readable line of a base that was cut in half', async () => {
    const folder = await createTwoGenerations();
    await rm(join(folder, 'state.1.json'));
    await rm(join(folder, 'state.1.journal'));
    const base = await readFile(join(folder, 'state.2.json'));
    await truncate(join(folder, 'state.2.json'), Math.floor(base.length / 2));
    const store = await openStore(folder);
    const kept = recordsOf(store);
    expect(kept.size).toBeGreaterThanOrEqual(RECORDS / 2 - 2);
    expect(kept.size).toBeLessThan(RECORDS);
    for (const [id, record] of kept) expect(record).toEqual(expectedRecords().get(id));
    expect(store.recovery).toMatchObject({ kind: 'damaged', recordsKept: kept.size });
    expect(store.recovery?.unreadable).toContain('state.2.json: the end is missing');
    expect(store.recovery?.message).not.toContain('Nothing was lost');
  });

  it('skips a damaged line of the journal, keeps those around it and reports it', async () => {
    const folder = await createTwoGenerations();
    // The first change of the third round, of record 0.
    await editLine(join(folder, 'state.2.journal'), 22, (line) => line.replace('revision', 'Revision'));
    const store = await openStore(folder);
    const expected = expectedRecords().set(sampleSnapshot(0).id, sampleSnapshot(0, 2));
    expect(recordsOf(store)).toEqual(expected);
    expect(store.recovery?.unreadable).toHaveLength(1);
    expect(store.recovery?.unreadable[0]).toContain('state.2.journal: line 22:');
  });

  it('notices a line of the journal that was taken out', async () => {
    const folder = await createTwoGenerations();
    const path = join(folder, 'state.2.journal');
    const lines = (await readFile(path, 'utf8')).split('\n');
    await writeFile(path, lines.toSpliced(4, 1).join('\n'));
    const store = await openStore(folder);
    expect(store.recovery?.unreadable).toEqual(['state.2.journal: lines before line 5 are missing']);
  });

  it('notices a journal that was removed', async () => {
    const folder = await createTwoGenerations();
    await rm(join(folder, 'state.2.journal'));
    const store = await openStore(folder);
    expect(store.collection('snapshots').size).toBe(RECORDS);
    expect(store.recovery?.unreadable).toEqual(['state.2.journal: the file is missing']);
  });
});

describe('after a crash', () => {
  it('cuts a torn last line without calling it damage, and writes on', async () => {
    const folder = await createTwoGenerations();
    const path = join(folder, 'state.2.journal');
    await writeFile(path, '1234abcd [30,["snapshots","snap_1",{"id":"sn', { flag: 'a' });
    const store = await openStore(folder);
    expect(store.recovery).toBeUndefined();
    expect(recordsOf(store)).toEqual(expectedRecords());
    await store.collection('snapshots').put(sampleSnapshot(100));
    await store.close();
    const again = await openStore(folder);
    expect(again.recovery).toBeUndefined();
    expect(recordsOf(again)).toEqual(expectedRecords().set(sampleSnapshot(100).id, sampleSnapshot(100)));
  });

  it('in the very first start, begins anew without complaint', async () => {
    const folder = await createFolder();
    await (await openStore(folder)).close();
    await rm(join(folder, 'instance'));
    await rm(join(folder, 'state.1.json'));
    await writeFile(join(folder, 'state.1.json.tmp'), 'half');
    const store = await openStore(folder);
    expect(store.isNew).toBe(true);
    expect(store.recovery).toBeUndefined();
    expect([...(await readFolder(folder)).keys()]).not.toContain('state.1.json.tmp');
  });
});

describe('with all state files gone', () => {
  it('says that they are missing', async () => {
    const folder = await createTwoGenerations();
    for (const name of (await readFolder(folder)).keys()) {
      if (name.startsWith('state.')) await rm(join(folder, name));
    }
    const store = await openStore(folder);
    expect(store.isNew).toBe(true);
    expect(store.recovery).toMatchObject({ kind: 'missing', setAside: [], recordsKept: 0 });
    await store.close();
    expect((await openStore(folder)).recovery).toBeUndefined();
  });
});

describe('files put aside', () => {
  it('are never overwritten or removed, however often damage and compaction happen', async () => {
    const folder = await createTwoGenerations();
    const kept: Buffer[] = [];
    for (let round = 0; round < 3; round++) {
      const newest =
        [...(await readFolder(folder)).keys()].filter((name) => name.endsWith('.json')).at(-1) ?? '';
      await writeFile(join(folder, newest), `garbage ${round}`);
      kept.push(Buffer.from(`garbage ${round}`));
      const store = await openStore(folder, { compaction: EAGER_COMPACTION });
      await putAll(store, 5, round);
      await store.close();
    }
    const contents = [...(await readFolder(folder))].filter(([name]) => name.includes('.damaged-'));
    expect(contents.map(([, content]) => content.toString()).sort()).toEqual(kept.map(String));
  });
});

describe('a damaged identity file', () => {
  it('is put aside and replaced', async () => {
    const folder = await createTwoGenerations();
    await writeFile(join(folder, 'instance'), '\0\0\0\0');
    const store = await openStore(folder);
    expect(store.instanceId).toMatch(/^[0-9a-f]{32}$/);
    expect(recordsOf(store)).toEqual(expectedRecords());
    await store.close();
    expect((await openStore(await copyFolder(folder))).instanceId).toBe(store.instanceId);
  });
});

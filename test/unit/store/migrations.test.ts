import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Migration } from '../../../src-main/store/migrations';
import { copyFolder, createFolder, openStore, readFolder } from './store-folder';
import { sampleSnapshot } from './sample-records';

/** Adds a note to every snapshot, so that order and number of runs show. */
const append =
  (text: string): Migration =>
  (state) => {
    const snapshots = [...(state.get('snapshots') ?? [])].map(([id, record]) => {
      const notes = 'notes' in record && typeof record.notes === 'string' ? record.notes : '';
      return [id, { ...record, notes: `${notes} ${text}` }] as const;
    });
    return new Map([...state, ['snapshots', new Map(snapshots)]]);
  };

async function createVersion1(): Promise<string> {
  const folder = await createFolder();
  const store = await openStore(folder, { migrations: [] });
  await store.collection('snapshots').put(sampleSnapshot(1));
  await store.close();
  return folder;
}

it('runs each migration once, in order, and begins a new generation', async () => {
  const folder = await createVersion1();
  const migrations = [append('two'), append('three')];
  for (let start = 0; start < 2; start++) {
    const store = await openStore(folder, { migrations });
    expect(store.collection('snapshots').get(sampleSnapshot(1).id)?.notes).toBe('revision 0 two three');
    expect(store.recovery).toBeUndefined();
    await store.close();
  }
  expect([...(await readFolder(folder)).keys()]).toContain('state.2.json');
});

it('finds its way back through the generation before, which has the older schema', async () => {
  const folder = await createVersion1();
  const first = await openStore(folder, { migrations: [append('two')] });
  await first.collection('snapshots').put(sampleSnapshot(2));
  await first.close();
  await rm(join(folder, 'state.2.json'));
  const store = await openStore(folder, { migrations: [append('two')] });
  expect(store.collection('snapshots').get(sampleSnapshot(1).id)?.notes).toBe('revision 0 two');
  expect(store.collection('snapshots').get(sampleSnapshot(2).id)?.notes).toBe('revision 0');
});

it('refuses files of a newer version and touches nothing', async () => {
  const folder = await createVersion1();
  await (await openStore(folder, { migrations: [append('two')] })).close();
  const before = await readFolder(folder);
  const opening = openStore(folder, { migrations: [] });
  await expect(opening).rejects.toMatchObject({ status: 409, code: 'STORE::NEWER_SCHEMA' });
  await expect(opening).rejects.toThrow(/Update the app/);
  expect(await readFolder(folder)).toEqual(before);
  // The lock was given back.
  await openStore(folder, { migrations: [append('two')] });
});

it('touches nothing when a migration fails', async () => {
  const folder = await createVersion1();
  const before = await readFolder(folder);
  const failing: Migration = () => {
    throw new Error('no such field');
  };
  const opening = openStore(folder, { migrations: [failing] });
  await expect(opening).rejects.toMatchObject({ code: 'STORE::MIGRATION_FAILED' });
  expect(await readFolder(folder)).toEqual(before);
});

it('carries collections that it does not know', async () => {
  const folder = await createVersion1();
  const adding: Migration = (state) => new Map([...state, ['labels', new Map([['l1', { id: 'l1' }]])]]);
  const keeping: Migration = (state) => {
    if (state.get('labels')?.size !== 1) throw new Error('the collection was lost');
    return state;
  };
  await (await openStore(folder, { migrations: [adding] })).close();
  const copy = await copyFolder(folder);
  await expect(openStore(copy, { migrations: [adding, keeping] })).resolves.toBeDefined();
});

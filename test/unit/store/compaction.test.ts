import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { createFolder, EAGER_COMPACTION, openStore, readFolder } from './store-folder';
import { sampleSnapshot } from './sample-records';

it('folds the journal into a new base and keeps just the generation before', async () => {
  const folder = await createFolder();
  const store = await openStore(folder, { compaction: EAGER_COMPACTION });
  for (let round = 0; round < 30; round++) {
    await store.collection('snapshots').put(sampleSnapshot(1, round));
    await store.collection('snapshots').put(sampleSnapshot(2, round));
  }
  await store.close();
  const names = [...(await readFolder(folder)).keys()].filter((name) => name.startsWith('state.'));
  const generations = [...new Set(names.map((name) => Number(name.split('.')[1])))].sort((a, b) => a - b);
  const [previous = NaN, newest = NaN] = generations;
  expect(newest).toBeGreaterThan(3);
  expect(generations).toEqual([previous, previous + 1]);
  expect(names).toHaveLength(4);
  const reopened = await openStore(folder);
  expect([...reopened.collection('snapshots').values()]).toEqual([
    sampleSnapshot(1, 29),
    sampleSnapshot(2, 29),
  ]);
});

it('takes changes while the base is written, and leaves them out of it until they are durable', async () => {
  const folder = await createFolder();
  const store = await openStore(folder, { compaction: { minBytes: 1e9, minEntries: 3_000 } });
  const snapshots = store.collection('snapshots');
  const first = Array.from({ length: 3_000 }, (_, index) => snapshots.put(sampleSnapshot(index)));
  await Promise.all(first);
  const during = Array.from({ length: 200 }, (_, index) => snapshots.put(sampleSnapshot(index, 1)));
  const removed = Array.from({ length: 200 }, (_, index) =>
    snapshots.delete(sampleSnapshot(2_000 + index).id),
  );
  await Promise.all([...during, ...removed]);
  await store.close();
  expect([...(await readFolder(folder)).keys()]).toContain('state.2.json');
  const reopened = await openStore(folder);
  expect(reopened.collection('snapshots').size).toBe(2_800);
  expect(
    new Map([...reopened.collection('snapshots').values()].map((record) => [record.id, record])),
  ).toEqual(new Map([...snapshots.values()].map((record) => [record.id, record])));
});

it('goes on without a compaction that fails, says so, and makes it up later', async () => {
  const folder = await createFolder();
  const onCompactionError = vi.fn();
  const store = await openStore(folder, { compaction: { minBytes: 1, minEntries: 5 }, onCompactionError });
  const snapshots = store.collection('snapshots');
  // A folder in the place of the new base: the rename fails, even for root.
  await mkdir(join(folder, 'state.2.json', 'in the way'), { recursive: true });
  for (let index = 0; index < 5; index++) await snapshots.put(sampleSnapshot(index));
  await vi.waitFor(() => expect(onCompactionError).toHaveBeenCalledOnce());
  await rm(join(folder, 'state.2.json'), { recursive: true });
  for (let index = 5; index < 30; index++) await snapshots.put(sampleSnapshot(index));
  await store.close();
  expect(onCompactionError).toHaveBeenCalledOnce();
  const names = [...(await readFolder(folder)).keys()];
  expect(names.some((name) => /^state\.[3-9]\.json$/.test(name))).toBe(true);
  const reopened = await openStore(folder);
  expect(reopened.recovery).toBeUndefined();
  expect(reopened.collection('snapshots').size).toBe(30);
});

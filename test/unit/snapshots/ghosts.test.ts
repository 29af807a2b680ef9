import { expect, it } from 'vitest';
import { Ghosts } from '../../../src-main/snapshots/ghosts';
import { OrderedCollection } from '../../../src-main/store/ordered-collection';
import type { SnapshotRecord } from '../../../src-main/store/records';
import { sampleSandbox, sampleSnapshot } from '../store/sample-records';
import { createFolder, openStore } from '../store/store-folder';

const LIMIT = 3;

async function open(folder: string) {
  const store = await openStore(folder);
  const snapshots = new OrderedCollection(store.collection('snapshots'));
  const sandboxes = new OrderedCollection(store.collection('sandboxes'));
  const ghosts = new Ghosts(store.collection('ghosts'), snapshots, sandboxes, LIMIT);
  return { store, snapshots, sandboxes, ghosts, ids: () => ghosts.of(engineId).map((ghost) => ghost.id) };
}

const { engineId } = sampleSnapshot(0);

/** A chain: each snapshot continues the one before. */
function link(index: number): SnapshotRecord {
  return index === 0
    ? sampleSnapshot(0)
    : { ...sampleSnapshot(index), previousSnapshotId: sampleSnapshot(index - 1).id };
}

it('remembers what something came from, and nothing else, beyond a restart', async () => {
  const folder = await createFolder();
  const { store, snapshots, sandboxes, ghosts, ids } = await open(folder);
  for (const index of [0, 1, 2]) await snapshots.put(link(index));
  await sandboxes.put(sampleSandbox(0));
  for (const index of [2, 1]) {
    await ghosts.noteSnapshot(link(index));
    if (index === 2) await snapshots.delete(link(2).id);
  }
  // Nothing came from the last of the chain; when the middle one goes, nothing comes from that either.
  expect(ids()).toEqual([]);
  await ghosts.noteSnapshot(link(0));
  await ghosts.noteSandbox(sampleSandbox(0));
  await ghosts.noteSandbox(sampleSandbox(49));
  expect(ids()).toEqual([link(0).id, sampleSandbox(0).id]);
  expect(ghosts.of('another engine')).toEqual([]);
  await store.close();
  expect((await open(folder)).ids()).toEqual([link(0).id, sampleSandbox(0).id]);
});

it('keeps within its limit, letting go of what nothing living comes from first', async () => {
  const { snapshots, ghosts, ids } = await open(await createFolder());
  const useless = { ...sampleSnapshot(90), id: 'useless' };
  await snapshots.put({ ...sampleSnapshot(91), id: 'follower', previousSnapshotId: 'useless' });
  await ghosts.noteSnapshot(useless);
  await snapshots.delete('follower');
  for (let index = 0; index < 6; index++) await snapshots.put(link(index));
  for (let index = 0; index < LIMIT; index++) {
    await ghosts.noteSnapshot(link(index));
    await snapshots.delete(link(index).id);
  }
  expect(ids()).toEqual([0, 1, 2].map((index) => link(index).id));
  await ghosts.noteSnapshot(link(3));
  expect(ids()).toEqual([1, 2, 3].map((index) => link(index).id));
});

it('lets what is found by labels never replace what it knew', async () => {
  const { snapshots, ghosts } = await open(await createFolder());
  await snapshots.put(link(1));
  await ghosts.noteSnapshot({ ...link(0), name: 'renamed' });
  await ghosts.recall({ ...link(0), name: 'from the label' });
  expect(ghosts.of(engineId)).toMatchObject([{ name: 'renamed' }]);
});

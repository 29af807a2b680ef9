import { open, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { copyFolder, createFolder, openStore, readJournalLines } from './store-folder';
import { sampleSandbox, sampleSnapshot } from './sample-records';

describe('a first start', () => {
  it('makes the folder, says that the store is new and writes private files', async () => {
    const folder = join(await createFolder(), 'nested', 'data');
    const store = await openStore(folder);
    expect(store.isNew).toBe(true);
    expect(store.recovery).toBeUndefined();
    expect(store.collection('snapshots').size).toBe(0);
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    for (const name of ['state.1.json', 'state.1.journal', 'instance']) {
      expect((await stat(join(folder, name))).mode & 0o777, name).toBe(0o600);
    }
  });
});

describe('a change', () => {
  it('is seen at once and is there after a restart', async () => {
    const folder = await createFolder();
    const first = await openStore(folder);
    const stored = first.collection('sandboxes').put(sampleSandbox(1));
    expect(first.collection('sandboxes').get(sampleSandbox(1).id)).toEqual(sampleSandbox(1));
    await stored;
    await first.collection('snapshots').put(sampleSnapshot(1));
    await first.collection('snapshots').put(sampleSnapshot(2));
    await first.collection('snapshots').put(sampleSnapshot(2, 7));
    await first.collection('snapshots').delete(sampleSnapshot(1).id);
    await first.collection('snapshots').delete('snap_unknown');
    await first.close();

    const second = await openStore(folder);
    expect(second.isNew).toBe(false);
    expect(second.recovery).toBeUndefined();
    expect([...second.collection('sandboxes').values()]).toEqual([sampleSandbox(1)]);
    expect([...second.collection('snapshots').values()]).toEqual([sampleSnapshot(2, 7)]);
  });

  it('resolves only after the disk has confirmed its sync', async () => {
    const folder = await createFolder();
    const store = await openStore(folder);
    // Watches the real call: what counts is the order in which things end.
    const probe = await open(join(folder, 'instance'));
    const prototype = Object.getPrototypeOf(probe) as { datasync: () => Promise<void> };
    await probe.close();
    const events: string[] = [];
    const datasync = Reflect.get(prototype, 'datasync');
    const spy = vi.spyOn(prototype, 'datasync').mockImplementation(async function (this: unknown) {
      await Reflect.apply(datasync, this, []);
      events.push('synced');
    });
    try {
      await store.collection('snapshots').put(sampleSnapshot(1));
      events.push('resolved');
    } finally {
      spy.mockRestore();
    }
    expect(events).toEqual(['synced', 'resolved']);
  });

  it('is in the file at the moment its promise resolves', async () => {
    const folder = await createFolder();
    const store = await openStore(folder);
    for (let revision = 0; revision < 20; revision++) {
      await store.collection('snapshots').put(sampleSnapshot(1, revision));
      expect(await readFile(join(folder, 'state.1.journal'), 'utf8')).toContain(`"revision ${revision}"`);
    }
    const copy = await openStore(await copyFolder(folder));
    expect(copy.collection('snapshots').get(sampleSnapshot(1).id)).toEqual(sampleSnapshot(1, 19));
  });

  it('shares one write with those made in the same turn and one with those that came meanwhile', async () => {
    const folder = await createFolder();
    const store = await openStore(folder);
    const snapshots = store.collection('snapshots');
    const early = Array.from({ length: 50 }, (_, index) => snapshots.put(sampleSnapshot(index)));
    await new Promise((resolve) => setImmediate(resolve));
    const late = Array.from({ length: 50 }, (_, index) => snapshots.put(sampleSnapshot(50 + index)));
    await Promise.all([...early, ...late]);
    expect(await readJournalLines(folder)).toHaveLength(2);
  });

  it('that JSON cannot hold is refused alone', async () => {
    const store = await openStore(await createFolder());
    const snapshots = store.collection('snapshots');
    const bad = { ...sampleSnapshot(1), sizeBytes: 1n as unknown as number };
    const [refused, stored] = await Promise.allSettled([
      snapshots.put(bad),
      snapshots.put(sampleSnapshot(2)),
    ]);
    expect(refused.status).toBe('rejected');
    expect(stored.status).toBe('fulfilled');
    expect([...snapshots.values()]).toEqual([sampleSnapshot(2)]);
  });

  it('keeps its line apart whatever its text contains', async () => {
    const folder = await createFolder();
    const first = await openStore(folder);
    const odd = { ...sampleSnapshot(1), id: '__proto__', notes: 'a\nb\u2028c\0d\ud800 "quoted" 😀' };
    await first.collection('snapshots').put(odd);
    await first.close();
    const second = await openStore(folder);
    expect(second.recovery).toBeUndefined();
    expect(second.collection('snapshots').get('__proto__')).toEqual(odd);
  });
});

describe('close', () => {
  it('writes what is pending and refuses what comes after', async () => {
    const folder = await createFolder();
    const first = await openStore(folder);
    const pending = first.collection('snapshots').put(sampleSnapshot(1));
    await first.close();
    await pending;
    const late = first.collection('snapshots').put(sampleSnapshot(2));
    await expect(late).rejects.toMatchObject({ status: 503, code: 'STORE::CLOSED' });
    expect(first.collection('snapshots').get(sampleSnapshot(2).id)).toBeUndefined();
    const second = await openStore(folder);
    expect(second.collection('snapshots').size).toBe(1);
  });
});

describe('the identity of a folder', () => {
  it('stays, also when the state is lost, and comes back when the folder is made again', async () => {
    const folder = join(await createFolder(), 'data');
    const first = await openStore(folder);
    await first.close();
    await rm(join(folder, 'state.1.json'));
    await rm(join(folder, 'state.1.journal'));
    const second = await openStore(folder);
    expect(second.instanceId).toBe(first.instanceId);
    await second.close();
    await rm(folder, { recursive: true });
    const third = await openStore(folder);
    expect(third.instanceId).toBe(first.instanceId);
    expect(third.recovery).toBeUndefined();
  });

  it('moves with the folder and differs between folders', async () => {
    const folder = await createFolder();
    const first = await openStore(folder);
    const moved = await openStore(await copyFolder(folder));
    expect(moved.instanceId).toBe(first.instanceId);
    expect((await openStore(await createFolder())).instanceId).not.toBe(first.instanceId);
  });
});

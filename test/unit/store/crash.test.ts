import { rename, rm, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { bundleProgram, startChild } from './child-program';
import { copyFolder, createFolder, openStore, readFolder } from './store-folder';
import { sampleSnapshot } from './sample-records';

const KILLS = 15;
const TIMEOUT_MS = 60_000;

it(
  'keeps every acknowledged change when the process is killed while it writes and compacts',
  async () => {
    const folder = await createFolder();
    const program = await bundleProgram('writing-program.ts');
    const acknowledged = new Map<number, number>();
    let generations = 0;
    for (let round = 0; round < KILLS; round++) {
      const child = startChild(program, [folder, String(round * 1_000_000)]);
      // A different number of changes each time, so that the kill falls on different steps.
      let left = 90 + round * 37;
      for await (const line of child.lines) {
        const [index = NaN, revision = NaN] = line.split(' ').map(Number);
        acknowledged.set(index, revision);
        if (--left === 0) child.process.kill('SIGKILL');
      }
      await child.exited;

      const copy = await copyFolder(folder);
      const names = [...(await readFolder(copy)).keys()];
      generations = Math.max(...names.map((name) => Number(/^state\.(\d+)\./.exec(name)?.[1] ?? 0)));
      const store = await openStore(copy);
      expect(store.recovery, `round ${round}: ${names.join(' ')}`).toBeUndefined();
      for (const [index, revision] of acknowledged) {
        const found = store.collection('snapshots').get(sampleSnapshot(index).id);
        const foundRevision = Number(found?.notes?.replace('revision ', ''));
        expect(foundRevision, `round ${round}, record ${index}`).toBeGreaterThanOrEqual(revision);
        expect(found).toEqual(sampleSnapshot(index, foundRevision));
      }
      await store.close();
    }
    // Otherwise no kill could have fallen into a compaction.
    expect(generations).toBeGreaterThan(KILLS);
  },
  TIMEOUT_MS,
);

it('loses nothing at any step of a compaction', async () => {
  const folder = await createFolder();
  const store = await openStore(folder, { compaction: { minBytes: 1e9, minEntries: 30 } });
  const snapshots = store.collection('snapshots');
  for (let index = 0; index < 30; index++) await snapshots.put(sampleSnapshot(index));
  // Goes to the new journal, while or after the new base is written.
  await snapshots.put(sampleSnapshot(3, 1));
  await snapshots.delete(sampleSnapshot(4).id);
  await store.close();
  const names = [...(await readFolder(folder)).keys()];
  expect(names).toEqual(['instance', 'state.1.journal', 'state.1.json', 'state.2.journal', 'state.2.json']);
  const base = (await readFolder(folder)).get('state.2.json') ?? Buffer.alloc(0);

  const steps: Record<string, (copy: string) => Promise<void>> = {
    'new journal made, base not begun': (copy) => rm(join(copy, 'state.2.json')),
    'base half written': async (copy) => {
      await rename(join(copy, 'state.2.json'), join(copy, 'state.2.json.tmp'));
      await truncate(join(copy, 'state.2.json.tmp'), Math.floor(base.length / 2));
    },
    'base in place, older generation still there': () => Promise.resolve(),
    'older base removed': (copy) => rm(join(copy, 'state.1.json')),
    'older generation removed': async (copy) => {
      await rm(join(copy, 'state.1.json'));
      await rm(join(copy, 'state.1.journal'));
    },
  };
  const expected = [...snapshots.values()];
  for (const [step, leave] of Object.entries(steps)) {
    const copy = await copyFolder(folder);
    await leave(copy);
    const found = await openStore(copy);
    expect(found.recovery, step).toBeUndefined();
    const byId = [...found.collection('snapshots').values()].sort((a, b) => (a.id < b.id ? -1 : 1));
    expect(byId, step).toEqual(expected);
    await found.collection('snapshots').put(sampleSnapshot(99));
    await found.close();
    const again = await openStore(copy);
    expect(again.recovery, step).toBeUndefined();
    expect(again.collection('snapshots').size, step).toBe(expected.length + 1);
  }
});

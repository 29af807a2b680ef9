import { openStateStore } from '../../../src-main/store/open-state-store';
import { sampleSnapshot } from './sample-records';

const WRITERS = 4;

/**
 * Changes snapshots without end until it is killed, compacting all the while. Each writer has its own record
 * and prints `index revision` once a revision was acknowledged. First argument: data folder; second: first revision.
 */
const store = await openStateStore({
  dataDir: process.argv[2] ?? '',
  compaction: { minBytes: 20_000, minEntries: 40 },
});
const firstRevision = Number(process.argv[3]);

async function write(index: number): Promise<never> {
  for (let revision = firstRevision; ; revision++) {
    await store.collection('snapshots').put(sampleSnapshot(index, revision));
    process.stdout.write(`${index} ${revision}\n`);
  }
}

await Promise.all(Array.from({ length: WRITERS }, (_, index) => write(index)));

/**
 * Compares ways to store one changed record durably, at several sizes, and shows what compaction and start cost.
 * Run by `npm run bench`. It asserts no times: the goals are 5 ms per change and 200 ms per start at 10,000 records.
 */
import { mkdtemp, open, rename, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { it } from 'vitest';
import { openStateStore } from '../../src-main/store/open-state-store';
import { sampleSnapshot } from '../unit/store/sample-records';

const RECORD_COUNTS = [100, 1_000, 10_000];
const CHANGES = 200;
const NEVER = { minBytes: Number.MAX_SAFE_INTEGER, minEntries: Number.MAX_SAFE_INTEGER };

interface Result {
  layout: string;
  records: number;
  p50: number;
  p95: number;
}

type Cost = Record<string, number>;

async function withFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'opensandbox-bench-'));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function measure(
  layout: string,
  records: number,
  change: (round: number) => Promise<void>,
): Promise<Result> {
  const times: number[] = [];
  for (let round = 0; round < CHANGES; round++) {
    const start = performance.now();
    await change(round);
    times.push(performance.now() - start);
  }
  times.sort((a, b) => a - b);
  const at = (share: number): number => times[Math.floor(times.length * share)] ?? NaN;
  return { layout, records, p50: at(0.5), p95: at(0.95) };
}

/** The usual atomic replacement of one JSON file, made durable. */
async function replaceFile(path: string, text: string): Promise<void> {
  const handle = await open(`${path}.tmp`, 'w', 0o600);
  await handle.writeFile(text);
  await handle.sync();
  await handle.close();
  await rename(`${path}.tmp`, path);
  const folder = await open(dirname(path), 'r');
  await folder.sync();
  await folder.close();
}

function wholeFile(records: number, indent: number | undefined): Promise<Result> {
  return withFolder(async (folder) => {
    const state = Array.from({ length: records }, (_, index) => sampleSnapshot(index));
    return measure(indent ? 'whole file, pretty' : 'whole file, compact', records, async (round) => {
      state[round % records] = sampleSnapshot(round % records, round);
      await replaceFile(join(folder, 'state.json'), JSON.stringify(state, undefined, indent));
    });
  });
}

function journal(records: number): Promise<Result> {
  return withFolder(async (folder) => {
    const store = await openStateStore({ dataDir: folder, compaction: NEVER });
    const snapshots = store.collection('snapshots');
    await Promise.all(Array.from({ length: records }, (_, index) => snapshots.put(sampleSnapshot(index))));
    const result = await measure('journal', records, (round) =>
      snapshots.put(sampleSnapshot(round % records, round)),
    );
    await store.close();
    return result;
  });
}

const round1 = (value: number): number => Math.round(value * 10) / 10;

/** One compaction of that many records while changes go on, then a start from what is on the disk. */
function compactionAndLoad(records: number): Promise<Cost> {
  return withFolder(async (folder) => {
    const filling = await openStateStore({ dataDir: folder, compaction: NEVER });
    const puts = Array.from({ length: records }, (_, i) =>
      filling.collection('snapshots').put(sampleSnapshot(i)),
    );
    await Promise.all(puts);
    await filling.close();

    const store = await openStateStore({ dataDir: folder, compaction: { minBytes: 1, minEntries: 1 } });
    const snapshots = store.collection('snapshots');
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    const started = performance.now();
    let longestChange = 0;
    let compacted = 0;
    for (let round = 0; compacted === 0; round++) {
      const start = performance.now();
      await snapshots.put(sampleSnapshot(round % records, 1));
      longestChange = Math.max(longestChange, performance.now() - start);
      if (await stat(join(folder, 'state.2.json')).catch(() => undefined))
        compacted = performance.now() - started;
    }
    delay.disable();
    await store.close();

    const { size } = await stat(join(folder, 'state.2.json'));
    const loads: number[] = [];
    for (let round = 0; round < 5; round++) {
      const start = performance.now();
      const loaded = await openStateStore({ dataDir: folder, compaction: NEVER });
      loads.push(performance.now() - start);
      await loaded.close();
    }
    return {
      records,
      'base MiB': round1(size / 1024 / 1024),
      'compaction ms': round1(compacted),
      // monitorEventLoopDelay counts its own 1 ms tick.
      'longest block ms': round1(Math.max(0, delay.max / 1e6 - 1)),
      'slowest change meanwhile ms': round1(longestChange),
      'load ms, median of 5': round1(loads.sort((a, b) => a - b)[2] ?? NaN),
    };
  });
}

it('measures a durable change, compaction and a start', async () => {
  const results: Result[] = [];
  for (const records of RECORD_COUNTS) {
    results.push(await wholeFile(records, 2), await wholeFile(records, undefined), await journal(records));
  }
  console.log('One changed record, durable');
  console.table(
    results.map(({ layout, records, p50, p95 }) => ({
      records,
      layout,
      'p50 ms': p50.toFixed(2),
      'p95 ms': p95.toFixed(2),
    })),
  );
  console.log('Journal: compaction under load, and start');
  const costs: Cost[] = [];
  for (const records of RECORD_COUNTS) costs.push(await compactionAndLoad(records));
  console.table(costs);
});

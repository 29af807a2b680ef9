/**
 * The same work against stores of 100 to 100,000 snapshots: how cost grows with what is kept. Prints a table and
 * writes it, with plots, to docs/performance.md. It asserts no times; only work that fails makes it fail.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { sampleSnapshot } from '../unit/store/sample-records';
import { curves, growthTable, type Growth } from './support/growth-report';
import { Product } from './support/product';
import { beginBench, report, type Bench } from './support/report';
import { median, timed } from './support/samples';
import { snapshotSeed } from './support/seeded-snapshots';

const SIZES = [100, 1_000, 10_000, 100_000];
const READS = 100;
const STARTS = 3;
const PAGE_SIZE = 20;

const found: Growth[] = [];
let bench: Bench;

beforeAll(async () => {
  bench = await beginBench();
});

afterAll(async () => {
  await report('growth', bench, [growthTable(found), curves(found)]);
});

it.each(SIZES)('works with %i snapshots', async (size) => {
  const starts: number[] = [];
  for (let round = 1; round < STARTS; round += 1) {
    const early = await Product.start(bench.docker, await snapshotSeed(size));
    starts.push(early.startMillis);
    await early.dispose();
  }
  const product = await Product.start(bench.docker, await snapshotSeed(size));
  starts.push(product.startMillis);
  const { id } = sampleSnapshot(Math.floor(size / 2));
  const read = (path: string) => readTime(product, path);
  const renames: number[] = [];
  for (let round = 0; round < READS; round += 1)
    renames.push(await product.eventLatency(id, `renamed ${round}`));
  found.push({
    size,
    values: {
      'start → ready line': median(starts),
      'one snapshot': await read(`/v1/snapshots/${id}`),
      'first page': await read(`/v1/snapshots?pageSize=${PAGE_SIZE}`),
      'last page': await read(`/v1/snapshots?page=${size / PAGE_SIZE}&pageSize=${PAGE_SIZE}`),
      'state filter that hardly any match': await read(`/v1/snapshots?state=Ready&pageSize=${PAGE_SIZE}`),
      'rename → event': median(renames),
    },
    memoryMib: await product.memory(),
  });
  await product.dispose();
});

async function readTime(product: Product, path: string): Promise<number> {
  const times: number[] = [];
  for (let round = -READS; round < READS; round += 1) {
    const millis = await timed(async () => expect((await product.api.call('GET', path)).status).toBe(200));
    if (round >= 0) times.push(millis);
  }
  return median(times);
}

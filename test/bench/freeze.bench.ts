/**
 * How long a commit holds a container still, by the engine's own clock, per MiB that was written: the product beside
 * the bare commit, and the bare commit beside itself after what might shorten it. Asserts no times.
 */
import { afterAll, beforeAll, it } from 'vitest';
import { BUSYBOX_IMAGE, execIn } from '../support/docker';
import { BareEngine } from './support/bare-engine';
import { FreezeEvents } from './support/freeze-events';
import { KEEP_ALIVE, Product } from './support/product';
import { beginBench, report, table, type Bench, type Row } from './support/report';
import { inTurns } from './support/samples';

const SIZES = [
  { mebibytes: 1, rounds: 15, warmups: 2 },
  { mebibytes: 32, rounds: 11, warmups: 2 },
  { mebibytes: 256, rounds: 7, warmups: 1 },
];
/** What a client could have done in the sandbox right before. */
const PREPARATIONS: Record<string, string> = {
  'after `sync`': 'sync',
  'after reading what was written': 'cat /data > /dev/null',
};
const PREPARED = { mebibytes: 256, rounds: 7, warmups: 1 };

const rows: Row[] = [];
let product: Product;
let bare: BareEngine;
let freezes: FreezeEvents;
let bench: Bench;

beforeAll(async () => {
  bench = await beginBench();
  product = await Product.start(bench.docker);
  bare = await BareEngine.like(product, bench.docker);
  freezes = await FreezeEvents.open(bench.docker);
});

afterAll(async () => {
  freezes.close();
  await bare.removeAll();
  await product.dispose();
  await report('freeze', bench, [table(rows)]);
});

it.each(SIZES)('freezes for $mebibytes MiB', async ({ mebibytes, ...turns }) => {
  const sandbox = await product.create();
  const container = await bare.create(BUSYBOX_IMAGE, KEEP_ALIVE);
  const { Id: ours } = await bench.docker.getContainer(product.containerOf(sandbox)).inspect();
  const pair = await inTurns(
    turns,
    async () => {
      await bare.writeRandom(ours, '/data', mebibytes);
      const frozen = freezes.next(ours);
      await product.removeSnapshot(await product.snapshotByEvent(sandbox));
      return (await frozen) / mebibytes;
    },
    async () => {
      await bare.writeRandom(container, '/data', mebibytes);
      return (await bareFreeze(container)) / mebibytes;
    },
  );
  rows.push({ work: `frozen for ${mebibytes} MiB just written`, unit: 'ms/MiB', ...pair });
  await product.removeSandbox(sandbox);
  await bare.removeContainer(container);
});

it.each(Object.entries(PREPARATIONS))('freezes %s', async (when, command) => {
  const { mebibytes, ...turns } = PREPARED;
  const container = await bare.create(BUSYBOX_IMAGE, KEEP_ALIVE);
  const pair = await inTurns(
    turns,
    async () => {
      await bare.writeRandom(container, '/data', mebibytes);
      await execIn(bench.docker, container, ['sh', '-c', command]);
      return (await bareFreeze(container)) / mebibytes;
    },
    async () => {
      await bare.writeRandom(container, '/data', mebibytes);
      return (await bareFreeze(container)) / mebibytes;
    },
  );
  rows.push({ work: `bare commit of ${mebibytes} MiB ${when}; without`, unit: 'ms/MiB', ...pair });
  await bare.removeContainer(container);
});

async function bareFreeze(container: string): Promise<number> {
  const frozen = freezes.next(container);
  await bare.removeImage(await bare.commit(container));
  return frozen;
}

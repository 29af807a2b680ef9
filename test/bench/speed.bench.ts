/**
 * The product beside the bare engine, in turns, on the same engine in the same run: what our part costs. Prints a
 * table and writes it to docs/performance.md. It asserts no times; only work that fails makes it fail.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BUSYBOX_IMAGE } from '../support/docker';
import { sampleSnapshot } from '../unit/store/sample-records';
import { BareEngine } from './support/bare-engine';
import { load, sampleGets, startBareRoute } from './support/child-programs';
import { KEEP_ALIVE, Product } from './support/product';
import { beginBench, report, table, type Bench, type Limit, type Row } from './support/report';
import { inTurns, timed } from './support/samples';
import { MANY_SNAPSHOTS, snapshotSeed } from './support/seeded-snapshots';

const SMALL = { rounds: 40, warmups: 3 };
const LARGE = { rounds: 11, warmups: 2 };
const TOGETHER = { rounds: 9, warmups: 1 };
const AT_ONCE = 8;
const READS = 300;
const LOAD_SECONDS = 2;
const LOAD_ROUNDS = 15;
const STARTS = 5;
/** Time after the start, or after the load, until memory is read. */
const SETTLE_MS = 10_000;

const rows: Row[] = [];
let product: Product;
let bare: BareEngine;
let bench: Bench;

beforeAll(async () => {
  bench = await beginBench();
  product = await Product.start(bench.docker);
  bare = await BareEngine.like(product, bench.docker);
});

afterAll(async () => {
  await bare.removeAll();
  await product.dispose();
  await report('speed', bench, [table(rows)]);
});

describe('one at a time', () => {
  it('creates from a local image', async () => {
    const pair = await inTurns(
      SMALL,
      async () => {
        let id = '';
        const millis = await timed(async () => (id = await product.create()));
        await product.removeSandbox(id);
        return millis;
      },
      async () => bareCreate(BUSYBOX_IMAGE),
    );
    rows.push({ work: 'create from a local image → Running', unit: 'ms', ...pair, limit: ratio(1.1) });
  });

  it('takes snapshots of a small change, seen by event, by polling, and with environment', async () => {
    await snapshotRow('snapshot of a small change → Ready event', { ...SMALL, limit: ratio(1.1) });
    await snapshotRow('the same, seen by polling GET every 5 ms', {
      ...SMALL,
      polling: true,
      limit: ratio(1.1),
    });
    await snapshotRow('the same, of a sandbox with env (configuration rewritten)', {
      ...SMALL,
      env: { TOKEN: 'secret' },
    });
  });

  it('takes snapshots of what has not changed, beside a commit with and without pause', async () => {
    const unchanged = { ...SMALL, isUnchanged: true };
    await snapshotRow('snapshot of an unchanged sandbox → Ready event', {
      ...unchanged,
      limit: { of: 'p50', at: 'most', value: 15 },
    });
    await snapshotRow('the same beside a commit without pause, the least that makes an image', {
      ...unchanged,
      isFloor: true,
    });
    await snapshotRow('the same, of a sandbox with env; a commit without pause', {
      ...unchanged,
      isFloor: true,
      env: { TOKEN: 'secret' },
    });
  });

  it('takes snapshots of 256 MiB', async () => {
    await snapshotRow('snapshot of 256 MiB → Ready event', { ...LARGE, mebibytes: 256, limit: ratio(1.03) });
  });

  it('restores', async () => {
    const source = await product.create();
    const snapshot = await product.snapshotByEvent(source);
    const pair = await inTurns(
      SMALL,
      async () => {
        let id = '';
        const millis = await timed(async () => (id = await product.restore(snapshot)));
        await product.removeSandbox(id);
        return millis;
      },
      async () => bareCreate(`opensandbox-snapshots:${snapshot}`),
    );
    rows.push({ work: 'restore → Running', unit: 'ms', ...pair, limit: ratio(1.1) });
    await product.removeSandbox(source);
    await product.removeSnapshot(snapshot);
  });

  it('restores with a network prepared', async () => {
    const preparing = await Product.start(bench.docker, undefined, { OPENSANDBOX_PREPARE: 'always' });
    try {
      const source = await preparing.create();
      const snapshot = await preparing.snapshotByEvent(source);
      await preparing.prepared();
      const pair = await inTurns(
        SMALL,
        async () => {
          let id = '';
          const millis = await timed(async () => (id = await preparing.restore(snapshot)));
          await preparing.removeSandbox(id);
          // Not beside the bare engine's turn.
          await preparing.prepared();
          return millis;
        },
        async () => bareCreate(`opensandbox-snapshots:${snapshot}`),
      );
      rows.push({ work: 'restore → Running, prepared', unit: 'ms', ...pair, limit: ratio(0.5) });
    } finally {
      await preparing.dispose();
    }
  });
});

describe('eight at once', () => {
  it('creates, forks and takes snapshots of 32 MiB while GETs are asked', async () => {
    const route = await startBareRoute();
    const probe = await product.create();
    const probed = await product.snapshotByEvent(probe);
    const sampling = sampleGets([
      {
        urls: [
          '/v1/sandboxes',
          `/v1/sandboxes/${probe}`,
          '/v1/snapshots',
          `/v1/snapshots/${probed}`,
          '/v1/desktop/status',
        ].map((path) => `http://127.0.0.1:${product.api.port}${path}`),
        headers: product.api.headers,
      },
      { urls: [route.url], headers: {} },
    ]);
    try {
      await createsAtOnce();
      await forksAtOnce();
      await snapshotsAtOnce();
    } finally {
      const [ours = [], routes = []] = await sampling.stop();
      rows.push({
        work: 'any GET while those run; bare Fastify route beside it',
        unit: 'ms',
        product: ours,
        bare: routes,
        limit: { of: 'p95', at: 'most', value: 10 },
      });
      await route.end();
    }
    await product.removeSandbox(probe);
    await product.removeSnapshot(probed);
  });
});

describe('reading', () => {
  it('answers requests per second beside a bare Fastify route', async () => {
    const source = await product.create();
    const snapshot = await product.snapshotByEvent(source);
    const route = await startBareRoute();
    const url = `http://127.0.0.1:${product.api.port}/v1/snapshots/${snapshot}`;
    const measure = async (target: string, headers: Record<string, string>): Promise<number> => {
      const { requestsPerSecond, failures } = await load(target, headers, LOAD_SECONDS);
      expect(failures).toBe(0);
      return requestsPerSecond;
    };
    const pair = await inTurns(
      { rounds: LOAD_ROUNDS, warmups: 1 },
      () => measure(url, product.api.headers),
      () => measure(route.url, {}),
    );
    await route.end();
    rows.push({
      work: 'GET one snapshot with key, 16 connections; bare Fastify route',
      unit: 'requests/s',
      ...pair,
      limit: { of: 'ratio', at: 'least', value: 0.7 },
    });
    const latency: number[] = [];
    for (let round = 0; round < READS; round++)
      latency.push(await product.eventLatency(snapshot, `renamed ${round}`));
    rows.push({ work: 'change → event (rename, durable write included)', unit: 'ms', product: latency });
    await product.removeSandbox(source);
    await product.removeSnapshot(snapshot);
  });

  it('holds its memory after all of this', async () => {
    await delay(SETTLE_MS);
    rows.push({
      work: 'resident memory after the load above',
      unit: 'MiB',
      product: [await product.memory()],
      limit: { of: 'p50', at: 'most', value: 200 },
    });
  });

  it('reads pages of 10,000 snapshots', async () => {
    const large = await Product.start(bench.docker, await snapshotSeed());
    const page = MANY_SNAPSHOTS / 20;
    await read(large, `/v1/snapshots?page=${page}&pageSize=20`, 'last page of 10,000 snapshots');
    await read(
      large,
      '/v1/snapshots?state=Failed&pageSize=20',
      'state filter that all of 10,000 snapshots match',
    );
    await read(large, '/v1/snapshots?state=Ready&pageSize=20', 'state filter that hardly any of them match');
    const latency: number[] = [];
    for (let round = 0; round < READS; round++)
      latency.push(await large.eventLatency(sampleSnapshot(0).id, `renamed ${round}`));
    rows.push({ work: 'change → event at 10,000 snapshots', unit: 'ms', product: latency });
    await large.dispose();
  });
});

describe('starting', () => {
  it('starts with 10,000 snapshots', async () => {
    const seed = await snapshotSeed();
    const ready: number[] = [];
    for (let round = 0; round < STARTS; round++) {
      const large = await Product.start(bench.docker, seed);
      ready.push(large.startMillis);
      await large.dispose();
    }
    rows.push({
      work: 'start → ready line at 10,000 snapshots',
      unit: 'ms',
      product: ready,
      limit: { of: 'p50', at: 'most', value: 900 },
    });
  });

  it('starts, connects and idles', async () => {
    const ready: number[] = [];
    const connected: number[] = [];
    const memory: number[] = [];
    for (let round = 0; round < STARTS; round++) {
      const fresh = await Product.start(bench.docker);
      ready.push(fresh.startMillis);
      connected.push(fresh.connectedMillis);
      await delay(SETTLE_MS);
      memory.push(await fresh.memory());
      await fresh.dispose();
    }
    rows.push({
      work: 'start → ready line',
      unit: 'ms',
      product: ready,
      limit: { of: 'p50', at: 'most', value: 400 },
    });
    rows.push({ work: 'start → engine connected', unit: 'ms', product: connected });
    rows.push({
      work: 'resident memory headless, idle 10 s after start',
      unit: 'MiB',
      product: memory,
      limit: { of: 'p50', at: 'most', value: 120 },
    });
  });
});

function ratio(value: number): Limit {
  return { of: 'ratio', at: 'most', value };
}

async function bareCreate(image: string): Promise<number> {
  let id = '';
  const millis = await timed(async () => (id = await bare.create(image, KEEP_ALIVE)));
  await bare.removeContainer(id);
  return millis;
}

interface SnapshotWork {
  rounds: number;
  warmups: number;
  mebibytes?: number;
  polling?: boolean;
  env?: Record<string, string>;
  /** Nothing is written before each. */
  isUnchanged?: boolean;
  /** The bare commit does not freeze the container. */
  isFloor?: boolean;
  limit?: Limit;
}

/** One container of the product's and one like it made past the product, each captured in turns. */
async function snapshotRow(work: string, options: SnapshotWork): Promise<void> {
  const { mebibytes, env, isUnchanged = false, isFloor = false, limit } = options;
  const sandbox = await product.create(env === undefined ? {} : { env });
  const container = await bare.create(BUSYBOX_IMAGE, KEEP_ALIVE);
  const captured = [product.containerOf(sandbox), container];
  if (mebibytes !== undefined) for (const each of captured) await bare.writeRandom(each, '/data', mebibytes);
  const pair = await inTurns(
    options,
    async (round) => {
      if (!isUnchanged) await bare.touch(product.containerOf(sandbox), round);
      let id = '';
      const millis = await timed(async () => {
        id =
          options.polling === true
            ? await product.snapshotByPolling(sandbox)
            : await product.snapshotByEvent(sandbox);
      });
      await product.removeSnapshot(id);
      return millis;
    },
    async (round) => {
      if (!isUnchanged) await bare.touch(container, round);
      let id = '';
      const millis = await timed(async () => (id = await bare.commit(container, !isFloor)));
      await bare.removeImage(id);
      return millis;
    },
  );
  rows.push({ work, unit: 'ms', ...pair, ...(limit === undefined ? {} : { limit }) });
  await product.removeSandbox(sandbox);
  await bare.removeContainer(container);
}

async function createsAtOnce(): Promise<void> {
  const pair = await inTurns(
    TOGETHER,
    async () => {
      let ids: string[] = [];
      const millis = await timed(async () => (ids = await atOnce(() => product.create())));
      await Promise.all(ids.map((id) => product.removeSandbox(id)));
      return millis;
    },
    () => bareCreatesAtOnce(BUSYBOX_IMAGE),
  );
  rows.push({ work: '8 creates at once', unit: 'ms', ...pair, limit: ratio(1.15) });
}

/** From the request until the task tells that all run; the bare way is so many creates and starts. */
async function forksAtOnce(): Promise<void> {
  const source = await product.create();
  const snapshot = await product.snapshotByEvent(source);
  const pair = await inTurns(
    TOGETHER,
    async () => {
      let ids: string[] = [];
      const millis = await timed(async () => (ids = await product.fork(snapshot, AT_ONCE)));
      await Promise.all(ids.map((id) => product.removeSandbox(id)));
      return millis;
    },
    () => bareCreatesAtOnce(`opensandbox-snapshots:${snapshot}`),
  );
  rows.push({ work: 'fork × 8 of a snapshot → all Running', unit: 'ms', ...pair, limit: ratio(1.15) });
  await product.removeSandbox(source);
  await product.removeSnapshot(snapshot);
}

async function bareCreatesAtOnce(image: string): Promise<number> {
  let ids: string[] = [];
  const millis = await timed(async () => (ids = await atOnce(() => bare.create(image, KEEP_ALIVE))));
  await Promise.all(ids.map((id) => bare.removeContainer(id)));
  return millis;
}

async function snapshotsAtOnce(): Promise<void> {
  const sandboxes = await atOnce(() => product.create());
  const containers = await atOnce(() => bare.create(BUSYBOX_IMAGE, KEEP_ALIVE));
  for (const each of [...sandboxes.map((id) => product.containerOf(id)), ...containers])
    await bare.writeRandom(each, '/data', 32);
  const pair = await inTurns(
    TOGETHER,
    async () => {
      let ids: string[] = [];
      const millis = await timed(
        async () => (ids = await Promise.all(sandboxes.map((id) => product.snapshotByEvent(id)))),
      );
      for (const id of ids) await product.removeSnapshot(id);
      return millis;
    },
    async () => {
      let ids: string[] = [];
      const millis = await timed(
        async () => (ids = await Promise.all(containers.map((id) => bare.commit(id)))),
      );
      for (const id of ids) await bare.removeImage(id);
      return millis;
    },
  );
  rows.push({ work: '8 snapshots of 32 MiB at once', unit: 'ms', ...pair, limit: ratio(1.15) });
  await Promise.all(sandboxes.map((id) => product.removeSandbox(id)));
  await Promise.all(containers.map((id) => bare.removeContainer(id)));
}

function atOnce<T>(work: () => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: AT_ONCE }, work));
}

async function read(from: Product, path: string, work: string): Promise<void> {
  const times: number[] = [];
  for (let round = -READS; round < READS; round++) {
    const millis = await timed(() => from.api.expect(200, 'GET', path));
    if (round >= 0) times.push(millis);
  }
  rows.push({ work, unit: 'ms', product: times, limit: { of: 'p50', at: 'most', value: 1 } });
}

/**
 * The proxy beside a direct connection, and `Sandbox.create` of the official SDK beside a bare create and start, in
 * turns, in the same run. Prints a table and writes it to docs/performance.md. It asserts no times; only work that fails
 * makes it fail.
 */
import { Agent, request } from 'node:http';
import { ConnectionConfig, Sandbox } from '@alibaba-group/opensandbox';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BUSYBOX_IMAGE } from '../support/docker';
import { ensureNodeImage, NODE_IMAGE } from '../support/node-image';
import { TEST_API_KEY } from '../support/test-backend';
import { waitFor } from '../support/wait-for';
import { BareEngine } from './support/bare-engine';
import { load, startEmptyProxy, type ChildServer } from './support/child-programs';
import { KEEP_ALIVE, Product } from './support/product';
import { beginBench, report, table, type Bench, type Row } from './support/report';
import { inTurns, median, timed } from './support/samples';

/** A round is a burst of requests one after another, of which the median counts. */
const BURST = 20;
const REQUESTS = { rounds: 200, warmups: 100 };
const TUNNELLED = { rounds: 50, warmups: 5 };
const CREATES = { rounds: 30, warmups: 3 };
const LARGE = { rounds: 9, warmups: 1 };
const LARGE_MIB = 256;
const LOAD_SECONDS = 4;
const LOAD_ROUNDS = 5;
const SERVICE = `require('http').createServer((question, answer) => {
  if (question.url === '/wait') return setTimeout(() => answer.end('hello'), 1);
  if (question.url !== '/blob') return answer.end('hello');
  const piece = Buffer.alloc(65536);
  let left = ${LARGE_MIB} * 16;
  const more = () => {
    while (left > 0) { left -= 1; if (!answer.write(piece)) return answer.once('drain', more); }
    answer.end();
  };
  more();
}).listen(3000)`;

const rows: Row[] = [];
const agent = new Agent({ keepAlive: true });
let product: Product;
let bare: BareEngine;
let bench: Bench;
let emptyProxy: ChildServer;
/** Reached by its address. */
let direct: string;
let proxied: Target;
let isolated: Target;

interface Target {
  url: string;
  headers: Record<string, string>;
}

beforeAll(async () => {
  bench = await beginBench();
  await ensureNodeImage(bench.docker);
  product = await Product.start(bench.docker);
  const service = { image: { uri: NODE_IMAGE }, entrypoint: ['node', '-e', SERVICE], resourceLimits: {} };
  const bridged = await product.create(service);
  proxied = await target(bridged);
  isolated = await target(await product.create({ ...service, networkPolicy: { defaultAction: 'deny' } }));
  bare = await BareEngine.like(product, bench.docker);
  const { NetworkSettings: network } = await bench.docker
    .getContainer(product.containerOf(bridged))
    .inspect();
  const host = network.Networks['bridge']?.IPAddress ?? '';
  direct = `http://${host}:3000`;
  emptyProxy = await startEmptyProxy({ host, port: 3000 });
  for (const each of [proxied, isolated]) {
    await waitFor('the service', async () => {
      const { status } = await fetch(each.url, { headers: each.headers });
      return status === 200 ? true : undefined;
    });
  }
});

afterAll(async () => {
  agent.destroy();
  await emptyProxy.end();
  await bare.removeAll();
  await product.dispose();
  await report('proxy', bench, [table(rows)]);
});

describe('the proxy', () => {
  it('answers one request at a time', async () => {
    const pair = await inTurns(
      REQUESTS,
      () => burst(() => get(proxied.url, proxied.headers)),
      () => burst(() => get(direct, {})),
    );
    rows.push({
      work: 'GET through the proxy; direct',
      unit: 'ms',
      ...pair,
      limit: { of: 'ratio', at: 'most', value: 2 },
    });
    const least = await inTurns(
      REQUESTS,
      () => burst(() => get(emptyProxy.url, {})),
      () => burst(() => get(direct, {})),
    );
    rows.push({
      work: 'the least: through a node:http proxy that only passes on; direct',
      unit: 'ms',
      ...least,
    });
  });

  it('answers one request at a time of a service that takes its time', async () => {
    const pair = await inTurns(
      TUNNELLED,
      () => burst(() => get(`${proxied.url}/wait`, proxied.headers)),
      () => burst(() => get(`${direct}/wait`, {})),
    );
    rows.push({ work: 'the same of a service that waits 1 ms', unit: 'ms', ...pair });
  });

  it('answers one request at a time through the tunnel', async () => {
    const pair = await inTurns(
      TUNNELLED,
      () => burst(() => get(isolated.url, isolated.headers)),
      () => burst(() => get(direct, {})),
    );
    rows.push({
      work: 'GET into a sandbox without network (tunnel); direct to another',
      unit: 'ms',
      ...pair,
    });
  });

  it('answers 16 connections', async () => {
    const through: number[] = [];
    const past: number[] = [];
    for (let round = 0; round < LOAD_ROUNDS; round += 1) {
      const product = await load(proxied.url, proxied.headers, LOAD_SECONDS);
      const bareService = await load(direct, {}, LOAD_SECONDS);
      expect(product.failures + bareService.failures).toBe(0);
      through.push(product.requestsPerSecond);
      past.push(bareService.requestsPerSecond);
    }
    rows.push({
      work: 'GET through the proxy, 16 connections; direct',
      unit: 'requests/s',
      product: through,
      bare: past,
      limit: { of: 'p50', at: 'least', value: 6_000 },
    });
  });

  it('passes large answers on', async () => {
    const pair = await inTurns(
      LARGE,
      () => timed(() => get(`${proxied.url}/blob`, proxied.headers)),
      () => timed(() => get(`${direct}/blob`, {})),
    );
    rows.push({ work: `GET of ${LARGE_MIB} MiB through the proxy; direct`, unit: 'ms', ...pair });
  });
});

describe('the official SDK', () => {
  it('creates a sandbox until it is ready', async () => {
    const connectionConfig = new ConnectionConfig({
      domain: `localhost:${product.api.port}`,
      apiKey: TEST_API_KEY,
      disableMetrics: true,
    }).withTransportIfMissing();
    const pair = await inTurns(
      CREATES,
      async () => {
        let sandbox: Sandbox | undefined;
        const millis = await timed(async () => {
          sandbox = await Sandbox.create({
            connectionConfig,
            image: BUSYBOX_IMAGE,
            entrypoint: KEEP_ALIVE,
            resource: { cpu: '1', memory: '512Mi' },
          });
        });
        await sandbox?.kill();
        return millis;
      },
      async () => {
        let id = '';
        const millis = await timed(async () => (id = await bare.create(BUSYBOX_IMAGE, KEEP_ALIVE)));
        await bare.removeContainer(id);
        return millis;
      },
    );
    await connectionConfig.closeTransport();
    rows.push({
      work: 'Sandbox.create of the SDK until ready; bare create and start',
      unit: 'ms',
      ...pair,
      limit: { of: 'ratio', at: 'most', value: 1.15 },
    });
  });
});

async function target(sandboxId: string): Promise<Target> {
  const { endpoint, headers } = await product.api.expect<{
    endpoint: string;
    headers: Record<string, string>;
  }>(200, 'GET', `/v1/sandboxes/${sandboxId}/endpoints/3000`);
  return { url: `http://${endpoint.replace('localhost', '127.0.0.1')}`, headers };
}

async function burst(work: () => Promise<unknown>): Promise<number> {
  const millis: number[] = [];
  for (let each = 0; each < BURST; each += 1) millis.push(await timed(work));
  return median(millis);
}

function get(url: string, headers: Record<string, string>): Promise<void> {
  return new Promise((resolve, reject) => {
    request(url, { agent, headers }, (answer) => {
      answer.once('error', reject).once('end', resolve).resume();
    })
      .once('error', reject)
      .end();
  });
}

/**
 * Sixteen clients at once for ten minutes: reads, commands, files, and sandboxes and snapshots that come and go. Prints
 * how long each kind of work took, what failed, and memory and open files minute by minute, and writes it to
 * docs/performance.md. OPENSANDBOX_BENCH_MINUTES makes it shorter.
 */
import { readdir } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { Sandbox } from '@alibaba-group/opensandbox';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { seededRandom } from '../torture/random';
import { Product } from './support/product';
import { beginBench, report, type Bench } from './support/report';
import { median, percentile, timed } from './support/samples';

const CLIENTS = 16;
const LASTING_SANDBOXES = 4;
const MINUTES = Number(process.env['OPENSANDBOX_BENCH_MINUTES'] ?? 10);
const MS_PER_MINUTE = 60_000;
/** After the last request: what only a turn of garbage collection or an idle timer lets go of is gone. */
const REST_MS = 20_000;
const SEED = 1;

type Work = () => Promise<unknown>;

interface Usage {
  minute: number;
  memoryMib: number;
  openFiles: number;
}

const took = new Map<string, number[]>();
const errors = new Map<string, string[]>();
const usage: Usage[] = [];
let product: Product;
let bench: Bench;

beforeAll(async () => {
  bench = await beginBench();
  product = await Product.start(bench.docker);
});

afterAll(async () => {
  await product.dispose();
  await report('mixed', bench, [workTable(), usageTable()]);
});

it(
  `works for ${CLIENTS} clients at once for ${MINUTES} minutes`,
  async () => {
    const ids = await Promise.all(Array.from({ length: LASTING_SANDBOXES }, () => product.create()));
    const sandboxes = await Promise.all(ids.map((id) => product.connect(id)));
    const snapshotId = await product.snapshotByPolling(ids[0] ?? '');
    const start = Date.now();
    const end = start + MINUTES * MS_PER_MINUTE;
    let isOver = false;
    const watching = watch(start, () => isOver);
    await Promise.all(
      Array.from({ length: CLIENTS }, async (_, client) => {
        const random = seededRandom(SEED + client);
        const sandbox = sandboxes[client % LASTING_SANDBOXES];
        if (sandbox === undefined) throw new Error('There is no sandbox for this client.');
        const kinds = kindsOfWork(sandbox, snapshotId, client);
        while (Date.now() < end) {
          const [kind, work] = random.pick(kinds) ?? [];
          if (kind !== undefined && work !== undefined) await measure(kind, work);
        }
      }),
    );
    isOver = true;
    await watching;
    await delay(REST_MS);
    await note(Date.now() - start);
    expect([...errors.values()].flat()).toEqual([]);
  },
  2 * MINUTES * MS_PER_MINUTE + 10 * REST_MS,
);

/** As often as each is listed; what changes sandboxes or snapshots is rare, as with people and agents. */
function kindsOfWork(sandbox: Sandbox, snapshotId: string, client: number): (readonly [string, Work])[] {
  const { api } = product;
  const reads: [string, Work][] = [
    ['GET a page of sandboxes', () => api.expect(200, 'GET', '/v1/sandboxes?pageSize=20')],
    ['GET one snapshot', () => api.expect(200, 'GET', `/v1/snapshots/${snapshotId}`)],
  ];
  const path = `/tmp/client-${client}`;
  const inside: [string, Work][] = [
    ['run true', () => sandbox.commands.run('true')],
    ['write and read a file of 1 KiB', () => writeAndRead(sandbox, path)],
  ];
  const changes: [string, Work][] = [
    ['create and delete a sandbox', async () => product.removeSandbox(await product.create())],
    ['restore and delete a sandbox', async () => product.removeSandbox(await product.restore(snapshotId))],
    [
      'take and delete a snapshot',
      async () => product.removeSnapshot(await product.snapshotByPolling(sandbox.id)),
    ],
  ];
  return [...Array.from({ length: 10 }, () => [...reads, ...inside]).flat(), ...changes];
}

async function writeAndRead(sandbox: Sandbox, path: string): Promise<void> {
  const data = 'x'.repeat(1_024);
  await sandbox.files.writeFiles([{ path, data }]);
  expect(await sandbox.files.readFile(path)).toBe(data);
}

async function measure(kind: string, work: Work): Promise<void> {
  try {
    const millis = await timed(work);
    listOf(took, kind).push(millis);
  } catch (error) {
    listOf(errors, kind).push(String(error));
  }
}

function listOf<T>(lists: Map<string, T[]>, kind: string): T[] {
  const list = lists.get(kind) ?? [];
  lists.set(kind, list);
  return list;
}

async function watch(start: number, isOver: () => boolean): Promise<void> {
  for (let minute = 1; !isOver(); minute += 1) {
    while (!isOver() && Date.now() < start + minute * MS_PER_MINUTE) await delay(100);
    await note(Date.now() - start);
  }
}

async function note(sinceStartMs: number): Promise<void> {
  const { pid = 0 } = product.server.child;
  usage.push({
    minute: sinceStartMs / MS_PER_MINUTE,
    memoryMib: await product.memory(),
    openFiles: (await readdir(`/proc/${pid}/fd`)).length,
  });
}

function workTable(): string {
  const lines = [...took].map(([kind, times]) => {
    const failed = errors.get(kind)?.length ?? 0;
    const [p50, p99] = [median(times), percentile(times, 0.99)].map((millis) => millis.toFixed(1));
    return `| ${kind} | ${times.length.toLocaleString('en')} | ${failed} | ${p50} | ${p99} |`;
  });
  return ['| work | done | failed | p50, ms | p99, ms |', '| --- | --- | --- | --- | --- |', ...lines].join(
    '\n',
  );
}

function usageTable(): string {
  const row = (name: string, cells: readonly string[]): string => `| ${[name, ...cells].join(' | ')} |`;
  return [
    row(
      'after minute',
      usage.map(({ minute }) => minute.toFixed(1)),
    ),
    row(
      '---',
      usage.map(() => '---'),
    ),
    row(
      'resident memory, MiB',
      usage.map(({ memoryMib }) => memoryMib.toFixed(0)),
    ),
    row(
      'open files',
      usage.map(({ openFiles }) => String(openFiles)),
    ),
  ].join('\n');
}

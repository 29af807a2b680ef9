/**
 * Commands over the official SDK beside execs through the Docker API, in turns, on the same engine in the same run.
 * Prints a table and writes it to docs/performance.md. It asserts no times; only work that fails makes it fail.
 */
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { Sandbox } from '@alibaba-group/opensandbox';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEBIAN_IMAGE, ensureDebianImage } from '../support/debian-image';
import { BUSYBOX_IMAGE } from '../support/docker';
import { BareEngine } from './support/bare-engine';
import { KEEP_ALIVE, Product } from './support/product';
import { beginBench, report, table, type Bench, type Limit, type Row } from './support/report';
import { inTurns, timed } from './support/samples';

const WARM = { rounds: 100, warmups: 5 };
const FIRST = { rounds: 30, warmups: 2 };
const TOGETHER = { rounds: 9, warmups: 1 };
const AT_ONCE = 50;
const PRINTED_LINES = 60;
const IDLE_SANDBOXES = 20;
const IDLE_MS = 10_000;
/** Time after which a server's memory is at rest. */
const SETTLE_MS = 8_000;
/** `/proc/PID/stat` counts in hundredths of a second. */
const TICK_MS = 10;

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
  await report('exec', bench, [table(rows)]);
});

describe('commands', () => {
  it('runs true, warm', async () => {
    const id = await product.create();
    const sandbox = await product.connect(id);
    const container = product.containerOf(id);
    const pair = await inTurns(
      WARM,
      () => timed(() => run(sandbox, 'true')),
      () => timed(() => exec(container, ['true'])),
    );
    rows.push({ work: 'commands.run("true"), warm; exec of true', unit: 'ms', ...pair, limit: ratio(0.12) });
    const many = await inTurns(
      TOGETHER,
      () => timed(() => Promise.all(Array.from({ length: AT_ONCE }, () => run(sandbox, 'true')))),
      () => timed(() => Promise.all(Array.from({ length: AT_ONCE }, () => exec(container, ['true'])))),
    );
    rows.push({ work: `the same, ${AT_ONCE} at once, all of them`, unit: 'ms', ...many });
    await product.removeSandbox(id);
  });

  it('runs the first command of a sandbox', async () => {
    const pair = await inTurns(
      FIRST,
      async () => {
        const id = await product.create();
        const sandbox = await product.connect(id);
        const millis = await timed(() => run(sandbox, 'true'));
        await product.removeSandbox(id);
        return millis;
      },
      async () => {
        const container = await bare.create(BUSYBOX_IMAGE, KEEP_ALIVE);
        const millis = await timed(() => exec(container, ['true']));
        await bare.removeContainer(container);
        return millis;
      },
    );
    rows.push({
      work: 'the first command in a sandbox; exec of true in a new container',
      unit: 'ms',
      ...pair,
      limit: ratio(1.15),
    });
  });

  it('delivers a line as soon as it is printed', async () => {
    const missing = await ensureDebianImage(bench.docker);
    if (missing !== undefined) {
      console.log(`Delivery of a line not measured: ${missing}`);
      return;
    }
    const id = await product.create({ image: { uri: DEBIAN_IMAGE } });
    const sandbox = await product.connect(id);
    const late: number[] = [];
    // The sandbox has this machine's clock.
    const command = `for i in $(seq ${PRINTED_LINES}); do date +%s%N; sleep 0.03; done`;
    await sandbox.commands.run(command, undefined, {
      onStdout: ({ text }) => {
        late.push(performance.timeOrigin + performance.now() - Number(text) / 1e6);
      },
    });
    expect(late.length).toBe(PRINTED_LINES);
    rows.push({
      work: 'a printed line until its stdout event is with the client',
      unit: 'ms',
      product: late,
      limit: { of: 'p50', at: 'most', value: 5 },
    });
    await product.removeSandbox(id);
  });
});

describe('idle sandboxes', () => {
  it('cost little with a warm shell each', async () => {
    const ids = await Promise.all(Array.from({ length: IDLE_SANDBOXES }, () => product.create()));
    await delay(SETTLE_MS);
    const before = await product.memory();
    for (const id of ids) await run(await product.connect(id), 'true');
    await delay(SETTLE_MS);
    const after = await product.memory();
    rows.push({
      work: `memory of the server per idle sandbox with a warm shell, of ${IDLE_SANDBOXES}`,
      unit: 'MiB',
      product: [(after - before) / IDLE_SANDBOXES],
      limit: { of: 'p50', at: 'most', value: 1 },
    });
    const spent = await processorMillis();
    await delay(IDLE_MS);
    rows.push({
      work: `processor time of the server in ${IDLE_MS / 1_000} s with those`,
      unit: 'ms',
      product: [(await processorMillis()) - spent],
    });
    await Promise.all(ids.map((id) => product.removeSandbox(id)));
  });
});

async function run(sandbox: Sandbox, command: string): Promise<void> {
  const { exitCode } = await sandbox.commands.run(command);
  expect(exitCode).toBe(0);
}

/** The fewest calls that run a command and learn its exit code: create, start, inspect. */
async function exec(container: string, command: string[]): Promise<void> {
  const made = await bench.docker
    .getContainer(container)
    .exec({ Cmd: command, AttachStdout: true, AttachStderr: true });
  const stream = await made.start({});
  stream.resume();
  await new Promise((resolve) => stream.once('end', resolve));
  const { ExitCode: exitCode } = await made.inspect();
  expect(exitCode).toBe(0);
}

async function processorMillis(): Promise<number> {
  const stat = await readFile(`/proc/${product.server.child.pid ?? 0}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

function ratio(value: number): Limit {
  return { of: 'ratio', at: 'most', value };
}

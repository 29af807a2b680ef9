/**
 * Files over the official SDK beside archives through the Docker API, in turns, on the same engine in the same run.
 * Prints a table and writes it to docs/performance.md. It asserts no times; only work that fails makes it fail.
 */
import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { pack } from 'tar-stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { engineConnection, SCRATCH_ENTRYPOINT, SCRATCH_IMAGE } from '../support/docker';
import { Product } from './support/product';
import { startEmptyProxy, type ChildServer } from './support/child-programs';
import { beginBench, report, table, type Bench, type Limit, type Row } from './support/report';
import { inTurns, timed } from './support/samples';

const SMALL = { rounds: 60, warmups: 3 };
/** It takes a gibibyte until all that takes part runs at its full speed. */
const LARGE = { rounds: 9, warmups: 4 };
const KIB = 1_024;
const MIB = 2 ** 20;
const LARGE_MIB = 256;
/** The engine would pack what it sends to a client that takes packed answers. */
const PLAIN = { headers: { 'accept-encoding': 'identity' } };
/** How often the server's memory is looked at while a large file passes. */
const LOOK_MS = 50;

const rows: Row[] = [];
const small = randomBytes(KIB);
const chunk = randomBytes(MIB);
let product: Product;
let emptyProxy: ChildServer;
let bench: Bench;

beforeAll(async () => {
  bench = await beginBench();
  product = await Product.start(bench.docker);
  emptyProxy = await startEmptyProxy(await engineConnection());
});

afterAll(async () => {
  await emptyProxy.end();
  await product.dispose();
  await report('files', bench, [table(rows)]);
});

describe('small files', () => {
  it.each([
    { where: 'warm shell', create: {}, limit: 0.15 },
    {
      where: 'no shell',
      create: { image: { uri: SCRATCH_IMAGE }, entrypoint: SCRATCH_ENTRYPOINT },
      limit: 1.15,
    },
  ])('are written and read, $where', async ({ where, create, limit }) => {
    const id = await product.create(create);
    const sandbox = await product.connect(id);
    const container = bench.docker.getContainer(product.containerOf(id));
    const written = await inTurns(
      SMALL,
      (round) => timed(() => sandbox.files.writeFiles([{ path: `/file-${round}`, data: small }])),
      (round) => timed(async () => container.putArchive(await smallTar(`bare-${round}`), { path: '/' })),
    );
    rows.push({ work: `write of 1 KiB, ${where}; archive put`, unit: 'ms', ...written, limit: ratio(limit) });
    const read = await inTurns(
      SMALL,
      () => timed(async () => expect(await sandbox.files.readBytes('/file-0')).toHaveLength(KIB)),
      () => timed(async () => drain(await container.getArchive({ path: '/file-0' }))),
    );
    rows.push({ work: `read of 1 KiB, ${where}; archive get`, unit: 'ms', ...read, limit: ratio(limit) });
    await product.removeSandbox(id);
  });
});

describe('large files', () => {
  it('are uploaded and downloaded with flat memory', async () => {
    const id = await product.create();
    const sandbox = await product.connect(id);
    const container = bench.docker.getContainer(product.containerOf(id));
    const growth: number[] = [];
    const watched = async (work: () => Promise<unknown>) => {
      const before = await product.memory();
      let highest = before;
      const timer = setInterval(() => {
        void product.memory().then((memory) => (highest = Math.max(highest, memory)));
      }, LOOK_MS);
      const millis = await timed(work);
      clearInterval(timer);
      growth.push(highest - before);
      return millis;
    };
    const up = await inTurns(
      LARGE,
      () => watched(() => sandbox.files.writeFiles([{ path: '/large', data: largeContent() }])),
      () => timed(() => container.putArchive(largeTar(), { path: '/' })),
    );
    rows.push({ work: `upload of ${LARGE_MIB} MiB; archive put`, unit: 'ms', ...up, limit: ratio(1.15) });
    const least = await inTurns(
      LARGE,
      () =>
        timed(async () => {
          await discard(largeContent());
          await container.putArchive(largeTar(), { path: '/' });
        }),
      () => timed(() => container.putArchive(largeTar(), { path: '/' })),
    );
    rows.push({
      work: 'the least: received by a server that throws it away, then put; put',
      unit: 'ms',
      ...least,
    });
    const down = await inTurns(
      LARGE,
      () => watched(() => drain(sandbox.files.readBytesStream('/large'))),
      () => timed(async () => drain(await container.getArchive({ path: '/large' }))),
    );
    rows.push({ work: `download of ${LARGE_MIB} MiB; archive get`, unit: 'ms', ...down, limit: ratio(1.15) });
    const archiveUrl = `${emptyProxy.url}/containers/${container.id}/archive?path=/large`;
    const leastDown = await inTurns(
      LARGE,
      () => timed(async () => drain((await fetch(archiveUrl, PLAIN)).body ?? Readable.from([]))),
      () => timed(async () => drain(await container.getArchive({ path: '/large' }))),
    );
    rows.push({
      work: 'the least: read as the SDK does, through a node:http proxy that only passes on; archive get',
      unit: 'ms',
      ...leastDown,
    });
    rows.push({
      work: 'growth of the server while those pass, each time',
      unit: 'MiB',
      product: growth,
      limit: { of: 'p95', at: 'most', value: 64 },
    });
    await product.removeSandbox(id);
  });
});

async function* largeContent(): AsyncGenerator<Uint8Array> {
  for (let sent = 0; sent < LARGE_MIB; sent += 1) yield await Promise.resolve(chunk);
}

/** As the SDK sends a stream: in chunks, without a length. */
async function discard(content: AsyncIterable<Uint8Array>): Promise<void> {
  const body = ReadableStream.from(content);
  const answer = await fetch(`${emptyProxy.url}/discard`, { method: 'POST', body, duplex: 'half' });
  await answer.arrayBuffer();
}

function largeTar(): NodeJS.ReadableStream {
  const tar = pack();
  const entry = tar.entry({ name: 'bare', size: LARGE_MIB * MIB });
  Readable.from(largeContent())
    .pipe(entry)
    .once('finish', () => tar.finalize());
  return Readable.from(tar, { objectMode: false });
}

async function smallTar(name: string): Promise<Buffer> {
  const tar = pack();
  tar.entry({ name }, small);
  tar.finalize();
  const chunks: Buffer[] = [];
  for await (const each of tar) chunks.push(each as Buffer);
  return Buffer.concat(chunks);
}

async function drain(source: AsyncIterable<unknown>): Promise<void> {
  const pieces = source[Symbol.asyncIterator]();
  for (let piece = await pieces.next(); piece.done !== true; piece = await pieces.next());
}

function ratio(value: number): Limit {
  return { of: 'ratio', at: 'most', value };
}

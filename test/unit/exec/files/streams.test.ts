import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable, Writable, type Transform, type TransformCallback } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { collectBytes } from '../../../../src-main/exec/collected-bytes';
import { bytesInRange } from '../../../../src-main/exec/files/byte-range';
import { LineRangeFilter } from '../../../../src-main/exec/files/line-range';
import { LiteralReplacement } from '../../../../src-main/exec/files/literal-replacement';
import { OverflowBuffer } from '../../../../src-main/exec/files/overflow-buffer';
import { SpoolFolder } from '../../../../src-main/exec/files/spool';
import { SpooledTar } from '../../../../src-main/exec/files/spooled-tar';
import { eachEntry } from '../../../../src-main/engine/tar-streams';

/** Every way to cut a text into chunks of one size, so that a border lies at every place. */
const CHUNK_SIZES = [1, 2, 3, 5, 1_000];

async function through(filter: Transform, text: string, chunkSize: number): Promise<string> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += chunkSize) filter.write(bytes.subarray(at, at + chunkSize));
  filter.end();
  return Buffer.concat(await filter.toArray()).toString();
}

describe.each(CHUNK_SIZES)('a stream in chunks of %i bytes', (chunkSize) => {
  const text = 'one\ntwo\r\n\nfour\r\r\nfive\n';

  it.each([
    [{ offset: 1 }, 'one\ntwo\n\nfour\r\nfive'],
    [{ offset: 2, limit: 2 }, 'two\n'],
    [{ offset: 3, limit: 1 }, ''],
    [{ offset: 4, limit: 9 }, 'four\r\nfive'],
    [{ offset: 9 }, ''],
  ])('is cut to the lines %j', async (range, expected) => {
    expect(await through(new LineRangeFilter(range), text, chunkSize)).toBe(expected);
  });

  it('tells once when the last wanted line has passed', async () => {
    let told = 0;
    await through(new LineRangeFilter({ offset: 1, limit: 2 }, () => (told += 1)), text, chunkSize);
    expect(told).toBe(1);
  });

  it.each([
    ['aaaa', 'aa', 'b', 'bb', 2],
    ['aaa', 'aa', 'b', 'ba', 1],
    ['x.y x.y', 'x.y', '$&', '$& $&', 2],
    ['grüße', 'ü', 'ue', 'grueße', 1],
    ['ababc', 'abc', '', 'ab', 1],
    ['none', 'absent', 'x', 'none', 0],
  ])('has in %j every %j replaced by %j', async (before, old, replacement, after, count) => {
    const filter = new LiteralReplacement(Buffer.from(old), Buffer.from(replacement));
    expect(await through(filter, before, chunkSize)).toBe(after);
    expect(filter.count).toBe(count);
  });

  it('is cut to a range of bytes and left when that has come', async () => {
    let taken = 0;
    function* chunks() {
      for (; taken < 100; taken += chunkSize) yield Buffer.alloc(chunkSize, taken);
    }
    const found = [];
    for await (const chunk of bytesInRange(Readable.from(chunks()), { start: 3, length: 4 }))
      found.push(chunk);
    expect(Buffer.concat(found)).toHaveLength(4);
    expect(taken).toBeLessThanOrEqual(Math.max(chunkSize, 24));
  });
});

describe('what waits for a slow reader', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'opensandbox-spool-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('is taken from its source at once, kept in a file, and given back in order', async () => {
    const spool = new SpoolFolder(join(folder, 'spool'));
    const chunks = Array.from({ length: 40 }, (_, index) => Buffer.alloc(2 ** 20, index));
    let ended = false;
    async function* source() {
      for (const chunk of chunks) yield await Promise.resolve(chunk);
      ended = true;
    }
    const buffer = new OverflowBuffer(source(), () => undefined, spool);
    await expect.poll(() => ended).toBe(true);
    expect(await readdir(join(folder, 'spool'))).toHaveLength(1);
    const given = Buffer.concat(await buffer.toArray());
    expect(given.equals(Buffer.concat(chunks))).toBe(true);
    await expect.poll(() => readdir(join(folder, 'spool'))).toEqual([]);
  });

  it('leaves no file when the reader goes, and closes its source', async () => {
    const spool = new SpoolFolder(join(folder, 'spool'));
    let closed = false;
    const source = Readable.from(Array.from({ length: 20 }, () => Buffer.alloc(2 ** 20)));
    const buffer = new OverflowBuffer(source, () => (closed = true), spool);
    await expect.poll(() => readdir(join(folder, 'spool')).catch(() => [])).toHaveLength(1);
    buffer.destroy();
    await expect.poll(() => readdir(join(folder, 'spool'))).toEqual([]);
    expect(closed).toBe(true);
  });

  it('fails when its source does', async () => {
    async function* source() {
      yield await Promise.resolve(Buffer.from('begun'));
      throw new Error('broke off');
    }
    const buffer = new OverflowBuffer(source(), () => undefined, new SpoolFolder(join(folder, 'spool')));
    await expect(buffer.toArray()).rejects.toThrow('broke off');
  });

  it('is collected in memory while small, and what a crash left goes at the first use', async () => {
    const spool = new SpoolFolder(join(folder, 'spool'));
    const small = await spool.collect([Buffer.from('small')]);
    expect([small.size, small.bytes?.toString()]).toEqual([5, 'small']);
    const { handle } = await new SpoolFolder(join(folder, 'spool')).create();
    await handle.close();
    const large = await spool.collect(Array.from({ length: 3 }, () => Buffer.alloc(2 ** 20, 'x')));
    expect([large.size, large.bytes]).toEqual([3 * 2 ** 20, undefined]);
    expect(await readdir(join(folder, 'spool'))).toHaveLength(1);
    expect(Buffer.concat(await large.read().toArray())).toHaveLength(3 * 2 ** 20);
    await large.remove();
    expect(await readdir(join(folder, 'spool'))).toEqual([]);
  });

  it.each([0, 1, 512, 2 ** 20, 5 * 2 ** 20 + 7])(
    'is written as a tar of %i bytes, however slowly it is taken',
    async (size) => {
      const spool = new SpoolFolder(join(folder, 'spool'));
      const content = Buffer.alloc(size, 'every piece is different: 0123456789.');
      const spooled = await spool.collect([content]);
      const name = `${'deep/'.repeat(40)}größe`;
      const slow = new PassThrough({ highWaterMark: 10 * 2 ** 20, transform: takeLater });
      const tar = new SpooledTar({ name, mode: 0o640, uid: 7, gid: 8 }, spooled);
      tar.once('error', (error: Error) => slow.destroy(error));
      const found: unknown[] = [];
      await eachEntry(tar.pipe(slow), async (entry) => {
        const bytes = await collectBytes(entry);
        const { header } = entry;
        found.push([header.name, header.mode, header.uid, header.gid, bytes.equals(content)]);
      });
      expect(found).toEqual([[name, 0o640, 7, 8, true]]);
      await spooled.remove();
    },
  );

  it('is let go of when what takes its tar fails', async () => {
    const spool = new SpoolFolder(join(folder, 'spool'));
    const spooled = await spool.collect([Buffer.alloc(3 * 2 ** 20)]);
    const broken = new Writable({ write: (_chunk, _encoding, done) => done(new Error('hung up')) });
    broken.on('error', () => undefined);
    const tar = new SpooledTar({ name: 'file' }, spooled);
    const failed = once(tar, 'error') as Promise<[Error]>;
    tar.pipe(broken);
    expect((await failed)[0].message).toBe('hung up');
    await spooled.remove();
    expect(await readdir(join(folder, 'spool'))).toEqual([]);
  });
});

/** Copies a piece only after other work had its turn, by when a piece that was used again too early is another. */
function takeLater(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
  setImmediate(() => setImmediate(() => done(null, Buffer.from(chunk))));
}

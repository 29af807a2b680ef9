import { createHash, randomBytes } from 'node:crypto';
import type { Sandbox } from '@alibaba-group/opensandbox';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { failure, kinds, OfficialSdk } from './official-sdk';

const MIB = 2 ** 20;
const all = await kinds();
let sdk: OfficialSdk;
beforeAll(async () => {
  sdk = await OfficialSdk.start();
});
afterAll(() => sdk.stop());

describe.each(all)('files in $name', (kind) => {
  let sandbox: Sandbox;
  beforeAll(async () => {
    sandbox = await sdk.createOf(kind);
  });
  afterAll(() => sandbox.kill());
  const files = () => sandbox.files;

  it('are written, many at once, and read back as text and bytes', async () => {
    const bytes = randomBytes(70_000);
    await files().writeFiles([
      { path: '/w/text.txt', data: 'grüße 🚀\nline two\n' },
      { path: '/w/deep/er/bytes.bin', data: bytes, mode: 600 },
      { path: '/w/empty', data: '' },
      { path: '/w/blob', data: new Blob(['blob']) },
    ]);
    expect(await files().readFile('/w/text.txt')).toBe('grüße 🚀\nline two\n');
    expect(Buffer.from(await files().readBytes('/w/deep/er/bytes.bin')).equals(bytes)).toBe(true);
    expect(await files().readFile('/w/empty')).toBe('');
    expect(await files().readFile('/w/blob')).toBe('blob');
    // Written again it is shorter, and keeps its mode.
    await files().writeFiles([{ path: '/w/deep/er/bytes.bin', data: 'short' }]);
    expect(await files().readFile('/w/deep/er/bytes.bin')).toBe('short');
    expect((await files().getFileInfo(['/w/deep/er/bytes.bin']))['/w/deep/er/bytes.bin']?.mode).toBe(600);
  });

  it('tell everything about themselves', async () => {
    const before = Date.now();
    await files().writeFiles([{ path: '/i/file', data: '12345', mode: 640 }]);
    const info = (await files().getFileInfo(['/i/file', '/i']))['/i/file'];
    expect(info).toMatchObject({ path: '/i/file', type: 'file', size: 5, mode: 640 });
    expect(['root', '0']).toContain(info?.owner);
    expect(['root', '0']).toContain(info?.group);
    for (const time of [info?.modifiedAt, info?.createdAt]) {
      expect(Math.abs((time?.getTime() ?? 0) - before)).toBeLessThan(10_000);
    }
    expect(Math.abs((info?.createdAt?.getTime() ?? 0) - (info?.modifiedAt?.getTime() ?? 0))).toBeLessThan(
      2_000,
    );
    const missing = await failure(files().getFileInfo(['/i/file', '/i/none']));
    expect(missing).toMatchObject({ statusCode: 404, error: { code: 'FILE_NOT_FOUND' } });
    expect(await files().getFileInfo([])).toEqual({});
  });

  it('are read in ranges of bytes and of lines', async () => {
    await files().writeFiles([{ path: '/r/lines', data: 'one\ntwo\r\nthree\nfour\n' }]);
    expect(await files().readFile('/r/lines', { range: 'bytes=4-6' })).toBe('two');
    expect(await files().readFile('/r/lines', { range: 'bytes=-5' })).toBe('four\n');
    expect(await files().readFile('/r/lines', { offset: 2, limit: 2 })).toBe('two\nthree');
    expect(await files().readFile('/r/lines', { offset: 4 })).toBe('four');
    expect(await files().readFile('/r/lines', { limit: 1 })).toBe('one');
    expect((await failure(files().readFile('/r/lines', { range: 'bytes=900-' }))).statusCode).toBe(416);
    expect((await failure(files().readFile('/r/none'))).statusCode).toBe(404);
  });

  it('stream in and out, larger than any buffer', async () => {
    const chunk = randomBytes(MIB);
    const written = createHash('sha256');
    async function* source(): AsyncGenerator<Uint8Array> {
      for (let sent = 0; sent < 40; sent += 1) {
        written.update(chunk);
        yield await Promise.resolve(chunk);
      }
    }
    await files().writeFiles([{ path: '/s/large', data: source() }]);
    const read = createHash('sha256');
    let bytes = 0;
    for await (const piece of files().readBytesStream('/s/large')) {
      read.update(piece);
      bytes += piece.length;
    }
    expect(bytes).toBe(40 * MIB);
    expect(read.digest('hex')).toBe(written.digest('hex'));
  });

  it('are moved, replaced in, and given other permissions', async () => {
    await files().writeFiles([{ path: '/m/a', data: 'x.y x.y z' }]);
    await files().moveFiles([{ src: '/m/a', dest: '/m/new/place/b' }]);
    expect((await failure(files().getFileInfo(['/m/a']))).statusCode).toBe(404);
    const replaced = await files().replaceContentsDetailed([
      { path: '/m/new/place/b', oldContent: 'x.y', newContent: '$&' },
    ]);
    expect(replaced).toEqual([{ path: '/m/new/place/b', replacedCount: 2 }]);
    expect(await files().readFile('/m/new/place/b')).toBe('$& $& z');
    const none = [{ path: '/m/new/place/b', oldContent: 'absent', newContent: '' }];
    expect(await files().replaceContentsDetailed(none)).toMatchObject([{ replacedCount: 0 }]);
    await files().replaceContents([{ path: '/m/new/place/b', oldContent: 'z', newContent: 'Z' }]);
    await files().setPermissions([{ path: '/m/new/place/b', mode: 400 }]);
    expect((await files().getFileInfo(['/m/new/place/b']))['/m/new/place/b']?.mode).toBe(400);
    expect((await failure(files().moveFiles([{ src: '/m/none', dest: '/m/x' }]))).error.code).toBe(
      'FILE_NOT_FOUND',
    );
    expect(
      (await failure(files().setPermissions([{ path: '/m/none', mode: 400 }]))).statusCode,
    ).toBeGreaterThanOrEqual(400);
  });

  it('are found by pattern, and listed to a depth', async () => {
    await files().writeFiles([
      { path: '/f/one.txt', data: '1' },
      { path: '/f/sub/two.txt', data: '2' },
      { path: '/f/sub/three.md', data: '3' },
    ]);
    const paths = (found: { path: string }[]) => found.map(({ path }) => path).sort();
    expect(paths(await files().search({ path: '/f', pattern: '*.txt' }))).toEqual([
      '/f/one.txt',
      '/f/sub/two.txt',
    ]);
    expect(paths(await files().search({ path: '/f', pattern: 't*.{txt,md}' }))).toEqual([
      '/f/sub/three.md',
      '/f/sub/two.txt',
    ]);
    expect(await files().search({ path: '/f', pattern: 'nothing' })).toEqual([]);
    expect(paths(await files().listDirectory({ path: '/f' }))).toEqual(['/f/one.txt', '/f/sub']);
    expect(await files().listDirectory({ path: '/f', depth: 2 })).toHaveLength(4);
    expect((await failure(files().listDirectory({ path: '/f/none' }))).statusCode).toBe(404);
    expect((await failure(files().listDirectory({ path: '/f/one.txt' }))).statusCode).toBe(400);
  });

  it('live in directories that are made with their mode and removed with what is in them', async () => {
    await files().createDirectories([{ path: '/d/one/two', mode: 750 }, { path: '/d/plain' }]);
    const info = await files().getFileInfo(['/d/one/two', '/d/plain']);
    expect(info['/d/one/two']).toMatchObject({ type: 'directory', mode: 750 });
    expect(info['/d/plain']).toMatchObject({ type: 'directory', mode: 755 });
    await files().writeFiles([{ path: '/d/one/two/file', data: 'x' }]);
    expect((await failure(files().deleteFiles(['/d/one']))).statusCode).toBe(500);
    await files().deleteFiles(['/d/one/two/file', '/d/never-was']);
    await files().deleteDirectories(['/d', '/never-was']);
    expect((await failure(files().getFileInfo(['/d']))).statusCode).toBe(404);
  });

  it('are refused while the sandbox is paused', async () => {
    await sandbox.pause();
    expect((await failure(files().readFile('/w/text.txt'))).statusCode).toBe(503);
    expect((await failure(files().writeFiles([{ path: '/w/x', data: 'x' }]))).statusCode).toBe(503);
    const resumed = await sandbox.resume();
    expect(await resumed.files.readFile('/w/text.txt')).toContain('line two');
  });
});

describe('files and commands', () => {
  it('see the same at once', async () => {
    const sandbox = await sdk.create();
    await sandbox.files.writeFiles([{ path: '/tmp/from-sdk', data: 'hello\n', mode: 755 }]);
    const run = await sandbox.commands.run('cat /tmp/from-sdk; echo answer > /tmp/from-shell');
    expect(run.logs.stdout[0]?.text).toBe('hello');
    expect(await sandbox.files.readFile('/tmp/from-shell')).toBe('answer\n');
    await sandbox.kill();
  });
});

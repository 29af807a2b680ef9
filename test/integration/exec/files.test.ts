import { randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SCRATCH_ENTRYPOINT, SCRATCH_IMAGE } from '../../support/docker';
import { ExecdClient } from '../../support/execd-client';
import { execWays } from '../../support/exec-ways';
import { createTestBackend, TEST_API_KEY, type TestBackend } from '../../support/test-backend';
import { waitFor } from '../../support/wait-for';

const MIB = 2 ** 20;
const ways = await execWays();
const all = [
  ...ways.map((way) => ({ ...way, hasShell: true })),
  { name: `archives in ${SCRATCH_IMAGE}`, mode: 'warm' as const, image: SCRATCH_IMAGE, hasShell: false },
];

interface Info {
  path: string;
  type: string;
  size: number;
  mode: number;
  owner: string;
  group: string;
  modified_at: string;
  created_at: string;
}

describe.each(all)('files, $name', ({ mode, image, hasShell }) => {
  let test: TestBackend;
  let execd: ExecdClient;
  let sandboxId: string;

  beforeAll(async () => {
    test = await createTestBackend({ environment: { ...process.env, OPENSANDBOX_EXEC: mode } });
    const sandbox = await test.createSandbox({
      image: { uri: image },
      ...(hasShell ? {} : { entrypoint: SCRATCH_ENTRYPOINT }),
      env: { PLACE: '/place', HOME: '/home-of-env' },
      resourceLimits: { cpu: '1', memory: '512Mi' },
    });
    sandboxId = sandbox.id;
    execd = await ExecdClient.of(test, sandboxId);
  });
  afterAll(() => test.dispose());

  const code = async (response: Response) => {
    const { code: word } = (await response.json()) as { code: string };
    return `${response.status} ${word}`;
  };
  const query = (values: Record<string, string | string[]>) =>
    new URLSearchParams(
      Object.entries(values).flatMap(([key, value]) =>
        [value].flat().map((each): [string, string] => [key, each]),
      ),
    ).toString();
  const upload = (...parts: [string, string | Buffer][]) => {
    const form = new FormData();
    for (const [name, content] of parts) {
      const bytes = typeof content === 'string' ? Buffer.from(content) : content;
      form.append(name, new Blob([new Uint8Array(bytes)]), 'ignored-name');
    }
    return fetch(`${execd.base}/files/upload`, {
      method: 'POST',
      headers: { 'OPEN-SANDBOX-API-KEY': TEST_API_KEY },
      body: form,
    });
  };
  const write = async (path: string, content: string | Buffer, more: object = {}) => {
    const response = await upload(['metadata', JSON.stringify({ path, ...more })], ['file', content]);
    expect(`${response.status} ${await response.text()}`).toBe('200 ');
    expect(response.headers.get('content-length')).toBe('0');
  };
  const read = async (path: string, headers: Record<string, string> = {}, more = {}) =>
    fetch(`${execd.base}/files/download?${query({ path, ...more })}`, {
      headers: { 'OPEN-SANDBOX-API-KEY': TEST_API_KEY, ...headers },
    });
  const textOf = async (path: string) => (await read(path)).text();
  const info = async (path: string): Promise<Info> => {
    const response = await execd.fetch('GET', `/files/info?${query({ path })}`);
    const found = ((await response.json()) as Record<string, Info>)[path];
    if (found === undefined) throw new Error(`no info of ${path}: ${response.status}`);
    return found;
  };
  const list = async (path: string, depth?: number) => {
    const more = depth === undefined ? {} : { depth: String(depth) };
    const response = await execd.fetch('GET', `/directories/list?${query({ path, ...more })}`);
    return (await response.json()) as Info[];
  };

  it('reads ~, variables and relative places against the sandbox', async () => {
    await write('~/a', 'home');
    await write('$PLACE/b', 'place');
    await write('${PLACE}/../up//c', 'up');
    await write('relative/d', 'root');
    expect(await textOf('/home-of-env/a')).toBe('home');
    expect(await textOf('/place/b')).toBe('place');
    expect(await textOf('/up/c')).toBe('up');
    expect(await textOf('/relative/d')).toBe('root');
    expect(await code(await read('$NOT_SET/x'))).toBe('400 INVALID_REQUEST_BODY');
    expect(await code(await read(''))).toBe('400 INVALID_REQUEST_BODY');
    const asked = await execd.fetch('GET', `/files/info?${query({ path: ['~/a', '/place/b'] })}`);
    const both = (await asked.json()) as Record<string, Info>;
    expect(both['~/a']?.path).toBe('/home-of-env/a');
    expect(Object.keys(both)).toEqual(['~/a', '/place/b']);
  });

  it('tells every key of a path, with numbers where nobody has a name', async () => {
    await write('/i/file', 'x'.repeat(11));
    expect(await info('/i/file')).toMatchObject({ path: '/i/file', type: 'file', size: 11, mode: 755 });
    const made = await info('/i/file');
    expect(Math.abs(Date.parse(made.created_at) - Date.parse(made.modified_at))).toBeLessThan(2_000);
    expect(made.modified_at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
    expect((await info('/i')).type).toBe('directory');
    const changed = await execd.fetch('POST', '/files/permissions', {
      '/i/file': { mode: 640, owner: '12345', group: '54321' },
    });
    expect(changed.status).toBe(200);
    expect(await info('/i/file')).toMatchObject({ mode: 640, owner: '12345', group: '54321' });
    expect(await textOf('/i/file')).toBe('x'.repeat(11));
    const unknown = await execd.fetch('POST', '/files/permissions', { '/i/file': { owner: 'nobody-here' } });
    expect(unknown.status).toBe(500);
    const odd = await execd.fetch('POST', '/files/permissions', { '/i/file': { mode: 689 } });
    expect(await code(odd)).toBe('400 INVALID_REQUEST_BODY');
    const missing = await execd.fetch('GET', `/files/info?${query({ path: ['/i/file', '/i/none'] })}`);
    expect(await code(missing)).toBe('404 FILE_NOT_FOUND');
    expect(await (await execd.fetch('GET', '/files/info')).json()).toEqual({});
  });

  it('keeps what an existing file is, unless told otherwise', async () => {
    await write('/keep/file', 'long content', { mode: 600 });
    await write('/keep/file', 'short', { mode: null, owner: null, group: '' });
    expect(await info('/keep/file')).toMatchObject({ mode: 600, size: 5 });
    await write('/keep/file', '', { mode: 4 });
    expect(await info('/keep/file')).toMatchObject({ mode: 4, size: 0 });
  });

  it.runIf(hasShell)('tells of a write that found no space', async () => {
    const response = await upload(['metadata', JSON.stringify({ path: '/dev/full' })], ['file', 'content']);
    expect(response.status).toBe(500);
    expect(await response.json()).toMatchObject({
      message: expect.stringMatching(/write error.*space/) as string,
    });
  });

  it('takes many pairs at once, in any bytes, and says what is missing', async () => {
    const bytes = randomBytes(300_000);
    const done = await upload(
      ['metadata', '{"path":"/many/1"}'],
      ['file', bytes],
      ['metadata', '{"path":"/many/it\'s \\n odd %"}'],
      ['file', ''],
    );
    expect(done.status).toBe(200);
    expect(Buffer.from(await (await read('/many/1')).arrayBuffer()).equals(bytes)).toBe(true);
    expect(await textOf("/many/it's \n odd %")).toBe('');
    expect((await list('/many')).map(({ path }) => path)).toEqual(['/many/1', "/many/it's \n odd %"]);
    expect(await code(await upload(['file', 'x']))).toBe('400 INVALID_FILE_METADATA');
    expect(await code(await upload(['metadata', '{"path":"/x"}']))).toBe('400 INVALID_FILE_CONTENT');
    expect(await code(await upload(['metadata', '{"nopath":1}'], ['file', 'x']))).toBe(
      '400 INVALID_FILE_METADATA',
    );
    const unequal = await upload(
      ['metadata', '{"path":"/many/2"}'],
      ['file', 'x'],
      ['metadata', '{"path":"/y"}'],
    );
    expect(await code(unequal)).toBe('400 INVALID_FILE');
  });

  it('sends bytes by range and lines by number', async () => {
    await write('/parts/grüße "1".txt', 'one\ntwo\r\n\nfour');
    const path = '/parts/grüße "1".txt';
    const whole = await read(path);
    expect(whole.headers.get('content-type')).toBe('application/octet-stream');
    expect(whole.headers.get('content-length')).toBe('14');
    expect(whole.headers.get('content-disposition')).toBe(
      `attachment; filename="gr__e \\"1\\".txt"; filename*=UTF-8''gr%C3%BC%C3%9Fe%20%221%22.txt`,
    );
    const ranges: [string, string, string][] = [
      ['bytes=0-2', 'one', 'bytes 0-2/14'],
      ['bytes=10-', 'four', 'bytes 10-13/14'],
      ['bytes=-4', 'four', 'bytes 10-13/14'],
      ['bytes=10-900', 'four', 'bytes 10-13/14'],
      ['bytes=0-0,4-5', 'o', 'bytes 0-0/14'],
    ];
    for (const [range, text, told] of ranges) {
      const part = await read(path, { Range: range });
      expect([part.status, await part.text(), part.headers.get('content-range')]).toEqual([206, text, told]);
    }
    for (const range of ['bytes=14-', 'bytes=5-2', 'lines=1-2', 'bytes=-']) {
      const refused = await read(path, { Range: range });
      expect(refused.status).toBe(416);
      expect(refused.headers.get('content-range')).toBe('bytes */14');
    }
    const lines = async (more: object) => (await read(path, {}, more)).text();
    expect(await lines({ offset: '2', limit: '2' })).toBe('two\n');
    expect(await lines({ offset: '4' })).toBe('four');
    expect(await lines({ limit: '1' })).toBe('one');
    expect(await lines({ offset: '9' })).toBe('');
    expect(await code(await read(path, {}, { offset: '0' }))).toBe('400 INVALID_REQUEST_BODY');
    expect(await code(await read(path, { Range: 'bytes=0-1' }, { limit: '1' }))).toBe(
      '400 INVALID_REQUEST_BODY',
    );
    expect(await code(await read('/parts'))).toBe('400 INVALID_REQUEST_BODY');
    expect(await code(await read('/parts/none'))).toBe('404 FILE_NOT_FOUND');
  });

  it('carries large files whole and in part', async () => {
    const bytes = randomBytes(6 * MIB + 17);
    const kept = { mode: 640, owner: '1234', group: '5678' };
    await write('/large/file', bytes, kept);
    expect(await info('/large/file')).toMatchObject({ size: bytes.length, ...kept });
    expect(Buffer.from(await (await read('/large/file')).arrayBuffer()).equals(bytes)).toBe(true);
    const part = await read('/large/file', { Range: 'bytes=3000001-3200000' });
    expect(Buffer.from(await part.arrayBuffer()).equals(bytes.subarray(3_000_001, 3_200_001))).toBe(true);
    const last = await read('/large/file', { Range: 'bytes=-5' });
    expect(Buffer.from(await last.arrayBuffer()).equals(bytes.subarray(-5))).toBe(true);
    for (const size of [5 * MIB, 100_000]) {
      await write('/large/file', bytes.subarray(0, size));
      expect(await info('/large/file')).toMatchObject({ size, ...kept });
    }
  });

  it('changes nothing when an upload breaks off, and keeps nothing of it', async () => {
    await write('/broken/file', 'as it was');
    const { port, pathname } = new URL(`${execd.base}/files/upload`);
    const sending = request({
      port,
      path: pathname,
      method: 'POST',
      headers: {
        'OPEN-SANDBOX-API-KEY': TEST_API_KEY,
        'Content-Type': 'multipart/form-data; boundary=b',
      },
    });
    sending.once('error', () => undefined);
    const part = (name: string) =>
      `--b\r\nContent-Disposition: form-data; name="${name}"; filename="x"\r\n\r\n`;
    sending.write(`${part('metadata')}{"path":"/broken/file"}\r\n${part('file')}`);
    sending.write(randomBytes(3 * MIB));
    const spool = join(test.dataDir, 'spool');
    const spooled = () => readdir(spool).catch(() => [] as string[]);
    await waitFor('the upload to arrive', async () => ((await spooled()).length > 0 ? true : undefined));
    sending.destroy();
    await waitFor('the upload to be dropped', async () =>
      (await spooled()).length === 0 ? true : undefined,
    );
    expect(await textOf('/broken/file')).toBe('as it was');
  });

  it('refuses a body that is no multipart one or has no end, and changes nothing', async () => {
    await write('/broken/file', 'as it was');
    const part = (name: string) =>
      `--b\r\nContent-Disposition: form-data; name="${name}"; filename="x"\r\n\r\n`;
    const cut = `${part('metadata')}{"path":"/broken/file"}\r\n${part('file')}cut`;
    for (const [type, body] of [
      ['multipart/form-data', cut],
      ['multipart/form-data; boundary=b', 'neither parts nor an end'],
      ['multipart/form-data; boundary=b', part('metadata')],
      ['multipart/form-data; boundary=b', cut],
    ] as const) {
      const headers = { 'OPEN-SANDBOX-API-KEY': TEST_API_KEY, 'Content-Type': type };
      const answer = await fetch(`${execd.base}/files/upload`, { method: 'POST', headers, body });
      expect(await code(answer)).toBe('400 INVALID_REQUEST_BODY');
    }
    expect(await textOf('/broken/file')).toBe('as it was');
    expect(await readdir(join(test.dataDir, 'spool')).catch(() => [])).toEqual([]);
  });

  it('moves files and directories, never onto something', async () => {
    await write('/mv/from/deep/file', 'moved', { mode: 700 });
    const move = (src: string, dest: string) => execd.fetch('POST', '/files/mv', [{ src, dest }]);
    expect((await move('/mv/from', '/mv/new/parent/to')).status).toBe(200);
    expect(await textOf('/mv/new/parent/to/deep/file')).toBe('moved');
    expect(await info('/mv/new/parent/to/deep/file')).toMatchObject({ mode: 700 });
    expect(await code(await move('/mv/from', '/mv/again'))).toBe('404 FILE_NOT_FOUND');
    await write('/mv/taken', 'stays');
    expect((await move('/mv/new/parent/to/deep/file', '/mv/taken')).status).toBe(500);
    expect(await textOf('/mv/taken')).toBe('stays');
  });

  it('replaces text and counts', async () => {
    await write('/re/small', 'a.b a.b', { mode: 600 });
    await write('/re/large', `${'0123456789'.repeat(60_000)}needle${'x'.repeat(200_000)}needle`);
    const body = { '/re/small': { old: 'a.b', new: '$1\n' }, '/re/large': { old: 'needle', new: '' } };
    const told = await execd.fetch('POST', '/files/replace?verbose=true', body);
    expect(await told.json()).toEqual({
      '/re/small': { replacedCount: 2 },
      '/re/large': { replacedCount: 2 },
    });
    expect(await textOf('/re/small')).toBe('$1\n $1\n');
    expect(await info('/re/small')).toMatchObject({ mode: 600 });
    expect(await info('/re/large')).toMatchObject({ size: 800_000 });
    const quiet = await execd.fetch('POST', '/files/replace', { '/re/small': { old: 'none', new: '' } });
    expect([quiet.status, await quiet.text()]).toEqual([200, '']);
    const replace = (path: string, old: string) =>
      execd.fetch('POST', '/files/replace', { [path]: { old, new: 'x' } });
    expect(await code(await replace('/re/small', ''))).toBe('400 INVALID_REQUEST_BODY');
    expect(await code(await replace('/re/none', 'a'))).toBe('404 FILE_NOT_FOUND');
  });

  it('finds by base name, files only', async () => {
    for (const path of ['/s/a.txt', '/s/x/b.md', '/s/x/.hidden', '/s/x/y/c.txt']) await write(path, path);
    const search = async (more: object) => {
      const response = await execd.fetch('GET', `/files/search?${query({ path: '/s', ...more })}`);
      return ((await response.json()) as Info[]).map(({ path }) => path);
    };
    expect(await search({})).toEqual(['/s/a.txt', '/s/x/.hidden', '/s/x/b.md', '/s/x/y/c.txt']);
    expect(await search({ pattern: '*.{txt,md}' })).toEqual(['/s/a.txt', '/s/x/b.md', '/s/x/y/c.txt']);
    expect(await search({ pattern: '[a-b].*' })).toEqual(['/s/a.txt', '/s/x/b.md']);
    expect(await search({ pattern: 'x' })).toEqual([]);
    const none = await execd.fetch('GET', `/files/search?${query({ path: '/s/none' })}`);
    expect(await code(none)).toBe('404 FILE_NOT_FOUND');
    const open = await execd.fetch('GET', `/files/search?${query({ path: '/s', pattern: '[a' })}`);
    expect(await code(open)).toBe('400 INVALID_REQUEST_BODY');
  });

  it('lists to a depth, parents first', async () => {
    for (const path of ['/l/b/file', '/l/a/deep/file', '/l/a-z']) await write(path, '');
    expect((await list('/l')).map(({ path }) => path)).toEqual(['/l/a', '/l/a-z', '/l/b']);
    expect((await list('/l', 2)).map(({ path }) => path)).toEqual([
      '/l/a',
      '/l/a/deep',
      '/l/a-z',
      '/l/b',
      '/l/b/file',
    ]);
    expect(await list('/l', 0)).toEqual([]);
    expect(await list('/l', Number.MAX_SAFE_INTEGER)).toHaveLength(6);
    expect((await list('/')).map(({ path }) => path)).toContain('/l');
    const refused = async (path: string) =>
      code(await execd.fetch('GET', `/directories/list?${query({ path })}`));
    expect(await refused('/l/a-z')).toBe('400 INVALID_REQUEST_BODY');
    expect(await refused('/l/none')).toBe('404 FILE_NOT_FOUND');
  });

  it('makes directories with an exact mode, and removes what is asked for', async () => {
    const make = (body: object) => execd.fetch('POST', '/directories', body);
    expect((await make({ '/d/one/two': { mode: 777 }, '/d/plain': { mode: 0 } })).status).toBe(200);
    expect((await info('/d/one/two')).mode).toBe(777);
    expect((await info('/d/plain')).mode).toBe(755);
    expect((await make({ '/d/one/two': { mode: 700 } })).status).toBe(200);
    expect((await info('/d/one/two')).mode).toBe(777);
    await write('/d/one/two/file', 'x');
    expect((await make({ '/d/one/two/file': { mode: 755 } })).status).toBe(500);
    const remove = (kind: string, path: string[]) => execd.fetch('DELETE', `/${kind}?${query({ path })}`);
    expect((await remove('files', ['/d/one'])).status).toBe(500);
    expect((await remove('files', ['/d/one/two/file', '/d/none'])).status).toBe(200);
    expect((await remove('directories', ['/d', '/none'])).status).toBe(200);
    expect(await code(await execd.fetch('GET', `/files/info?${query({ path: '/d' })}`))).toBe(
      '404 FILE_NOT_FOUND',
    );
  });

  it('leaves nothing of ours in the filesystem', async () => {
    const sandbox = await test.createSandbox({
      image: { uri: image },
      ...(hasShell ? {} : { entrypoint: SCRATCH_ENTRYPOINT }),
    });
    const other = await ExecdClient.of(test, sandbox.id);
    const form = new FormData();
    form.append('metadata', new Blob(['{"path":"/only"}']), 'm');
    form.append('file', new Blob([new Uint8Array(randomBytes(5 * MIB))]), 'f');
    const headers = { 'OPEN-SANDBOX-API-KEY': TEST_API_KEY };
    await fetch(`${other.base}/files/upload`, { method: 'POST', headers, body: form });
    await (await fetch(`${other.base}/files/download?path=/only`, { headers })).arrayBuffer();
    await other.fetch('POST', '/files/mv', [{ src: '/only', dest: '/moved' }]);
    const changes = (await test.docker.getContainer(test.containerOf(sandbox.id)).changes()) as {
      Path: string;
    }[];
    expect(changes.map((change) => change.Path)).toEqual(['/moved']);
  });

  it.runIf(hasShell)('reach what is mounted, and do not follow symlinks that are asked about', async () => {
    const bytes = randomBytes(5 * MIB);
    await write('/dev/shm/large', bytes);
    expect((await info('/dev/shm/large')).size).toBe(bytes.length);
    expect(Buffer.from(await (await read('/dev/shm/large')).arrayBuffer()).equals(bytes)).toBe(true);
    await write('/link/target', 'through');
    await execd.run('ln -s target /link/to; ln -s /link /link-to-directory; ln -s /nowhere /link/dangling');
    expect((await info('/link/to')).type).toBe('symlink');
    expect((await info('/link/dangling')).type).toBe('symlink');
    expect(await textOf('/link/to')).toBe('through');
    await write('/link/to', 'written');
    expect(await textOf('/link/target')).toBe('written');
    expect((await info('/link/to')).type).toBe('symlink');
    const listed = await execd.fetch('GET', `/directories/list?${query({ path: '/link-to-directory' })}`);
    expect(await code(listed)).toBe('400 INVALID_REQUEST_BODY');
    expect((await execd.fetch('DELETE', `/files?${query({ path: '/link-to-directory' })}`)).status).toBe(200);
    expect(await textOf('/link/target')).toBe('written');
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LiveFile, LiveFolder, WrittenFile } from '../../../src-main/http/schemas/live-files';
import type { Metrics } from '../../../src-main/http/schemas/metrics';
import { execIn, SCRATCH_ENTRYPOINT, SCRATCH_IMAGE } from '../../support/docker';
import { createTestBackend, TEST_API_KEY, type TestBackend } from '../../support/test-backend';

let test: TestBackend;
let withShell: string;
let withoutShell: string;
beforeAll(async () => {
  test = await createTestBackend();
  await test.backend.listen(0);
  withShell = (await test.createSandbox()).id;
  const scratch = { image: { uri: SCRATCH_IMAGE }, entrypoint: SCRATCH_ENTRYPOINT };
  withoutShell = (await test.createSandbox(scratch)).id;
});
afterAll(() => test.dispose());

function at(id: string, path: string, place = ''): string {
  return `/v1/desktop/sandboxes/${id}/live-files${place}?path=${encodeURIComponent(path)}`;
}

function raw(method: 'GET' | 'PUT', url: string, headers: Record<string, string> = {}, payload?: string) {
  return test.backend.http.inject({
    method,
    url,
    headers: {
      'open-sandbox-api-key': TEST_API_KEY,
      host: 'localhost:8080',
      ...(payload === undefined ? {} : { 'content-type': 'application/octet-stream' }),
      ...headers,
    },
    ...(payload === undefined ? {} : { payload }),
  });
}

const write = (id: string, path: string, content: string, headers?: Record<string, string>) =>
  raw('PUT', at(id, path, '/content'), headers, content);

describe.each([
  ['with a shell', () => withShell],
  ['without one', () => withoutShell],
])('files of a running sandbox %s', (_kind, sandbox) => {
  it('are written, listed, read, moved and deleted', async () => {
    const id = sandbox();
    const made = await write(id, '/w/notes.txt', 'first', { 'if-none-match': '*' });
    expect(made.statusCode).toBe(200);
    expect(made.json()).toMatchObject({ path: '/w/notes.txt', sizeBytes: 5 });
    const folder = await test.call<LiveFile>('POST', `/v1/desktop/sandboxes/${id}/live-files/folders`, {
      path: '/w/deep',
    });
    expect(folder).toMatchObject({ status: 201, body: { path: '/w/deep', kind: 'directory' } });
    const { body } = await test.call<LiveFolder>('GET', at(id, '/w'));
    expect(body.items).toMatchObject([
      { path: '/w/deep', kind: 'directory' },
      { path: '/w/notes.txt', kind: 'file', sizeBytes: 5, mode: 0o644 },
    ]);

    const move = (from: string, to: string) =>
      test.call('POST', `/v1/desktop/sandboxes/${id}/live-files/move`, { from, to });
    expect(await move('/w/notes.txt', '/w/deep')).toMatchObject({
      status: 409,
      body: { code: 'FILE_EXISTS' },
    });
    expect(await move('/w/notes.txt', '/w/deep/moved.txt')).toMatchObject({ status: 200 });
    expect(await move('/w/notes.txt', '/w/other')).toMatchObject({ status: 404 });
    expect((await raw('GET', at(id, '/w/deep/moved.txt', '/content'))).body).toBe('first');

    expect((await test.call('DELETE', at(id, '/w'))).status).toBe(204);
    expect((await test.call('DELETE', at(id, '/w'))).status).toBe(404);
    expect((await test.call('DELETE', at(id, '/'))).status).toBe(400);
  });

  it('are nowhere below a file', async () => {
    const id = sandbox();
    await write(id, '/n/file', 'content');
    expect((await raw('GET', at(id, '/n/file/below', '/content'))).statusCode).toBe(404);
    expect((await test.call('GET', at(id, '/n/file/below'))).status).toBe(404);
    expect((await test.call('DELETE', at(id, '/n/file/below'))).status).toBe(404);
  });

  it('are not written in the place of a folder', async () => {
    const id = sandbox();
    await write(id, '/d/folder/file', 'content');
    const refused = await write(id, '/d/folder', 'content');
    expect(refused.statusCode).toBe(400);
    expect(refused.json()).toMatchObject({ code: 'INVALID_REQUEST_BODY' });
  });

  it('are not overwritten when they changed since they were read', async () => {
    const id = sandbox();
    await write(id, '/e/page', 'one');
    const read = await raw('GET', at(id, '/e/page', '/content'));
    const revision = String(read.headers.etag);
    const second = await write(id, '/e/page', 'two', { 'if-match': revision });
    expect(second.statusCode).toBe(200);

    // Written by somebody else: the same length, and maybe the same second.
    const late = await write(id, '/e/page', 'mine', { 'if-match': revision });
    expect(late.statusCode).toBe(412);
    expect(late.json()).toMatchObject({ code: 'FILE_CHANGED' });
    const taken = await write(id, '/e/page', 'mine', { 'if-none-match': '*' });
    expect(taken.json()).toMatchObject({ code: 'FILE_EXISTS' });
    expect((await raw('GET', at(id, '/e/page', '/content'))).body).toBe('two');

    const third = await write(id, '/e/page', 'three', {
      'if-match': second.json<WrittenFile>().revision,
    });
    expect(third.statusCode).toBe(200);
    await test.call('DELETE', at(id, '/e/page'));
    const gone = await write(id, '/e/page', 'mine', { 'if-match': revision });
    expect(gone.json()).toMatchObject({ code: 'FILE_CHANGED' });
  });

  it('come whole and without a revision when they are large, and in parts', async () => {
    const id = sandbox();
    const content = '0123456789'.repeat(150_000);
    await write(id, '/large', content);
    const whole = await raw('GET', at(id, '/large', '/content'));
    expect(whole.body === content).toBe(true);
    expect(whole.headers.etag).toBeUndefined();
    const part = await raw('GET', at(id, '/large', '/content'), { range: 'bytes=5-8' });
    expect(part).toMatchObject({ statusCode: 206, body: '5678' });
  });
});

it('keeps the mode of a file that is written again, and of one behind a symlink', async () => {
  const container = test.containerOf(withShell);
  await execIn(test.docker, container, [
    'sh',
    '-c',
    'mkdir -p /m; echo a > /m/run; chmod 750 /m/run; ln -s run /m/way',
  ]);
  const read = await raw('GET', at(withShell, '/m/way', '/content'));
  await execIn(test.docker, container, ['sh', '-c', 'echo b > /m/run']);
  const late = await write(withShell, '/m/way', 'c', { 'if-match': String(read.headers.etag) });
  expect(late.statusCode).toBe(412);
  await write(withShell, '/m/way', 'c');
  const { body } = await test.call<LiveFolder>('GET', at(withShell, '/m'));
  expect(body.items).toMatchObject([
    { path: '/m/run', mode: 0o750, sizeBytes: 1 },
    { path: '/m/way', kind: 'symlink' },
  ]);
});

it('tells what a sandbox uses, and says why a paused or unknown one does not answer', async () => {
  const { id } = await test.createSandbox();
  const metrics = `/v1/desktop/sandboxes/${id}/metrics`;
  const { body } = await test.call<Metrics>('GET', metrics);
  expect(body.mem_total_mib).toBe(64);
  await test.call('POST', `/v1/sandboxes/${id}/pause`);
  for (const path of [metrics, `${metrics}/watch`, at(id, '/'), at(id, '/etc/passwd', '/content')]) {
    expect(await test.call('GET', path)).toMatchObject({
      status: 503,
      body: { code: 'DOCKER::SANDBOX_NOT_RUNNING' },
    });
  }
  expect((await test.call('GET', at('sbx_none', '/'))).status).toBe(404);
});

describe('a reader who leaves at any moment of the opening of a file', () => {
  // The engine keeps a container locked until what it answered with is read or given up.
  it.each(['files', 'live-files'])('leaves nothing behind that holds the sandbox: %s', async (place) => {
    const { id } = await test.createSandbox();
    await execIn(test.docker, test.containerOf(id), ['sh', '-c', 'head -c 20000000 /dev/zero > /large']);
    const url = `${test.backend.address}/v1/desktop/sandboxes/${id}/${place}/content?path=/large`;
    const headers = { 'open-sandbox-api-key': TEST_API_KEY };
    for (let afterMs = 1; afterMs <= 40; afterMs += 1) {
      const signal = AbortSignal.timeout(afterMs);
      await fetch(url, { headers, signal })
        .then((answer) => answer.arrayBuffer())
        .catch(() => undefined);
    }
    expect((await test.call('DELETE', `/v1/sandboxes/${id}`)).status).toBe(204);
  });
});

import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureNodeImage, NODE_IMAGE, servicesEntrypoint } from '../../support/node-image';
import {
  createTestBackend,
  TEST_API_KEY,
  type SandboxAnswer,
  type TestBackend,
} from '../../support/test-backend';
import { waitFor } from '../../support/wait-for';

interface Echo {
  method: string;
  url: string;
  rawHeaders: string[];
  body: string;
}

let test: TestBackend;
/** Reached by its address. */
let bridged: SandboxAnswer;
/** Without network: reached through the tunnel alone. */
let isolated: SandboxAnswer;
let port: number;
let token: Record<string, string>;

beforeAll(async () => {
  test = await createTestBackend();
  await ensureNodeImage(test.docker);
  const services = {
    image: { uri: NODE_IMAGE },
    entrypoint: await servicesEntrypoint(),
    resourceLimits: { memory: '256Mi' },
  };
  bridged = await test.createSandbox(services);
  isolated = await test.createSandbox({ ...services, networkPolicy: { defaultAction: 'deny' } });
  await test.backend.listen();
  port = Number(new URL(test.backend.address).port);
  token = await tokenOf(bridged.id);
  for (const each of [bridged, isolated]) await serving(each.id);
});
afterAll(() => test.dispose());

async function tokenOf(id: string): Promise<Record<string, string>> {
  const { body } = await test.call<{ headers: Record<string, string> }>(
    'GET',
    `/v1/sandboxes/${id}/endpoints/3000`,
  );
  return body.headers;
}

async function serving(id: string): Promise<void> {
  await waitFor('the server in the sandbox', async () => {
    const { status } = await fetch(url(id, 3000, '/hello'), { headers: await tokenOf(id) });
    return status === 200 ? true : undefined;
  });
}

function url(id: string, sandboxPort: number, target = ''): string {
  return `http://localhost:${port}/v1/sandboxes/${id}/proxy/${sandboxPort}${target}`;
}

/** As `fetch`, which would tidy the path, split nothing and decode the body. */
async function raw(
  method: string,
  path: string,
  options: { headers?: Record<string, string>; body?: Readable | string } = {},
): Promise<IncomingMessage & { content: string }> {
  const outgoing = httpRequest({
    port,
    host: 'localhost',
    method,
    path,
    headers: { ...token, ...options.headers },
  });
  if (options.body instanceof Readable) options.body.pipe(outgoing);
  else outgoing.end(options.body);
  const [answer] = (await once(outgoing, 'response')) as [IncomingMessage];
  return Object.assign(answer, { content: await text(answer) });
}

describe('proxied HTTP', () => {
  const path = (target: string) => `/v1/sandboxes/${bridged.id}/proxy/3000${target}`;

  it.each(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])(
    'passes %s with path, query and body',
    async (method) => {
      const chunked = await raw(method, path('/count'), {
        body: Readable.from(['in', ' pieces']),
        headers: { 'transfer-encoding': 'chunked' },
      });
      expect(chunked.content).toBe('9');
      const target = '/a%2Fb//c/%zz/../d/?q=1&q=%20two&empty=';
      const answer = await raw(method, path(target), {
        body: 'bytes',
        headers: { 'content-type': 'no/such;;type', 'content-length': '5' },
      });
      expect(answer.statusCode).toBe(207);
      expect(answer.statusMessage).toBe('Fine');
      const echo = JSON.parse(answer.content) as Echo;
      expect(echo).toMatchObject({ method, url: target, body: Buffer.from('bytes').toString('base64') });
    },
  );

  it('passes HEAD, and calls without a path as calls of the root', async () => {
    const head = await raw('HEAD', path('/hello'));
    expect(head.statusCode).toBe(200);
    expect(head.headers['content-length']).toBe('5');
    expect((JSON.parse((await raw('GET', path(''))).content) as Echo).url).toBe('/');
    expect((JSON.parse((await raw('GET', path('?x=1'))).content) as Echo).url).toBe('/?x=1');
    expect((JSON.parse((await raw('GET', path('/').replace('/v1', ''))).content) as Echo).url).toBe('/');
  });

  it('keeps credentials and headers of the connection to itself and says who asked', async () => {
    const answer = await raw('GET', path('/'), {
      headers: {
        'OPEN-SANDBOX-API-KEY': TEST_API_KEY,
        Authorization: 'Bearer x',
        Cookie: 'a=b',
        Connection: 'X-Private, keep-alive',
        'X-Private': 'secret',
        TE: 'trailers',
        'X-Kept': 'yes',
        'X-Request-ID': 'my-request',
      },
    });
    const echo = JSON.parse(answer.content) as Echo;
    const seen = new Map<string, string>();
    for (let at = 0; at < echo.rawHeaders.length; at += 2) {
      seen.set(echo.rawHeaders[at]?.toLowerCase() ?? '', echo.rawHeaders[at + 1] ?? '');
    }
    for (const name of [
      'open-sandbox-api-key',
      'x-execd-access-token',
      'authorization',
      'cookie',
      'x-private',
      'te',
    ]) {
      expect(seen.has(name), name).toBe(false);
    }
    expect(seen.get('x-kept')).toBe('yes');
    expect(seen.get('host')).toBe('localhost:3000');
    expect(seen.get('x-request-id')).toBe('my-request');
    expect(seen.get('x-forwarded-proto')).toBe('http');
    expect(seen.get('x-forwarded-host')).toBe(`localhost:${port}`);
    expect(seen.get('x-forwarded-for')).toMatch(/127\.0\.0\.1|::1/);
    const told = await raw('GET', path('/'), { headers: { 'X-Forwarded-For': '10.1.1.1' } });
    expect((JSON.parse(told.content) as Echo).rawHeaders).toContain('10.1.1.1');
  });

  it('passes the answer on with its own headers, undecoded, without those of the connection', async () => {
    const answer = await raw('GET', path('/'), { headers: { 'X-Request-ID': 'my-request' } });
    expect(answer.headers['x-twice']).toBe('one, two');
    expect(answer.rawHeaders).toContain('X-Case-Kept');
    expect(answer.headers['content-encoding']).toBe('made-up');
    expect(answer.headers['x-hop']).toBeUndefined();
    expect(answer.headers['x-request-id']).toBe('my-request');
    expect(answer.headers['set-cookie']).toEqual(['theirs=1']);
    expect(answer.headers['clear-site-data']).toBeUndefined();
  });

  it('gives a page its own origin when only the browser session let it in', async () => {
    const link = new URL(test.backend.createSignInLink());
    const signedIn = await raw('GET', `${link.pathname}${link.search}`);
    const cookie = signedIn.headers['set-cookie']?.[0]?.split(';')[0] ?? '';
    const answer = await fetch(url(bridged.id, 3000, '/hello'), { headers: { cookie } });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-security-policy')).toContain('sandbox');
    expect((await raw('GET', path('/hello'))).headers['content-security-policy']).toBeUndefined();
    const foreign = await fetch(url(bridged.id, 3000, '/hello'), {
      headers: { cookie, origin: 'http://evil.example' },
    });
    expect(foreign.status).toBe(403);
  });

  it.each([
    ['by address', () => bridged.id],
    ['through the tunnel', () => isolated.id],
  ])('streams 64 MiB each way %s with flat memory', async (_how, id) => {
    const headers = await tokenOf(id());
    const mib = Buffer.alloc(2 ** 20, 'u');
    const before = process.memoryUsage().rss;
    const upload = Readable.from(
      (function* () {
        for (let sent = 0; sent < 64; sent += 1) yield mib;
      })(),
    );
    const counted = await raw('POST', `/v1/sandboxes/${id()}/proxy/3000/count`, { headers, body: upload });
    expect(counted.content).toBe(String(64 * 2 ** 20));
    const answer = await fetch(url(id(), 3000, `/blob?kib=${64 * 1024}`), { headers });
    let received = 0;
    for await (const chunk of answer.body ?? []) received += (chunk as Uint8Array).length;
    expect(received).toBe(64 * 2 ** 20);
    expect(process.memoryUsage().rss - before).toBeLessThan(200 * 2 ** 20);
  });

  it('reads no faster than the caller does', async () => {
    const before = process.memoryUsage().rss;
    const outgoing = httpRequest({
      port,
      host: 'localhost',
      path: path(`/blob?kib=${512 * 1024}`),
      headers: token,
    });
    outgoing.end();
    const [answer] = (await once(outgoing, 'response')) as [IncomingMessage];
    answer.pause();
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect(process.memoryUsage().rss - before).toBeLessThan(100 * 2 ** 20);
    outgoing.destroy();
  });

  it('ends the call in the sandbox when the caller hangs up', async () => {
    const hangUps = async () => Number((await raw('GET', path('/hang-ups'))).content);
    const before = await hangUps();
    const outgoing = httpRequest({ port, host: 'localhost', path: path('/never'), headers: token });
    outgoing.end();
    await once(outgoing, 'response');
    outgoing.destroy();
    await waitFor(
      'the hang-up to arrive',
      async () => ((await hangUps()) > before ? true : undefined),
      5_000,
    );
  });

  it('breaks off when the service does, so that a part never looks whole', async () => {
    await expect(raw('GET', path('/cut'))).rejects.toThrow();
  });

  it('passes an answer on that comes before the upload is through', async () => {
    const endless = new Readable({
      read() {
        setTimeout(() => this.push('more'), 5);
      },
    });
    const outgoing = httpRequest({
      port,
      host: 'localhost',
      method: 'POST',
      path: path('/early'),
      headers: token,
    });
    outgoing.on('error', () => undefined);
    endless.pipe(outgoing);
    const [answer] = (await once(outgoing, 'response')) as [IncomingMessage];
    expect(answer.statusCode).toBe(413);
    endless.destroy();
    outgoing.destroy();
  });

  it('reaches a server on loopback, and one in a sandbox without network', async () => {
    const loopback = await raw('GET', `/v1/sandboxes/${bridged.id}/proxy/3001/`);
    expect(loopback.content).toBe('loopback only');
    const headers = await tokenOf(isolated.id);
    expect(await (await fetch(url(isolated.id, 3001), { headers })).text()).toBe('loopback only');
  });

  it('answers 502 where nothing listens, 400 for a port that is none, 404 and 503 as elsewhere', async () => {
    for (const id of [bridged.id, isolated.id]) {
      const answer = await raw('GET', `/v1/sandboxes/${id}/proxy/4000/x`, { headers: await tokenOf(id) });
      expect(answer.statusCode).toBe(502);
      expect(JSON.parse(answer.content)).toMatchObject({ code: 'SANDBOX::PORT_UNREACHABLE' });
      expect(answer.headers['x-request-id']).toBeTruthy();
    }
    const badPort = await raw('GET', `/v1/sandboxes/${bridged.id}/proxy/70000/`);
    expect(badPort.statusCode).toBe(400);
    expect(JSON.parse(badPort.content)).toMatchObject({ code: 'DOCKER::INVALID_PORT' });

    const asKey = { headers: { 'OPEN-SANDBOX-API-KEY': TEST_API_KEY, 'X-EXECD-ACCESS-TOKEN': '' } };
    expect((await raw('GET', '/v1/sandboxes/sbx_none/proxy/3000/', asKey)).statusCode).toBe(404);
    await test.call('POST', `/v1/sandboxes/${isolated.id}/pause`);
    const paused = await raw('GET', `/v1/sandboxes/${isolated.id}/proxy/3000/hello`, asKey);
    expect(paused.statusCode).toBe(503);
    await test.call('POST', `/v1/sandboxes/${isolated.id}/resume`);
    expect((await raw('GET', `/v1/sandboxes/${isolated.id}/proxy/3000/hello`, asKey)).content).toBe('hello');
  });

  it('finds the service again after the container was restarted behind its back', async () => {
    const restarted = await test.createSandbox({
      image: { uri: NODE_IMAGE },
      entrypoint: await servicesEntrypoint(),
      resourceLimits: {},
    });
    await serving(restarted.id);
    await test.docker.getContainer(test.containerOf(restarted.id)).restart({ t: 0 });
    await serving(restarted.id);
  });

  it('ignores an offer of another protocol, as Java and curl make it', async () => {
    const socket = connect(port, 'localhost');
    socket.write(
      `GET ${path('/hello')} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade, HTTP2-Settings, close\r\n` +
        `Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA\r\nX-EXECD-ACCESS-TOKEN: ${token['X-EXECD-ACCESS-TOKEN'] ?? ''}\r\n\r\n`,
    );
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 200 OK[\s\S]*hello/);
  });

  it('says where a body ends, also when its length is declared to be of the connection alone', async () => {
    const socket = connect(port, 'localhost');
    const smuggled = 'GET /count HTTP/1.1\r\nHost: x\r\n\r\n';
    socket.write(
      `GET ${path('/echo')} HTTP/1.1\r\nHost: localhost\r\nConnection: close, Content-Length\r\n` +
        `Content-Length: ${smuggled.length}\r\n` +
        `X-EXECD-ACCESS-TOKEN: ${token['X-EXECD-ACCESS-TOKEN'] ?? ''}\r\n\r\n${smuggled}`,
    );
    const answer = await text(socket);
    expect(answer).toMatch(/^HTTP\/1\.1 207 /);
    expect(answer).toContain(`"body":"${Buffer.from(smuggled).toString('base64')}"`);
  });

  it.each([
    ['two lengths', 'Content-Length: 1\r\nContent-Length: 2'],
    ['one length twice', 'Content-Length: 4\r\nContent-Length: 4'],
    ['a length and chunks', 'Content-Length: 4\r\nTransfer-Encoding: chunked'],
    ['chunks, and then not', 'Transfer-Encoding: chunked\r\nTransfer-Encoding: identity'],
    ['a length with a blank before the colon', 'Content-Length : 4'],
    ['a header that goes on in the next line', 'X-Folded: a\r\n Transfer-Encoding: chunked'],
    ['a line that ends by half', 'X-Half: a\nTransfer-Encoding: chunked'],
  ])('refuses a request with %s, and what is hidden behind it', async (_what, lines) => {
    const socket = connect(port, 'localhost');
    socket.write(
      `POST ${path('/')} HTTP/1.1\r\nHost: localhost\r\n${lines}\r\n` +
        `X-EXECD-ACCESS-TOKEN: ${token['X-EXECD-ACCESS-TOKEN'] ?? ''}\r\n\r\n0\r\n\r\nGET /v1/sandboxes HTTP/1.1\r\n\r\n`,
    );
    const answers = (await text(socket)).match(/^HTTP\/1\.1 \d+/gm);
    expect(answers).toEqual(['HTTP/1.1 400']);
  });

  it.each([
    'http://169.254.169.254/v1/sandboxes/ID/proxy/3000/hello',
    '//169.254.169.254/v1/sandboxes/ID/proxy/3000/hello',
    '/v1/sandboxes/ID/proxy/3000@169.254.169.254/hello',
    '/v1/sandboxes/ID/proxy/169.254.169.254:80/hello',
    '/v1/sandboxes/ID/proxy/3000%2F..%2F..%2Fhello',
    '/v1/sandboxes/ID/proxy/0/hello',
    '/v1/sandboxes/ID/proxy/65536/hello',
    '/v1/sandboxes/ID/proxy/-1/hello',
    '/v1/sandboxes/ID/proxy/3e3/hello',
    '/v1/sandboxes/ID@localhost/proxy/3000/hello',
    '/v1/sandboxes/..%2FID/proxy/3000/hello',
  ])('leads nowhere but to a port of the sandbox: %s', async (target) => {
    const headers = { 'open-sandbox-api-key': TEST_API_KEY };
    const answer = await raw('GET', target.replace('ID', bridged.id), { headers });
    expect([400, 404]).toContain(answer.statusCode);
    expect(answer.content).not.toBe('hello');
  });

  it('hands a redirect on and does not follow it', async () => {
    const answer = await raw('GET', path('/away'));
    expect([answer.statusCode, answer.headers.location]).toEqual([
      302,
      'http://169.254.169.254/latest/meta-data/',
    ]);
  });
});

describe('renewal by traffic', () => {
  it('moves the expiry to N seconds from now, and never earlier', async () => {
    const extensions = { 'access.renew.extend.seconds': '300' };
    const services = { image: { uri: NODE_IMAGE }, entrypoint: await servicesEntrypoint(), extensions };
    const short = await test.createSandbox({ ...services, timeout: 60 });
    const long = await test.createSandbox({ ...services, timeout: 3600 });
    const unasked = await test.createSandbox({ ...services, extensions: {}, timeout: 60 });
    for (const each of [short, long, unasked]) await serving(each.id);
    const expiry = async (id: string) =>
      Date.parse((await test.call<SandboxAnswer>('GET', `/v1/sandboxes/${id}`)).body.expiresAt ?? '');
    const renewed = await expiry(short.id);
    expect(renewed).toBeGreaterThan(Date.now() + 280_000);
    expect(renewed).toBeLessThanOrEqual(Date.now() + 300_000);
    expect(await expiry(long.id)).toBe(Date.parse(long.expiresAt ?? ''));
    expect(await expiry(unasked.id)).toBe(Date.parse(unasked.expiresAt ?? ''));
    await test.restart();
    expect(await expiry(short.id)).toBe(renewed);
    await test.backend.listen();
    port = Number(new URL(test.backend.address).port);
  });
});

import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestBackend, type TestBackend } from '../../support/test-backend';
import { errorOf, exchange, WITH_KEY } from './wire';

const JSON_TYPE = 'Content-Type: application/json';
const OVER_THE_LIMIT_BYTES = 33 * 2 ** 20;

let test: TestBackend;
let port: number;
let sandboxId: string;
beforeAll(async () => {
  test = await createTestBackend();
  await test.backend.listen(0);
  port = Number(new URL(test.backend.address).port);
  sandboxId = (await test.createSandbox()).id;
});
afterAll(() => test.dispose());

/** Everything that comes back until the server hangs up; what is sent `later` goes out with the first answer. */
async function bytesOf(sent: string, later?: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  let received = '';
  socket.on('data', (chunk: Buffer) => {
    if (received === '' && later !== undefined) socket.write(later);
    received += chunk.toString();
  });
  socket.on('error', () => undefined);
  socket.write(sent);
  await once(socket, 'close');
  return received;
}

describe('paths', () => {
  it.each([
    '/v1/sandboxes',
    '/sandboxes',
    '//v1/sandboxes',
    '/v1//sandboxes',
    '/v1/sandboxes/',
    '///v1///sandboxes///',
    '//sandboxes/',
    '/v1/sandboxes?page=1',
    '/v1/sandboxes/?page=1',
    '//v1/sandboxes//?state=Running&state=Paused',
  ])('serves %s as the list', async (path) => {
    const { status, body } = await exchange(port, `GET ${path}`);
    expect(status).toBe(200);
    expect(JSON.parse(body)).toMatchObject({ items: [{ id: sandboxId }] });
  });

  it.each(['', '/v1'])('serves every resource below "%s"', async (prefix) => {
    for (const path of [`/sandboxes/${sandboxId}`, '/snapshots', `/sandboxes/${sandboxId}/endpoints/44772`]) {
      expect((await exchange(port, `GET ${prefix}${path}`)).status).toBe(200);
    }
    expect((await exchange(port, `GET ${prefix}/openapi.json`, { headers: [] })).status).toBe(200);
    expect((await exchange(port, `GET ${prefix}/docs`, { headers: [] })).status).toBe(200);
    expect((await exchange(port, `GET ${prefix}/pools`)).status).toBe(501);
    expect(
      (
        await exchange(port, `POST ${prefix}/metrics/events`, {
          body: '{}',
          headers: [...WITH_KEY, JSON_TYPE],
        })
      ).status,
    ).toBe(204);
  });

  it('says healthy without a key', async () => {
    const answer = await exchange(port, 'GET /health', { headers: [] });
    expect(answer.status).toBe(200);
    expect(answer.body).toBe('{"status":"healthy"}');
  });

  it('finds no sandbox under a very long id, and says so with its own code', async () => {
    const answer = await exchange(port, `GET /v1/sandboxes/${'x'.repeat(300)}`);
    expect(answer.status).toBe(404);
    expect(errorOf(answer).code).toBe('DOCKER::SANDBOX_NOT_FOUND');
  });

  it.each(['__proto__', 'constructor', '%2e%2e', 'a%2Fb', 'ä', '%00'])('finds no sandbox %s', async (id) => {
    const answer = await exchange(port, `GET /v1/sandboxes/${encodeURI(decodeURI(id))}`);
    expect(answer.status).toBe(404);
    expect(errorOf(answer).code).not.toBe('');
  });
});

describe('request ids', () => {
  it.each([
    ['a success', 'GET /v1/sandboxes', WITH_KEY, 200],
    ['a missing key', 'GET /v1/sandboxes', [], 401],
    ['a missing sandbox', 'GET /v1/sandboxes/none', WITH_KEY, 404],
    ['a missing route', 'GET /v1/none', WITH_KEY, 404],
    ['a path outside the API', 'GET /none', [], 404],
    ['an address that cannot be decoded', 'GET /v1/sandboxes/%zz', WITH_KEY, 400],
    ['an answer without body', 'POST /v1/metrics/events', WITH_KEY, 204],
    ['the health check', 'GET /health', [], 200],
    ['the docs', 'GET /v1/docs', [], 200],
  ])('come back trimmed on %s, or are made', async (_what, line, headers, status) => {
    const echoed = await exchange(port, line, { headers: [...headers, 'X-Request-ID:   my id-1  '] });
    expect(echoed.status).toBe(status);
    expect(echoed.headers.get('x-request-id')).toBe('my id-1');
    const fresh = await exchange(port, line, { headers });
    expect(fresh.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe('errors', () => {
  it.each([
    ['a missing route', 'GET /v1/none', 404],
    ['a missing path at the root', 'GET /none/at/all', 404],
    ['a method that a route lacks', 'PUT /v1/sandboxes', 404],
    ['OPTIONS', 'OPTIONS /v1/sandboxes', 404],
    ['an address that cannot be decoded', 'GET /v1/sandboxes/%zz', 400],
    ['a query out of range', 'GET /v1/sandboxes?page=0', 400],
  ])('are JSON with code and message for %s', async (_what, line, status) => {
    const answer = await exchange(port, line);
    expect(answer.status).toBe(status);
    errorOf(answer);
    expect(Number(answer.headers.get('content-length'))).toBe(Buffer.byteLength(answer.body));
  });

  it.each(['{"image":', 'null', '[]', '"text"', '7', '{"__proto__":{"polluted":1}}'])(
    "are the contract's for the create body %s",
    async (body) => {
      const answer = await exchange(port, 'POST /v1/sandboxes', { body, headers: [...WITH_KEY, JSON_TYPE] });
      expect(answer.status).toBe(400);
      expect(errorOf(answer).code).toBe('SANDBOX::INVALID_PARAMETER');
    },
  );

  it.each([
    ['plain text', 'text/plain'],
    ['a form', 'application/x-www-form-urlencoded'],
    ['a stream of bytes', 'application/octet-stream'],
    ['something unknown', 'application/vnd.unknown'],
  ])('refuse a create sent as %s', async (_what, type) => {
    const answer = await exchange(port, 'POST /v1/sandboxes', {
      body: '{"image":{"uri":"x"}}',
      headers: [...WITH_KEY, `Content-Type: ${type}`],
    });
    expect([400, 415]).toContain(answer.status);
    if (answer.status === 415) expect(answer.body).toContain('Send it as application/json');
    errorOf(answer);
  });

  it('refuse a body beyond the limit, which is well above 1 MiB', async () => {
    const head = `POST /v1/sandboxes HTTP/1.1\r\nHost: localhost\r\n${WITH_KEY.join('\r\n')}\r\n${JSON_TYPE}\r\n`;
    const answer = await new Promise<string>((resolve, reject) => {
      const socket = connect(port, '127.0.0.1');
      socket.once('data', (chunk: Buffer) => {
        resolve(chunk.toString());
        socket.destroy();
      });
      socket.on('error', reject);
      socket.write(`${head}Content-Length: ${OVER_THE_LIMIT_BYTES}\r\n\r\n`);
    });
    expect(answer).toMatch(/^HTTP\/1.1 413 /);
    expect(answer).toMatch(/"code":"[^"]+","message":"[^"]+"/);
    const large = JSON.stringify({ ignored: 'x'.repeat(3 * 2 ** 20) });
    const taken = await exchange(port, 'POST /v1/sandboxes', {
      body: large,
      headers: [...WITH_KEY, JSON_TYPE],
    });
    expect(taken.status).toBe(400);
  });

  it('answer a request that is no HTTP with JSON', async () => {
    const answer = await exchange(port, 'GET /a b c');
    expect(answer.status).toBe(400);
    errorOf(answer);
  });

  it.each([
    ['HEAD', '/v1/pools/x', 501],
    ['GET', '/v1/desktop/status', 200],
    ['DELETE', '/v1/sandboxes/none', 404],
  ])('are not mixed into the answer to %s %s when bytes follow it that nobody announced', async (...of) => {
    const [method, path, status] = of;
    const answers = await bytesOf(
      `${method} ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n${WITH_KEY.join('\r\n')}\r\n\r\n{"a":1}`,
    );
    expect(answers.match(/HTTP\/1\.1 \d+/g)).toEqual([`HTTP/1.1 ${status}`]);
  });

  it('are not mixed into a stream that has begun', async () => {
    const head = `GET /v1/desktop/events HTTP/1.1\r\nHost: localhost\r\n${WITH_KEY.join('\r\n')}\r\n\r\n`;
    const stream = await bytesOf(head, 'no request at all\r\n\r\n');
    expect(stream.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200']);
  });

  it('have no body for HEAD, and the same status', async () => {
    const found = await exchange(port, 'HEAD /v1/sandboxes');
    expect([found.status, found.body]).toEqual([200, '']);
    const missing = await exchange(port, 'HEAD /v1/sandboxes/none');
    expect([missing.status, missing.body]).toEqual([404, '']);
    const upgrade = ['Connection: Upgrade', 'Upgrade: websocket'];
    const socket = await exchange(port, 'HEAD /v1/none', { headers: [...WITH_KEY, ...upgrade] });
    expect([socket.status, socket.body]).toEqual([404, '']);
  });
});

describe('bodies', () => {
  it.each(['pause', 'resume', 'pause', 'resume'])(
    'answers %s with 202 and a length of zero',
    async (action) => {
      const answer = await exchange(port, `POST /v1/sandboxes/${sandboxId}/${action}`);
      expect(answer.status).toBe(202);
      expect(answer.headers.get('content-length')).toBe('0');
      expect(answer.headers.has('transfer-encoding')).toBe(false);
      expect(answer.body).toBe('');
    },
  );

  it.each([
    ['no body at all', []],
    ['an empty body', ['Content-Length: 0']],
    ['an empty body that claims to be JSON', [JSON_TYPE, 'Content-Length: 0']],
    ['a JSON type and no length', [JSON_TYPE]],
    ['a JSON type with charset', ['Content-Type: application/json; charset=utf-8', 'Content-Length: 0']],
    ['an empty chunked body', [JSON_TYPE], true],
  ])('takes a snapshot with %s', async (_what, headers, chunked = false) => {
    const answer = await exchange(port, `POST /v1/sandboxes/${sandboxId}/snapshots`, {
      headers: [...WITH_KEY, ...headers],
      chunked,
    });
    expect(answer.status).toBe(202);
  });

  it('deletes with 204, no body and no length, also with an empty JSON body', async () => {
    for (const headers of [
      WITH_KEY,
      [...WITH_KEY, JSON_TYPE],
      [...WITH_KEY, JSON_TYPE, 'Content-Length: 0'],
    ]) {
      const { id } = await test.createSandbox();
      const answer = await exchange(port, `DELETE /v1/sandboxes/${id}`, { headers });
      expect(answer.status).toBe(204);
      expect(answer.body).toBe('');
      expect(answer.headers.has('transfer-encoding')).toBe(false);
    }
  });

  it('ignores fields that it does not know', async () => {
    const sandbox = await test.createSandbox({ fromTheFuture: { a: [1] }, resourceRequests: { cpu: '1' } });
    expect(sandbox.status.state).toBe('Running');
    const renewed = await test.call('PATCH', `/v1/sandboxes/${sandbox.id}/metadata`, { a: 'b' });
    expect(renewed.status).toBe(200);
  });
});

describe('connections', () => {
  it('are kept longer than the pools of the clients keep them', async () => {
    const answer = await new Promise<string>((resolve, reject) => {
      const socket = connect(port, '127.0.0.1');
      socket.once('data', (chunk: Buffer) => {
        resolve(chunk.toString());
        socket.destroy();
      });
      socket.on('error', reject);
      socket.write('GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n');
    });
    expect(Number(/keep-alive: timeout=(\d+)/i.exec(answer)?.[1])).toBeGreaterThan(60);
    expect(test.backend.http.server.requestTimeout).toBe(0);
    // Slow headers are another matter: they come before any key.
    expect(test.backend.http.server.headersTimeout).toBeGreaterThan(0);
    expect(test.backend.http.server.headersTimeout).toBeLessThanOrEqual(60_000);
  });

  it.each(['127.0.0.1', '::1'])('are taken on %s', async (host) => {
    const answer = await exchange(port, 'GET /v1/sandboxes', { host });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('x-request-id')).toBeDefined();
  });
});

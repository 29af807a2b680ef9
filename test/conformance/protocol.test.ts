import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Sandbox } from '@alibaba-group/opensandbox';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OfficialSdk } from './official-sdk';

/** What clients in other languages are strict about and the JavaScript one forgives (CONTRACT.md 1, 4.2, 7, 8). */
let sdk: OfficialSdk;
let sandbox: Sandbox;
let execd: string;
let headers: Record<string, string>;
beforeAll(async () => {
  sdk = await OfficialSdk.start();
  sandbox = await sdk.create({ timeoutSeconds: null });
  const endpoint = await sandbox.getEndpoint(44772);
  execd = `http://${endpoint.endpoint}`;
  headers = endpoint.headers ?? {};
});
afterAll(async () => {
  await sandbox.kill();
  await sdk.stop();
});

/** As Python, Kotlin and Go call: with the headers of the endpoint and without the API key. */
function call(method: string, path: string, body?: unknown): Promise<Response> {
  return fetch(execd + path, {
    method,
    headers: { ...headers, ...(body === undefined ? {} : { 'Content-Type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

interface Event {
  type: string;
  timestamp: number;
  text?: string;
  execution_time?: number;
  error?: { ename: unknown; evalue: unknown; traceback: unknown[] };
}

/** Takes a stream apart as the strictest reader does: every event is one line of JSON and a blank line. */
function eventsOf(stream: string): Event[] {
  expect(stream.endsWith('\n\n')).toBe(true);
  return stream
    .slice(0, -2)
    .split('\n\n')
    .map((block) => {
      expect(block).toMatch(/^\{[^\n]*\}$/);
      return JSON.parse(block) as Event;
    });
}

async function stream(command: Record<string, unknown>): Promise<Event[]> {
  const answer = await call('POST', '/command', command);
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-type')).toBe('text/event-stream');
  expect(answer.headers.get('cache-control')).toBe('no-cache');
  expect(answer.headers.get('x-accel-buffering')).toBe('no');
  expect(answer.headers.get('content-encoding')).toBeNull();
  return eventsOf(await answer.text());
}

describe('the event stream', () => {
  it('begins with one init and ends with one final event, all with whole milliseconds', async () => {
    const events = await stream({ command: 'echo out; echo err >&2' });
    expect(events[0]).toMatchObject({ type: 'init' });
    expect(events[0]?.text).toBeTruthy();
    expect(events.filter(({ type }) => type === 'init')).toHaveLength(1);
    expect(events.filter(({ type }) => ['error', 'execution_complete'].includes(type))).toHaveLength(1);
    expect(events.at(-1)?.type).toBe('execution_complete');
    expect(Number.isInteger(events.at(-1)?.execution_time)).toBe(true);
    for (const { timestamp } of events) {
      expect(Number.isInteger(timestamp)).toBe(true);
      expect(Math.abs(timestamp - Date.now())).toBeLessThan(60_000);
    }
    const known = ['init', 'ping', 'stdout', 'stderr', 'error', 'execution_complete'];
    expect(events.map(({ type }) => type).filter((type) => !known.includes(type))).toEqual([]);
  });

  it('tells failure by an error alone, with text in every field', async () => {
    const events = await stream({ command: 'exit 42' });
    expect(events.some(({ type }) => type === 'execution_complete')).toBe(false);
    const { error } = events.at(-1) ?? {};
    expect(error).toMatchObject({ ename: 'CommandExecError', evalue: '42' });
    for (const line of error?.traceback ?? ['none']) expect(typeof line).toBe('string');
  });

  it('gives one event per line, without terminators, blank lines as a line feed', async () => {
    const events = await stream({ command: `printf 'a\\r\\nb\\rc\\n\\nd'` });
    expect(events.filter(({ type }) => type === 'stdout').map((event) => event.text)).toEqual([
      'a',
      'b',
      'c',
      '\n',
      'd',
    ]);
  });

  it('pings at once and every three seconds', async () => {
    const events = await stream({ command: 'sleep 3.5' });
    const pings = events.filter(({ type }) => type === 'ping');
    expect(pings).toHaveLength(2);
    expect(pings[0]?.text).toBe('pong');
    expect(events[1]?.type).toBe('ping');
    expect((pings[1]?.timestamp ?? 0) - (pings[0]?.timestamp ?? 0)).toBeGreaterThan(2_500);
  });

  it('splits a line that is longer than any reader takes', async () => {
    const events = await stream({ command: "head -c 3000000 /dev/zero | tr '\\0' x" });
    const texts = events.filter(({ type }) => type === 'stdout').map((event) => event.text ?? '');
    expect(texts.length).toBeGreaterThan(1);
    for (const each of texts) expect(each.length).toBeLessThan(4 * 2 ** 20);
    expect(texts.join('')).toHaveLength(3_000_000);
  });

  it('arrives event by event, flushed', async () => {
    const command = 'echo now; until [ -e /tmp/seen-now ]; do sleep 0.05; done; echo later';
    const answer = await call('POST', '/command', { command });
    const reader = answer.body?.getReader();
    let seen = '';
    const readOn = async () => (seen += Buffer.from((await reader?.read())?.value ?? []).toString());
    // The command goes on only when its first line was seen, so one that is held back never comes.
    while (!seen.includes('"now"')) await readOn();
    await (await call('POST', '/command', { command: 'touch /tmp/seen-now' })).text();
    while (!seen.includes('"later"')) await readOn();
    await reader?.cancel();
  });
});

describe('answers', () => {
  it('are empty with a length of zero, never an empty chunk', async () => {
    const ping = await call('GET', '/ping');
    expect(ping.status).toBe(200);
    expect(ping.headers.get('content-length')).toBe('0');
    const session = (await (await call('POST', '/session')).json()) as { session_id: string };
    const ended = await call('DELETE', `/session/${session.session_id}`);
    expect(ended.status).toBe(200);
    expect(ended.headers.get('content-length')).toBe('0');
  });

  it('carry the id of the request everywhere: success, stream, 400, 401, 404, 405', async () => {
    const id = 'my request id';
    const ask = async (
      path: string,
      init: Omit<RequestInit, 'headers'> & { headers?: Record<string, string> } = {},
    ) => {
      const answer = await fetch(path, {
        ...init,
        headers: { ...headers, 'X-Request-ID': `  ${id} `, ...init.headers },
      });
      await answer.text();
      expect(answer.headers.get('x-request-id'), path).toBe(id);
      return answer.status;
    };
    const json = { 'Content-Type': 'application/json' };
    expect(await ask(`${execd}/ping`)).toBe(200);
    expect(await ask(`${execd}/command`, { method: 'POST', headers: json, body: '{"command":"true"}' })).toBe(
      200,
    );
    expect(await ask(`${execd}/command`, { method: 'POST', headers: json, body: '{"command":' })).toBe(400);
    expect(await ask(`${execd}/no/such/path`)).toBe(404);
    expect(await ask(`${execd}/ping`, { headers: { 'X-EXECD-ACCESS-TOKEN': 'wrong' } })).toBe(401);
    expect(await ask(execd.replace(/proxy.*/, ''))).toBe(401);
  });

  it('tell every failure as an object of two non-empty strings', async () => {
    for (const [method, path, body] of [
      ['POST', '/command', { command: '' }],
      ['POST', '/command', {}],
      ['POST', '/command', { command: 'id', gid: 5 }],
      ['POST', '/command', { command: 'pwd', cwd: '/nowhere' }],
      ['GET', '/command/status/none', undefined],
      ['GET', '/command/none/logs', undefined],
      ['DELETE', '/command', undefined],
      ['DELETE', '/command?id=none', undefined],
      ['POST', '/session/none/run', { command: 'true' }],
      ['POST', '/code', { code: '1' }],
      ['POST', '/code/context', { language: 'python' }],
      ['GET', '/code/contexts', undefined],
      ['GET', '/files/download?path=/none', undefined],
      ['POST', '/files/upload', {}],
      ['GET', '/pty/none', undefined],
    ] as const) {
      const answer = await call(method, path, body);
      expect(answer.ok, `${method} ${path}`).toBe(false);
      const { code, message } = (await answer.json()) as { code: unknown; message: unknown };
      expect(code, `${method} ${path}`).toEqual(expect.stringMatching(/./));
      expect(message, `${method} ${path}`).toEqual(expect.stringMatching(/./));
      if (/^\/code/.test(path)) expect([answer.status, code]).toEqual([501, 'NOT_SUPPORTED']);
    }
  });

  it('never hold null, and leave out what has no value', async () => {
    const info = (await (await sdk.raw('GET', `/v1/sandboxes/${sandbox.id}`)).json()) as Record<
      string,
      unknown
    >;
    expect(info).not.toHaveProperty('expiresAt');
    expect(info).not.toHaveProperty('platform');
    for (const path of [
      `/v1/sandboxes/${sandbox.id}`,
      '/v1/sandboxes',
      '/v1/snapshots',
      `/v1/sandboxes/${sandbox.id}/endpoints/44772`,
      `/v1/sandboxes/${sandbox.id}/proxy/18080/policy`,
      `/v1/sandboxes/${sandbox.id}/diagnostics/events?scope=runtime`,
    ]) {
      const answer = await sdk.raw('GET', path);
      expect(answer.status, path).toBe(200);
      expect(await answer.text(), path).not.toMatch(/:null/);
    }
  });

  it('take telemetry of the SDK without a word', async () => {
    const answer = await sdk.raw('POST', '/v1/metrics/events', {
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ eventType: 'sandbox.create', createDurationMs: 1, success: true }),
    });
    expect(answer.status).toBe(204);
  });

  it('take an empty body for JSON', async () => {
    const answer = await fetch(`${execd}/session`, {
      method: 'POST',
      headers: { ...headers, 'Content-Type': 'application/json' },
    });
    expect(answer.status).toBe(200);
  });
});

describe('background commands', () => {
  it('answer a cursor in decimal, and nothing twice', async () => {
    const events = await stream({ command: 'echo logged', background: true });
    expect(events.map(({ type }) => type).filter((type) => type !== 'ping')).toEqual([
      'init',
      'execution_complete',
    ]);
    const id = events[0]?.text ?? '';
    let logs = await call('GET', `/command/${id}/logs`);
    while ((await logs.clone().text()) === '') logs = await call('GET', `/command/${id}/logs`);
    expect(logs.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(await logs.text()).toBe('logged\n');
    const cursor = logs.headers.get('execd-commands-tail-cursor');
    expect(cursor).toBe('7');
    const nothing = await call('GET', `/command/${id}/logs?cursor=${cursor ?? ''}`);
    expect(nothing.headers.get('content-length')).toBe('0');
    expect(nothing.headers.get('execd-commands-tail-cursor')).toBe('7');
  });
});

describe('addresses', () => {
  it('work with and without /v1, and with slashes too many', async () => {
    for (const path of [
      '/v1/sandboxes',
      '/sandboxes',
      '//v1/sandboxes',
      '/v1/sandboxes/',
      '//v1//sandboxes',
    ]) {
      expect((await sdk.raw('GET', path)).status, path).toBe(200);
    }
    const withoutVersion = execd.replace('/v1/', '/');
    expect((await fetch(`${withoutVersion}/ping`, { headers })).status).toBe(200);
    expect((await fetch(`http://localhost:${sdk.server.port}/health`)).status).toBe(200);
  });

  it('are kept open between requests for longer than clients keep them', async () => {
    const answer = await sdk.raw('GET', '/health');
    expect(Number(/timeout=(\d+)/.exec(answer.headers.get('keep-alive') ?? '')?.[1])).toBeGreaterThanOrEqual(
      120,
    );
  });

  it('never lead out of the sandbox', async () => {
    const token = Object.entries(headers)
      .map(([name, value]) => `${name}: ${value}\r\n`)
      .join('');
    for (const target of [
      `/v1/sandboxes/${sandbox.id}/proxy/44772/../../../../v1/sandboxes`,
      `/v1/sandboxes/${sandbox.id}/proxy/44772/%2e%2e/%2e%2e/x`,
      `/v1/sandboxes/${sandbox.id}/proxy/80@example.com/`,
      `http://example.com/v1/sandboxes/${sandbox.id}/proxy/44772/x`,
    ]) {
      const socket = connect(sdk.server.port, 'localhost');
      socket.write(`GET ${target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n${token}\r\n`);
      expect(await text(socket), target).toMatch(/^HTTP\/1\.1 4\d\d /);
    }
  });
});

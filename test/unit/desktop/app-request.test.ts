import { setTimeout as sleep } from 'node:timers/promises';
import Fastify, { type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { answerInProcess } from '../../../src-main/desktop/app-request';
import { until } from './small-backend';

const MIB = 1024 * 1024;
const CHUNK = 64 * 1024;

let http: FastifyInstance;
let seen: { headers: NodeJS.Dict<string | string[]>; ended: string[]; write: (text: string) => void };

beforeEach(async () => {
  http = Fastify();
  seen = { headers: {}, ended: [], write: () => undefined };
  http.addHook('onRequest', async (request) => {
    seen.headers = { ...request.headers };
    await Promise.resolve();
  });
  http.addContentTypeParser('application/x-tar', (_request, payload, done) => {
    done(null, payload);
  });
  await addRoutes();
});

afterEach(() => http.close());

async function addRoutes(): Promise<void> {
  http.get('/events', (_request, reply) => {
    reply.hijack();
    reply.raw.on('close', () => seen.ended.push('events'));
    reply.raw.writeHead(200, { 'content-type': 'text/event-stream' });
    seen.write = (text) => reply.raw.write(text);
    seen.write('first');
  });
  http.post('/follow', (_request, reply) => {
    reply.hijack();
    reply.raw.on('close', () => seen.ended.push('follow'));
    reply.raw.writeHead(200, { 'content-type': 'application/x-ndjson' });
    reply.raw.write('{}\n');
  });
  http.get('/slow', async (request, reply) => {
    request.raw.on('close', () => seen.ended.push('slow'));
    await sleep(5000, undefined, { ref: false });
    return reply.send('late');
  });
  http.get('/echo', (request) => request.query);
  http.get('/page', (_request, reply) =>
    reply.header('content-security-policy', "default-src 'none'; connect-src 'self'").send('x'),
  );
  http.delete('/gone', (_request, reply) => reply.code(204).send());
  http.get('/cookie', (_request, reply) => reply.header('set-cookie', 'session=1').send('x'));
  http.get('/refused', (_request, reply) => reply.code(404).send({ code: 'X::NOT_FOUND', message: 'no' }));
  http.post<{ Body: AsyncIterable<Buffer> }>('/upload', { bodyLimit: 1024 * MIB }, async (request) => {
    let bytes = 0;
    for await (const chunk of request.body) {
      bytes += chunk.length;
      await sleep(1);
    }
    return { bytes };
  });
  await http.ready();
}

function ask(path: string, init?: RequestInit): Promise<Response> {
  const host = { http, apiKey: 'secret', address: 'http://localhost:8123' };
  return answerInProcess(new Request(`app://opensandbox${path}`, init), host);
}

async function readText(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<string> {
  const { value } = await reader.read();
  return new TextDecoder().decode(value);
}

describe('a request of the window, answered in process', () => {
  it('adds the key and the listener’s host, and drops what the page says of itself', async () => {
    const headers = {
      'open-sandbox-api-key': 'forged',
      cookie: 'a=b',
      origin: 'app://opensandbox',
      'x-kept': 'yes',
    };
    const answer = await ask('/echo?a=1&b=%2F', { headers });
    expect(await answer.json()).toEqual({ a: '1', b: '/' });
    expect(seen.headers['open-sandbox-api-key']).toBe('secret');
    expect(seen.headers.host).toBe('localhost:8123');
    expect(seen.headers['x-kept']).toBe('yes');
    expect(seen.headers).not.toHaveProperty('cookie');
    expect(seen.headers).not.toHaveProperty('origin');
  });

  it('lets a page open WebSockets to the listener, which are all that cannot come through here', async () => {
    const { headers } = await ask('/page');
    expect(headers.get('content-security-policy')).toBe(
      "default-src 'none'; connect-src 'self' ws://localhost:8123",
    );
  });

  it('passes status, headers and body of an error on', async () => {
    const answer = await ask('/refused');
    expect(answer.status).toBe(404);
    expect(answer.headers.get('content-type')).toContain('application/json');
    expect(await answer.json()).toEqual({ code: 'X::NOT_FOUND', message: 'no' });
  });

  it('answers 204 without a body and keeps cookies out of the page', async () => {
    const gone = await ask('/gone', { method: 'DELETE' });
    expect(gone.status).toBe(204);
    expect(gone.body).toBeNull();
    expect((await ask('/cookie')).headers.has('set-cookie')).toBe(false);
  });

  it('delivers an event when it is sent, not when the stream ends', async () => {
    const answer = await ask('/events');
    const reader = (answer.body as ReadableStream<Uint8Array>).getReader();
    expect(await readText(reader)).toBe('first');
    seen.write('second');
    expect(await readText(reader)).toBe('second');
    expect(seen.ended).toEqual([]);
    await reader.cancel();
  });

  it('ends the route when the page goes, which Electron tells by cancelling the body', async () => {
    const answer = await ask('/events');
    await answer.body?.cancel();
    await until('the route ended', () => seen.ended.includes('events'));
  });

  it('ends a route whose request body was already read', async () => {
    const answer = await ask('/follow', {
      method: 'POST',
      body: '{"a":1}',
      headers: { 'content-type': 'application/json' },
    });
    await answer.body?.cancel();
    await until('the route ended', () => seen.ended.includes('follow'));
  });

  it('ends a route that has not answered yet when the request is aborted', async () => {
    const aborter = new AbortController();
    const answer = ask('/slow', { signal: aborter.signal });
    setTimeout(() => aborter.abort(), 20);
    await expect(answer).rejects.toThrow();
    await until('the route ended', () => seen.ended.includes('slow'));
  });

  it('reads an upload only as fast as the route takes it', async () => {
    const total = 16 * MIB;
    let produced = 0;
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        if (produced === total) {
          controller.close();
          return;
        }
        produced += CHUNK;
        controller.enqueue(new Uint8Array(CHUNK));
      },
    });
    const headers = { 'content-type': 'application/x-tar' };
    const answering = ask('/upload', { method: 'POST', body, duplex: 'half', headers });
    await sleep(60);
    expect(produced).toBeLessThan(total / 2);
    expect(await (await answering).json()).toEqual({ bytes: total });
  });
});

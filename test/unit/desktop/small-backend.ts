import { setTimeout as sleep } from 'node:timers/promises';
import Fastify, { type FastifyInstance } from 'fastify';
import type { Backend } from '../../../src-main/backend/backend-types';
import { AppError } from '../../../src-main/errors';

export const SMALL_KEY = 'key-of-the-test';

/** What the routes of the small backend keep and serve. */
export interface SmallWorld {
  settings: { theme: string; keepRunningInTray: boolean };
  sandboxes: { displayName: string; sandbox: { id: string; createdAt: string; status: { state: string } } }[];
  snapshots: { sandboxId: string; name: string }[];
  imports: { name: string; bytes: number; contentType: string }[];
  openStreams: number;
  pendingCaptures: number;
  drain: () => Promise<void>;
  takenPorts: number[];
  /** Sends one server-sent event to every follower. */
  emit(type: string): void;
}

export interface SmallBackend extends Backend {
  readonly world: SmallWorld;
  readonly closed: boolean;
}

/** A real Fastify server with just the routes that the desktop shell uses, behind the API key as the product's is. */
export async function makeSmallBackend(dataDir: string): Promise<SmallBackend> {
  const http = Fastify();
  const streams = new Set<(text: string) => void>();
  const world: SmallWorld = {
    settings: { theme: 'light', keepRunningInTray: false },
    sandboxes: [],
    snapshots: [],
    imports: [],
    openStreams: 0,
    pendingCaptures: 0,
    drain: () => Promise.resolve(),
    takenPorts: [],
    emit: (type) => {
      for (const write of streams) write(`id: 1\nevent: ${type}\ndata: {}\n\n`);
    },
  };
  addRoutes(http, world, streams);
  await http.ready();
  let address = 'http://localhost:8080';
  let closed = false;
  return {
    http,
    world,
    apiKey: SMALL_KEY,
    dataDir,
    get address() {
      return address;
    },
    get closed() {
      return closed;
    },
    listen: (port = 8080) => {
      if (world.takenPorts.includes(port)) {
        return Promise.reject(
          new AppError(409, 'SERVER::PORT_TAKEN', `Port ${port} is taken. Choose another.`),
        );
      }
      address = `http://localhost:${port}`;
      return Promise.resolve();
    },
    createSignInLink: () => `${address}/app/`,
    pendingCaptures: () => world.pendingCaptures,
    drainCaptures: () => world.drain(),
    close: async () => {
      closed = true;
      await http.close();
    },
  };
}

function addRoutes(http: FastifyInstance, world: SmallWorld, streams: Set<(text: string) => void>): void {
  http.addHook('onRequest', async (request, reply) => {
    if (request.headers['open-sandbox-api-key'] === SMALL_KEY) return;
    await reply.code(401).send({ code: 'MISSING_API_KEY', message: 'Send the key.' });
  });
  http.addContentTypeParser('application/x-tar', (_request, payload, done) => {
    done(null, payload);
  });
  http.get('/app/*', (_request, reply) => reply.type('text/html').send('<h1>GUI</h1>'));
  http.get('/v1/desktop/settings', () => world.settings);
  http.get('/v1/desktop/sandboxes', () => ({ items: world.sandboxes }));
  http.get('/v1/desktop/events', (_request, reply) => {
    reply.hijack();
    const write = (text: string) => reply.raw.write(text);
    streams.add(write);
    world.openStreams += 1;
    reply.raw.on('close', () => {
      streams.delete(write);
      world.openStreams -= 1;
    });
    reply.raw.writeHead(200, { 'content-type': 'text/event-stream' });
    reply.raw.write(': hello\n\n');
  });
  http.post<{ Params: { id: string }; Body: { name: string } }>(
    '/v1/sandboxes/:id/snapshots',
    (request, reply) => {
      if (request.params.id === 'sbx_gone') {
        return reply.code(404).send({ code: 'SANDBOX::NOT_FOUND', message: 'It is gone. Reload the list.' });
      }
      world.snapshots.push({ sandboxId: request.params.id, name: request.body.name });
      return reply.code(202).send({ id: 'snap_1' });
    },
  );
  http.post<{ Querystring: { name: string }; Body: AsyncIterable<Buffer> }>(
    '/v1/desktop/images/import',
    async (request, reply) => {
      let bytes = 0;
      for await (const chunk of request.body) bytes += chunk.length;
      const contentType = request.headers['content-type'] ?? '';
      world.imports.push({ name: request.query.name, bytes, contentType });
      return reply.code(202).send({ id: 'task_1' });
    },
  );
}

/** Waits until the condition holds; fails with what was waited for. */
export async function until(what: string, holds: () => boolean, deadlineMs = 3000): Promise<void> {
  const end = performance.now() + deadlineMs;
  while (!holds()) {
    if (performance.now() > end) throw new Error(`Waited ${deadlineMs} ms in vain: ${what}`);
    await sleep(5);
  }
}

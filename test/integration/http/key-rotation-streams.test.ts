import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type Docker from 'dockerode';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { BUSYBOX_IMAGE, connectDocker, ensureBaseImages, removeInstance } from '../../support/docker';
import { startServerProcess, type ServerProcess } from '../../support/server-process';
import type { SandboxAnswer } from '../../support/test-backend';
import { waitFor } from '../../support/wait-for';

type Headers = Record<string, string>;

let docker: Docker;
let dataDir: string;
let server: ServerProcess;
beforeAll(async () => {
  docker = await connectDocker();
  await ensureBaseImages(docker);
  dataDir = await mkdtemp(join(tmpdir(), 'opensandbox-test-'));
  server = await startServerProcess({ dataDir });
});
afterAll(async () => {
  await server.end('SIGTERM');
  await removeInstance(docker, (await readFile(join(dataDir, 'instance'), 'utf8')).trim());
  await rm(dataDir, { recursive: true, force: true });
});

async function call<T>(path: string, headers: Headers, body?: unknown): Promise<T | undefined> {
  const answer = await fetch(`http://localhost:${server.port}${path}`, {
    headers: { 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
  });
  return answer.ok ? ((await answer.json()) as T) : undefined;
}

async function opened(path: string, headers: Headers = {}): Promise<WebSocket> {
  const socket = new WebSocket(path.startsWith('ws:') ? path : `ws://localhost:${server.port}${path}`, {
    headers,
  });
  socket.on('error', () => undefined);
  await once(socket, 'open');
  return socket;
}

it('ends what the old key had opened at once: event streams, terminals and tickets, but nothing of a sandbox token', async () => {
  const key = { 'open-sandbox-api-key': (await readFile(join(dataDir, 'api-key'), 'utf8')).trim() };
  const signedIn = await fetch(server.gui, { redirect: 'manual' });
  const session = { cookie: signedIn.headers.get('set-cookie')?.split(';')[0] ?? '' };
  const create = {
    image: { uri: BUSYBOX_IMAGE },
    entrypoint: ['tail', '-f', '/dev/null'],
    resourceLimits: {},
  };
  const { id: sandboxId } = await waitFor('the engine', () =>
    call<SandboxAnswer>('/v1/sandboxes', key, create),
  );
  const ticket = () => call<{ url: string }>('/v1/desktop/terminal-tickets', key, { sandboxId });
  const endpoint = await call<{ headers: Headers }>(`/v1/sandboxes/${sandboxId}/endpoints/44772`, key);
  const execd = `/v1/sandboxes/${sandboxId}/proxy/44772`;
  const pty = await call<{ session_id: string }>(`${execd}/pty`, endpoint?.headers ?? {}, {});
  const byToken = await opened(`${execd}/pty/${pty?.session_id ?? ''}/ws`, endpoint?.headers);
  const door = `/v1/desktop/sandboxes/${sandboxId}/terminal`;
  const terminals = [
    await opened((await ticket())?.url ?? ''),
    await opened(door, key),
    await opened(door, session),
  ];
  const streams = await Promise.all(
    [key, session].map((headers) => fetch(`http://localhost:${server.port}/v1/desktop/events`, { headers })),
  );
  const unused = (await ticket())?.url ?? '';
  const ends = [
    ...terminals.map((socket) => once(socket, 'close')),
    ...streams.map((stream) => stream.text().catch(() => 'broken off')),
  ];

  const rotated = await fetch(`http://localhost:${server.port}/v1/desktop/api-key/rotate`, {
    method: 'POST',
    headers: session,
  });
  expect([rotated.status, rotated.headers.has('set-cookie')]).toEqual([204, true]);
  await Promise.all(ends);
  const late = new WebSocket(unused);
  const [, refused] = (await once(late, 'unexpected-response')) as [unknown, { statusCode: number }];
  late.on('error', () => undefined).terminate();
  expect(refused.statusCode).toBe(401);
  expect(byToken.readyState).toBe(WebSocket.OPEN);
  byToken.terminate();
});

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestServer, type TestServer } from '../../support/server-api';
import type { SandboxAnswer } from '../../support/test-backend';

const FILES = 256;
const CONNECTIONS = 300;
const COMMANDS = 50;

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer(process.env, { preparation: `ulimit -n ${FILES}` });
});
afterAll(() => server.dispose());

/** Asks over a connection that stays open; the status, or `closed` where the server hung up. */
async function hold(socket: Socket): Promise<string> {
  socket.on('error', () => undefined);
  socket.write('GET /v1/sandboxes HTTP/1.1\r\nHost: localhost\r\nOPEN-SANDBOX-API-KEY: test-key\r\n\r\n');
  const answered = once(socket, 'data').then(([chunk]) => String(chunk).split(' ')[1] ?? '');
  const closed = once(socket, 'close').then(() => 'closed');
  return Promise.race([answered, closed]).catch(() => 'closed');
}

async function run(sandboxId: string, word: string): Promise<{ status: number; text: string } | undefined> {
  const url = `http://127.0.0.1:${server.process.port}/v1/sandboxes/${sandboxId}/proxy/44772/command`;
  const headers = { 'open-sandbox-api-key': 'test-key', 'content-type': 'application/json' };
  const body = JSON.stringify({ command: `echo ${word}` });
  return fetch(url, { method: 'POST', headers, body }).then(
    async (response) => ({ status: response.status, text: await response.text() }),
    () => undefined,
  );
}

it(`loses nothing with ${FILES} files, ${CONNECTIONS} connections and ${COMMANDS} commands, and recovers`, async () => {
  const { id } = await server.createSandbox();
  const running = Array.from({ length: COMMANDS }, (_, index) => run(id, `word-${index}`));
  const sockets = Array.from({ length: CONNECTIONS }, () => connect(server.process.port, '127.0.0.1'));
  const held = await Promise.all(sockets.map(hold));
  expect(new Set(held)).toEqual(new Set(['200', 'closed']));
  for (const [index, answer] of (await Promise.all(running)).entries()) {
    // A connection too many is closed before it has asked anything.
    if (answer === undefined) continue;
    if (answer.status === 200) expect(answer.text).toContain(`word-${index}`);
    else expect(answer.text).toMatch(/"code":".+","message":".+"/);
  }
  for (const socket of sockets) socket.destroy();

  const after = await run(id, 'after');
  expect(after?.text).toContain('after');
  const { body } = await server.call<SandboxAnswer>('GET', `/v1/sandboxes/${id}`);
  expect(body.status.state).toBe('Running');
  expect((await server.settled((await server.acceptSnapshot(id)).id)).status.state).toBe('Ready');
  const { body: activity } = await server.call<{ items: { kind: string }[] }>('GET', '/v1/desktop/activity');
  expect(activity.items.map(({ kind }) => kind)).not.toContain('engine.lost');
});

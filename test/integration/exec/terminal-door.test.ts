import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket, type ClientOptions, type RawData } from 'ws';
import {
  createTestBackend,
  TEST_API_KEY,
  type SandboxAnswer,
  type TestBackend,
} from '../../support/test-backend';
import { waitFor } from '../../support/wait-for';

interface Ticket {
  ticket: string;
  url: string;
  expiresAt: string;
}

const KEY = { 'open-sandbox-api-key': TEST_API_KEY };

let test: TestBackend;
let sandbox: SandboxAnswer;
let other: SandboxAnswer;
let cookie: string;
const open = new Set<WebSocket>();

beforeAll(async () => {
  test = await createTestBackend();
  [sandbox, other] = await Promise.all([test.createSandbox(), test.createSandbox()]);
  await test.backend.listen();
  const answer = await fetch(test.backend.createSignInLink(), { redirect: 'manual' });
  cookie = answer.headers.get('set-cookie')?.split(';')[0] ?? '';
});
afterAll(async () => {
  for (const socket of open) socket.terminate();
  await test.dispose();
});

function door(query = '', id = sandbox.id): string {
  return `${test.backend.address.replace('http', 'ws')}/v1/desktop/sandboxes/${id}/terminal${query}`;
}

/** The status that a handshake was answered with, and the code of the error. */
async function refused(url: string, options: ClientOptions = {}): Promise<[number, string]> {
  const socket = new WebSocket(url, options);
  const [, answer] = (await once(socket, 'unexpected-response')) as [
    unknown,
    AsyncIterable<Buffer> & { statusCode: number },
  ];
  let body = '';
  for await (const chunk of answer) body += chunk.toString();
  return [answer.statusCode, (JSON.parse(body) as { code: string }).code];
}

/** Connects, runs a line, and answers what was printed and the session's id. */
async function runs(url: string, options: ClientOptions = {}): Promise<string> {
  const socket = new WebSocket(url, options);
  open.add(socket);
  let text = '';
  let session: string | undefined;
  socket.on('message', (data: RawData, isBinary) => {
    const bytes = data as Buffer;
    if (isBinary) text += bytes.subarray(1).toString();
    else session ??= (JSON.parse(bytes.toString()) as { session_id?: string }).session_id;
  });
  await once(socket, 'open');
  const id = await waitFor('the session', () => session);
  socket.send(Buffer.concat([Buffer.of(0), Buffer.from('echo "it $((40 + 2)) works"\n')]));
  await waitFor('the output', () => (text.includes('it 42 works') ? true : undefined));
  socket.close();
  await once(socket, 'close');
  return id;
}

async function ticket(sandboxId = sandbox.id): Promise<Ticket> {
  const { status, body } = await test.call<Ticket>('POST', '/v1/desktop/terminal-tickets', { sandboxId });
  expect(status).toBe(201);
  return body;
}

describe('the door to a terminal', () => {
  it('opens for the API key and for a signed-in browser on a page of ours, and joins a session again', async () => {
    const session = await runs(door(), { headers: KEY });
    const headers = { cookie, origin: test.backend.address };
    expect(await runs(door(`?session=${session}`), { headers })).toBe(session);
    const sessions = await test.call<{ sessions: { session_id: string }[] }>(
      'GET',
      `/v1/sandboxes/${sandbox.id}/proxy/44772/pty`,
    );
    expect(sessions.body.sessions.map((each) => each.session_id)).toEqual([session]);
  });

  it('stays shut without a key, with a wrong one, and for what does not exist', async () => {
    expect(await refused(door())).toEqual([401, 'MISSING_API_KEY']);
    expect(await refused(door(), { headers: { 'open-sandbox-api-key': 'wrong' } })).toEqual([
      401,
      'INVALID_API_KEY',
    ]);
    expect((await refused(door('', 'sbx_none'), { headers: KEY }))[0]).toBe(404);
    expect(await refused(door('?session=none'), { headers: KEY })).toEqual([404, 'CONTEXT_NOT_FOUND']);
  });

  it('refuses the pages of other sites and other hosts, even with the cookie or a ticket', async () => {
    for (const origin of ['https://evil.example', 'http://localhost:1', 'null']) {
      const headers = { cookie, origin };
      expect(await refused(door(), { headers })).toEqual([403, 'GENERAL::FORBIDDEN_ORIGIN']);
      const { url } = await ticket();
      expect(await refused(url, { headers: { origin } })).toEqual([403, 'GENERAL::FORBIDDEN_ORIGIN']);
    }
    const rebound = { ...KEY, host: 'evil.example' };
    expect(await refused(door(), { headers: rebound })).toEqual([403, 'GENERAL::FORBIDDEN_HOST']);
  });

  it('tells a plain request what it is', async () => {
    const answer = await test.call('GET', `/v1/desktop/sandboxes/${sandbox.id}/terminal`);
    expect([answer.status, answer.body['code']]).toEqual([400, 'TERMINAL::UPGRADE_REQUIRED']);
  });
});

describe('a terminal ticket', () => {
  it('opens one connection from the window, and no second one', async () => {
    const { url } = await ticket();
    await runs(url, { headers: { origin: 'app://opensandbox' } });
    expect(await refused(url)).toEqual([401, 'TERMINAL::TICKET_REFUSED']);
  });

  it('fits only its sandbox, and is used up by a try on another', async () => {
    const { ticket: value, url } = await ticket(other.id);
    expect((await refused(door(`?ticket=${value}`)))[0]).toBe(401);
    expect((await refused(url))[0]).toBe(401);
  });

  it('needs the key, a sandbox that runs, and is asked for by name', async () => {
    const path = '/v1/desktop/terminal-tickets';
    const bare = await fetch(`${test.backend.address}${path}`, { method: 'POST', body: '{}' });
    expect(bare.status).toBe(401);
    expect((await test.call('POST', path, {})).status).toBe(400);
    expect((await test.call('POST', path, { sandboxId: 'sbx_none' })).status).toBe(404);
    await test.call('POST', `/v1/sandboxes/${other.id}/pause`);
    expect((await test.call('POST', path, { sandboxId: other.id })).status).toBe(503);
  });
});

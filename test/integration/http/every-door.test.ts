import { once } from 'node:events';
import { METHODS } from 'node:http';
import type { InjectOptions } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import {
  createTestBackend,
  TEST_API_KEY,
  type SandboxAnswer,
  type TestBackend,
} from '../../support/test-backend';

interface Door {
  method: NonNullable<InjectOptions['method']>;
  url: string;
}

/** What is open to anybody on this machine, because it says nothing of anybody: each with its reason. */
const PUBLIC = [
  // Launchers and SDKs ask whether somebody is there.
  /^\/(v1\/)?health$/,
  // The single-use token is what it asks for.
  /^\/sign-in$/,
  // The description of the API, and its page.
  /^\/v1\/(docs|openapi\.json)(\/|$)/,
  // The pages of the GUI, which know nothing until they are signed in.
  /^\/($|app(\/|$)|favicon\.ico$)/,
];
const OWN_HOST = 'localhost:8080';
const FOREIGN_HOSTS = ['evil.example', 'localhost.evil.example:8080', '10.0.0.1:8080', 'opensandbox'];
const FOREIGN_PAGES: Record<string, string>[] = [
  { origin: 'http://evil.example' },
  { origin: 'http://localhost:3000', 'sec-fetch-site': 'same-site' },
  { origin: 'null' },
  { 'sec-fetch-site': 'same-site' },
  { 'sec-fetch-site': 'cross-site' },
];
const FORM_TYPES = ['application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'text/plain'];

let test: TestBackend;
let sandbox: SandboxAnswer;
let other: SandboxAnswer;
let doors: Door[];
let cookie: string;
let otherToken: string;

beforeAll(async () => {
  test = await createTestBackend();
  [sandbox, other] = await Promise.all([test.createSandbox(), test.createSandbox()]);
  doors = doorsOf(test.backend.http.printRoutes());
  cookie = await signIn(OWN_HOST);
  const endpoint = await test.call<{ headers: Record<string, string> }>(
    'GET',
    `/v1/sandboxes/${other.id}/endpoints/3000`,
  );
  otherToken = endpoint.body.headers['X-EXECD-ACCESS-TOKEN'] ?? '';
});
afterAll(() => test.dispose());

/** Reads the tree of routes that Fastify prints: `├── ` or `└── ` behind four columns for each level. */
function doorsOf(tree: string): Door[] {
  const found: Door[] = [];
  const path: string[] = [];
  for (const line of tree.split('\n')) {
    const [, indent = '', text = '', methods = ''] =
      /^([│ ]*)[├└]── (.*?)(?: \(([A-Z, ]+)\))?$/.exec(line) ?? [];
    path.splice(indent.length / 4);
    path.push(text);
    const url = path
      .join('')
      .replace(/:(sandboxId|id)(\|:\w+)?/g, (_whole, name: string) => (name === 'id' ? 'x' : sandbox.id))
      .replace(/:port/g, '3000')
      .replace(/:\w+/g, 'x')
      .replace(/\*/g, 'x');
    for (const method of methods.split(', ')) {
      // Fastify knows methods that Node cannot receive yet.
      if (METHODS.includes(method)) found.push({ method, url });
    }
  }
  return found;
}

async function signIn(host: string): Promise<string> {
  const { pathname, search } = new URL(test.backend.createSignInLink());
  const answer = await test.backend.http.inject({ url: pathname + search, headers: { host } });
  return String(answer.headers['set-cookie']).split(';')[0] ?? '';
}

/** `METHOD url status code` of every answer that is not the one expected. */
async function unexpected(
  asked: Door[],
  headers: Record<string, string>,
  [status, code]: [number, string],
): Promise<string[]> {
  const answers = await Promise.all(
    asked.map(async (door) => {
      // A door that lets in a stream would never answer.
      const answer = await test.backend.http.inject({
        ...door,
        headers: { host: OWN_HOST, ...headers },
        payloadAsStream: true,
      });
      const body = answer.statusCode < 400 || door.method === 'HEAD' ? '' : await bodyOf(answer.stream());
      answer.stream().destroy();
      const isExpected =
        answer.statusCode === status && (door.method === 'HEAD' || body.includes(`"${code}"`));
      return isExpected ? '' : `${door.method} ${door.url} ${answer.statusCode} ${body}`;
    }),
  );
  return answers.filter((each) => each !== '');
}

async function bodyOf(stream: NodeJS.ReadableStream): Promise<string> {
  let text = '';
  for await (const chunk of stream) text += String(chunk);
  return text;
}

const guarded = () => doors.filter(({ url }) => !PUBLIC.some((pattern) => pattern.test(url)));

describe('every route of the server', () => {
  it('is among those that are tried, and few are public', () => {
    const urls = doors.map(({ method, url }) => `${method} ${url}`);
    expect(urls.length).toBeGreaterThan(250);
    for (const known of [
      'GET /v1/desktop/events',
      `GET /v1/sandboxes/${sandbox.id}`,
      `POST /v1/sandboxes/${sandbox.id}/proxy/44772/command`,
      `GET /v1/sandboxes/${sandbox.id}/proxy/3000`,
      'DELETE /v1/x',
    ])
      expect(urls).toContain(known);
    expect(doors.length - guarded().length).toBeLessThan(25);
  });

  it.each([
    ['no key', {}, 'MISSING_API_KEY'],
    ['an empty key', { 'open-sandbox-api-key': '' }, 'MISSING_API_KEY'],
    ['a wrong key', { 'open-sandbox-api-key': 'x'.repeat(TEST_API_KEY.length) }, 'INVALID_API_KEY'],
    ['the key where it does not belong', { authorization: `Bearer ${TEST_API_KEY}` }, 'MISSING_API_KEY'],
  ])('is closed to %s', async (_who, headers, code) => {
    expect(await unexpected(guarded(), headers, [401, code])).toEqual([]);
  });

  it('is closed to the token of another sandbox', async () => {
    const headers = { 'x-execd-access-token': otherToken };
    const [ports, api] = [true, false].map((inside) =>
      guarded().filter(({ url }) => url.includes('/proxy/') === inside),
    );
    expect(await unexpected(ports ?? [], headers, [401, 'INVALID_API_KEY'])).toEqual([]);
    expect(await unexpected(api ?? [], headers, [401, 'MISSING_API_KEY'])).toEqual([]);
  });

  it('is closed to the session of another port, and to one whose cookie is put in the place of ours', async () => {
    const [, value = ''] = (await signIn('localhost:3000')).split('=');
    for (const foreign of [`opensandbox_session_3000=${value}`, 'opensandbox_session_8080=1.theirs'])
      expect(await unexpected(guarded(), { cookie: foreign }, [401, 'MISSING_API_KEY'])).toEqual([]);
    const shadowed = { cookie: `opensandbox_session_8080=theirs; ${cookie}` };
    const headers = { host: OWN_HOST, ...shadowed };
    expect((await test.backend.http.inject({ url: '/v1/sandboxes', headers })).statusCode).toBe(200);
  });

  it.each(FOREIGN_PAGES)('is closed to a page of another site with our cookie (%o)', async (page) => {
    const headers = { cookie, ...page };
    expect(await unexpected(guarded(), headers, [403, 'GENERAL::FORBIDDEN_ORIGIN'])).toEqual([]);
  });

  it.each(FORM_TYPES)('is closed to a form of another site sent as %s', async (type) => {
    const posts = guarded().filter(({ method }) => method === 'POST');
    const headers = { cookie, origin: 'http://evil.example', 'content-type': type };
    expect(await unexpected(posts, headers, [403, 'GENERAL::FORBIDDEN_ORIGIN'])).toEqual([]);
  });

  it.each(FOREIGN_HOSTS)('is closed to the name %s, also to a holder of the key', async (host) => {
    const headers = { host, 'open-sandbox-api-key': TEST_API_KEY, cookie };
    expect(await unexpected(doors, headers, [403, 'GENERAL::FORBIDDEN_HOST'])).toEqual([]);
  });
});

describe('every WebSocket of the server', () => {
  const paths = () => [
    `/v1/desktop/sandboxes/${sandbox.id}/terminal`,
    `/v1/sandboxes/${sandbox.id}/proxy/3000/live`,
    `/sandboxes/${sandbox.id}/proxy/44772/pty/x/ws`,
    `/v1/sandboxes/${sandbox.id}/proxy/18080/none`,
  ];

  beforeAll(async () => {
    await test.backend.listen(0);
  });

  async function refusals(headers: Record<string, string>): Promise<number[]> {
    const address = test.backend.address.replace('http', 'ws');
    return Promise.all(
      paths().map(async (path) => {
        const socket = new WebSocket(address + path, { headers });
        const [, answer] = (await once(socket, 'unexpected-response')) as [unknown, { statusCode: number }];
        socket.on('error', () => undefined).terminate();
        return answer.statusCode;
      }),
    );
  }

  it('is closed to strangers', async () => {
    const { host } = new URL(test.backend.address);
    const own = await signIn(host);
    const foreign: [Record<string, string>, number][] = [
      [{}, 401],
      [{ 'open-sandbox-api-key': 'wrong' }, 401],
      [{ 'x-execd-access-token': otherToken }, 401],
      [{ cookie }, 401],
      [{ host: 'evil.example', 'open-sandbox-api-key': TEST_API_KEY }, 403],
      ...FOREIGN_PAGES.map((page): [Record<string, string>, number] => [{ cookie: own, ...page }, 403]),
    ];
    for (const [headers, status] of foreign)
      expect([headers, await refusals(headers)]).toEqual([headers, paths().map(() => status)]);
  });
});

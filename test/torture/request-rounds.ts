import { readFile } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { BUSYBOX_IMAGE } from '../support/docker';
import { connected, type TestServer } from '../support/server-api';
import { seededRandom } from './random';
import { requestFuzzer, type ApiDocument, type FuzzedRequest } from './request-fuzz';
import { onOwnEngine } from './torture-server';

const API_KEY = 'test-key';
const CONNECTIONS = 16;
const ANSWER_DEADLINE_MS = 60_000;
/** Of an endless answer so much is read before the client hangs up. */
const READ_AT_MOST_BYTES = 64 * 1024;
const FIRST_BYTES_MS = 300;
/** So many requests are sent between two looks at what they made. */
const BATCH = 500;
/** Every so many requests one comes without the key. */
const WITHOUT_KEY_ONE_IN = 5;
const MOST_FOUND = 20;
/** A product that does not know a thing says so; 503 is the engine's. */
const LEGAL_5XX = new Set([501, 503]);
/** What the kernel refuses of a sandbox's filesystem, as of /proc, is a 500 (CONTRACT.md 4.6). */
const REFUSED_BY_KERNEL =
  /"RUNTIME_ERROR".*(Operation not permitted|Permission denied|Read-only file system|Device or resource busy)/;

export interface RequestRounds {
  seed: number;
  requests: number;
  longestMs: number;
  report?: (line: string) => void;
}

interface WireAnswer {
  status: number;
  /** Undefined when it was cut short because it had no end. */
  text: string | undefined;
}

/**
 * Sends requests made from the server's own OpenAPI document to a real server process.
 * @returns how many were answered by status, memory before and after in MiB, and what should not have been answered
 */
export async function requestRounds(options: RequestRounds): Promise<{
  byStatus: Record<string, number>;
  memoryMib: [before: number, after: number];
  broken: string[];
}> {
  return onOwnEngine((server) => fuzz(server, options));
}

async function fuzz(
  server: TestServer,
  { seed, requests, longestMs, report }: RequestRounds,
): Promise<Awaited<ReturnType<typeof requestRounds>>> {
  const random = seededRandom(seed);
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const { body: document } = await server.call<ApiDocument>('GET', '/v1/openapi.json');
  const ids = new Map<string, string[]>([['uri', [BUSYBOX_IMAGE]]]);
  const next = requestFuzzer(document, random, (parameter) => ids.get(parameter) ?? []);
  const byStatus: Record<string, number> = {};
  const broken: string[] = [];
  const begun = performance.now();
  let sent = 0;
  let before = 0;
  while (sent < requests && broken.length < MOST_FOUND && performance.now() - begun < longestMs) {
    await provideIds(server, ids);
    const end = Math.min(sent + BATCH, requests);
    const work = async (): Promise<void> => {
      while (sent < end) {
        sent += 1;
        const made = next();
        const withKey = random.below(WITHOUT_KEY_ONE_IN) > 0;
        const answer = await send(server, agent, made, withKey).catch((error: unknown) => String(error));
        const fault =
          typeof answer === 'string' ? answer : faultOf(answer, withKey, () => server.process.errors());
        const status = typeof answer === 'string' ? 'none' : String(answer.status);
        byStatus[status] = (byStatus[status] ?? 0) + 1;
        if (fault !== undefined) broken.push(`seed ${seed}: ${describe(made, withKey)}: ${fault}`);
        if (fault !== undefined) report?.(broken.at(-1) ?? '');
      }
    };
    await Promise.all(Array.from({ length: CONNECTIONS }, work));
    // The first batch fills pools and caches.
    if (before === 0) before = await memoryMib(server);
    report?.(`${sent} requests, ${broken.length} faults`);
  }
  agent.destroy();
  await provideIds(server, ids);
  return { byStatus, memoryMib: [before, await memoryMib(server)], broken };
}

/** Keeps one sandbox and one snapshot there to be asked for, and clears away what the requests made. */
async function provideIds(server: TestServer, ids: Map<string, string[]>): Promise<void> {
  // A request may have told the server to look elsewhere for its engine.
  await server.call('PATCH', '/v1/desktop/settings', { engineEndpoint: null });
  await connected(server);
  const list = async (path: string): Promise<{ id: string; status: { state: string } }[]> =>
    (await server.call<{ items: { id: string; status: { state: string } }[] }>('GET', `${path}?pageSize=200`))
      .body.items;
  const sandboxes = await list('/v1/sandboxes');
  const running = sandboxes.find(({ status }) => status.state === 'Running');
  for (const { id } of sandboxes) if (id !== running?.id) await server.call('DELETE', `/v1/sandboxes/${id}`);
  const sandboxId = running?.id ?? (await server.createSandbox()).id;
  const snapshots = await list('/v1/snapshots');
  const ready = snapshots.find(({ status }) => status.state === 'Ready');
  for (const { id, status } of snapshots)
    if (id !== ready?.id && status.state !== 'Creating') await server.call('DELETE', `/v1/snapshots/${id}`);
  const snapshotId = ready?.id ?? (await server.settled((await server.acceptSnapshot(sandboxId)).id)).id;
  ids.set('sandboxId', [sandboxId]);
  ids.set('snapshotId', [snapshotId]);
  for (const name of ['id', 'from', 'to']) ids.set(name, [sandboxId, snapshotId]);
}

function send(server: TestServer, agent: Agent, made: FuzzedRequest, withKey: boolean): Promise<WireAnswer> {
  return new Promise((resolve, reject) => {
    const headers = {
      ...made.headers,
      ...(withKey ? { 'open-sandbox-api-key': API_KEY } : {}),
      // Node leaves it out for DELETE; without it the body is bytes that belong to no request.
      ...(made.body === undefined ? {} : { 'content-length': Buffer.byteLength(made.body) }),
    };
    const { method, path } = made;
    const asked = request({ agent, host: '127.0.0.1', port: server.process.port, method, path, headers });
    asked.setTimeout(ANSWER_DEADLINE_MS, () => asked.destroy(new Error('no answer within the deadline')));
    asked.on('error', reject);
    asked.on('response', (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      const status = response.statusCode ?? 0;
      const hangUp = (): void => {
        asked.destroy();
        resolve({ status, text: undefined });
      };
      // Event streams and followed logs have no end.
      const timer = status < 400 ? setTimeout(hangUp, FIRST_BYTES_MS) : undefined;
      response.on('data', (chunk: Buffer) => {
        size += chunk.length;
        chunks.push(chunk);
        if (size > READ_AT_MOST_BYTES) hangUp();
      });
      response.on('end', () => resolve({ status, text: Buffer.concat(chunks).toString() }));
      response.on('close', () => clearTimeout(timer));
      response.on('error', reject);
    });
    asked.end(made.body);
  });
}

function faultOf({ status, text }: WireAnswer, withKey: boolean, log: () => string): string | undefined {
  if (status >= 500 && !LEGAL_5XX.has(status) && !REFUSED_BY_KERNEL.test(text ?? '')) {
    const [requestId] = /[0-9a-f-]{36}/.exec(text ?? '') ?? [];
    const logged =
      requestId === undefined
        ? []
        : log()
            .split('\n')
            .filter((line) => line.includes(requestId));
    return `answered ${status} ${text ?? ''} ${logged.join(' ')}`;
  }
  if (!withKey && status !== 401 && status < 400) return `answered ${status} without a key`;
  if (status < 400 || text === undefined || text === '') return undefined;
  try {
    const { code, message } = JSON.parse(text) as { code?: unknown; message?: unknown };
    if (typeof code === 'string' && typeof message === 'string' && code !== '' && message !== '')
      return undefined;
  } catch {
    // Told below, with the text.
  }
  return `answered ${status} without code and message: ${text.slice(0, 200)}`;
}

function describe({ method, path, body }: FuzzedRequest, withKey: boolean): string {
  return `${method} ${path.slice(0, 300)} ${body?.slice(0, 300) ?? ''}${withKey ? '' : ' (no key)'}`;
}

async function memoryMib(server: TestServer): Promise<number> {
  const status = await readFile(`/proc/${server.process.child.pid ?? 0}/status`, 'utf8');
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024);
}

import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type Docker from 'dockerode';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BUSYBOX_IMAGE, connectDocker, ensureBaseImages, removeInstance } from '../../support/docker';
import { REGISTRY_USER, startRegistry, type TestRegistry } from '../../support/registry';
import { startServerProcess, type ServerProcess } from '../../support/server-process';
import { taskEnd } from '../../support/tasks';
import type { Answer, SandboxAnswer, SnapshotAnswer, TestBackend } from '../../support/test-backend';
import { waitFor } from '../../support/wait-for';

const mark = (): string => `mark-${randomBytes(9).toString('hex')}`;
/** Every secret that the work below hands to the server, each recognisable wherever it turns up. */
const SECRETS = {
  'API key': mark(),
  'environment of a sandbox': mark(),
  'password in an address in the environment': mark(),
  'environment of a command': mark(),
  'refused registry password': mark(),
  'kept registry password': REGISTRY_USER.password,
};
const ENV = {
  API_KEY: SECRETS['environment of a sandbox'],
  DB_PASSWD: SECRETS['environment of a sandbox'],
  DATABASE_URL: `postgres://app:${SECRETS['password in an address in the environment']}@db/app`,
};

const wrong = { username: REGISTRY_USER.username, password: SECRETS['refused registry password'] };

let docker: Docker;
let registry: TestRegistry;
let dataDir: string;
let server: ServerProcess;
/** Everything that may be shown or sent on, by where it came from. */
const told = new Map<string, string>();
const secrets = new Map(Object.entries(SECRETS));

const headers = { 'open-sandbox-api-key': SECRETS['API key'], 'content-type': 'application/json' };
const call: TestBackend['call'] = async <T>(method: string, path: string, body?: unknown) => {
  const answer = await fetch(`http://localhost:${server.port}${path}`, {
    method,
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  const isJson = answer.headers.get('content-type')?.startsWith('application/json') === true;
  // Whoever asks says what the answer holds.
  const asked: Answer<T> = {
    status: answer.status,
    headers: Object.fromEntries(answer.headers),
    body: (isJson ? JSON.parse(text) : text) as T,
  };
  return asked;
};

beforeAll(async () => {
  docker = await connectDocker();
  await ensureBaseImages(docker);
  registry = await startRegistry();
  dataDir = await mkdtemp(join(tmpdir(), 'opensandbox-test-'));
  server = await startServerProcess({
    dataDir,
    logLevel: 'debug',
    environment: { OPEN_SANDBOX_API_KEY: SECRETS['API key'], DOCKER_CONFIG: registry.dockerConfig },
  });
  secrets.set('sign-in token', new URL(server.gui).searchParams.get('token') ?? '');
  await waitFor('the engine', async () => {
    const { body } = await call<{ engine: { state: string } }>('GET', '/v1/desktop/status');
    return body.engine.state === 'connected' ? true : undefined;
  });
  await work();
}, 180_000);
afterAll(async () => {
  await server.end('SIGKILL');
  await removeInstance(docker, (await readFile(join(dataDir, 'instance'), 'utf8')).trim());
  await registry.stop();
  await rm(dataDir, { recursive: true, force: true });
});

function create(changes: object): Promise<Answer<SandboxAnswer>> {
  return call<SandboxAnswer>('POST', '/v1/sandboxes', {
    image: { uri: BUSYBOX_IMAGE },
    entrypoint: ['tail', '-f', '/dev/null'],
    resourceLimits: {},
    env: ENV,
    ...changes,
  });
}

/** What people do with a sandbox, and much that goes wrong on the way. */
async function work(): Promise<void> {
  const following = new AbortController();
  const events = fetch(`http://localhost:${server.port}/v1/desktop/events`, {
    headers,
    signal: following.signal,
  });
  const session = await fetch(server.gui, { redirect: 'manual' });
  secrets.set('session', /=([^;]+)/.exec(session.headers.get('set-cookie') ?? '')?.[1] ?? 'no session');
  told.set('a link used twice', await (await fetch(server.gui, { redirect: 'manual' })).text());

  const { body: sandbox } = await create({ metadata: { use: 'secrets' } });
  const endpoint = await call<{ headers: Record<string, string> }>(
    'GET',
    `/v1/sandboxes/${sandbox.id}/endpoints/44772`,
  );
  secrets.set('endpoint token', endpoint.body.headers['X-EXECD-ACCESS-TOKEN'] ?? 'no token');
  await runCommands(sandbox.id);
  const snapshot = await takeSnapshot(sandbox.id);
  const { body: restored } = await create({ image: undefined, snapshotId: snapshot.id });
  const second = await takeSnapshot(restored.id);
  await pushAndExport(second.id);
  for (const changes of [
    { image: { uri: '127.0.0.1:1/none:none', auth: wrong } },
    { entrypoint: ['/none'] },
    { env: { '': 'x' } },
  ])
    told.set(
      `a create that fails: ${Object.keys(changes).join()}`,
      JSON.stringify((await create(changes)).body),
    );
  await tellAll([sandbox.id, restored.id], [snapshot.id, second.id]);
  const stream = (await events).body?.getReader();
  told.set('events', Buffer.from((await stream?.read())?.value ?? []).toString());
  following.abort();
}

async function runCommands(sandboxId: string): Promise<void> {
  const execd = `/v1/sandboxes/${sandboxId}/proxy/44772`;
  const envs = { RUN_SECRET: SECRETS['environment of a command'] };
  await call('POST', `${execd}/command`, { command: 'echo changed > /workspace-file', envs });
  await call('POST', `${execd}/command`, { command: 'sleep 30', envs, background: true });
  told.set(
    'a command that fails',
    (await call<string>('POST', `${execd}/command`, { command: '/none', envs })).body,
  );
  const session = await call<{ session_id: string }>('POST', `${execd}/session`, {});
  await call('POST', `${execd}/session/${session.body.session_id}/run`, { command: 'true' });
  const { Processes } = (await docker
    .getContainer(`opensandbox-${sandboxId}`)
    .top({ ps_args: '-o pid,args' })) as {
    Processes: string[][];
  };
  told.set('processes of the sandbox', Processes.map((fields) => fields.join(' ')).join('\n'));
  expect(told.get('processes of the sandbox')).toContain('sleep 30');
}

async function takeSnapshot(sandboxId: string): Promise<SnapshotAnswer> {
  const { body } = await call<SnapshotAnswer>('POST', `/v1/sandboxes/${sandboxId}/snapshots`, {});
  return waitFor('the snapshot', async () => {
    const { body: now } = await call<SnapshotAnswer>('GET', `/v1/snapshots/${body.id}`);
    return now.status.state === 'Ready' ? now : undefined;
  });
}

async function pushAndExport(id: string): Promise<void> {
  const reference = `${registry.host}/secrets:v1`;
  for (const body of [
    { reference, auth: wrong },
    { reference },
    { reference: '127.0.0.1:1/none:v1', auth: wrong },
  ]) {
    const { body: task } = await call<{ id: string }>('POST', `/v1/desktop/snapshots/${id}/push`, body);
    told.set(`push ${task.id}`, JSON.stringify(await taskEnd({ call }, task.id)));
  }
  told.set('export', (await call<string>('GET', `/v1/desktop/snapshots/${id}/export`)).body);
}

async function tellAll(sandboxes: string[], snapshots: string[]): Promise<void> {
  for (const path of [
    'status',
    'diagnostics',
    'activity?limit=1000',
    'tasks',
    'lineage',
    'sandboxes',
    'snapshots',
  ])
    told.set(path, JSON.stringify((await call('GET', `/v1/desktop/${path}`)).body));
  for (const id of sandboxes)
    for (const about of ['inspect', 'summary', 'logs', 'events'])
      told.set(
        `${about} of ${id}`,
        (await call<string>('GET', `/v1/sandboxes/${id}/diagnostics/${about}`)).body,
      );
  for (const id of snapshots) {
    told.set(
      `recipe of ${id}`,
      JSON.stringify((await call('GET', `/v1/desktop/snapshots/${id}/recipe`)).body),
    );
    const image = docker.getImage(`opensandbox-snapshots:${id}`);
    told.set(`image ${id}`, JSON.stringify([await image.inspect(), await image.history()]));
  }
  told.set('command line', await readFile(`/proc/${server.child.pid ?? 0}/cmdline`, 'utf8'));
  for (const file of await readdir(dataDir, { recursive: true, withFileTypes: true })) {
    if (!file.isFile() || file.name === 'endpoint-secret') continue;
    told.set(`data folder: ${file.name}`, await readFile(join(file.parentPath, file.name), 'latin1'));
  }
}

describe('what comes out of the server', () => {
  it('holds none of the secrets that were handed to it', () => {
    told.set('log', server.errors());
    // The work was real: each of these tells of it.
    expect(told.get('export')?.length).toBeGreaterThan(100_000);
    expect(told.get('activity?limit=1000')).toContain('snapshot');
    for (const value of secrets.values()) expect(value).toMatch(/^[\w.-]{9,}$/);
    const found = [...told].flatMap(([where, text]) =>
      [...secrets].filter(([, secret]) => text.includes(secret)).map(([what]) => `${what} in ${where}`),
    );
    expect(found).toEqual([]);
  });
});

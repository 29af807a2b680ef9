import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, readFile, readdir, rm, stat } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { IncomingMessage } from 'node:http';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { execIn } from '../../support/docker';
import { startPrivateEngine, type PrivateEngine } from '../../support/private-engine';
import { startTestServer, type TestServer } from '../../support/server-api';
import type { SnapshotAnswer } from '../../support/test-backend';
import { waitFor } from '../../support/wait-for';

const SNAPSHOT_MIB = 256;
/** Far below the archive, and above what the collector of garbage leaves lying about. */
const GROWTH_LIMIT_MIB = 96;

let here: TestServer;
let engine: PrivateEngine;
let there: TestServer;
let folder: string;
let file: string;
let snapshot: SnapshotAnswer;

beforeAll(async () => {
  here = await startTestServer();
  engine = await startPrivateEngine();
  there = await startTestServer(engine.environment);
  folder = await mkdtemp(join(tmpdir(), 'opensandbox-transfer-'));
  file = join(folder, 'exported.tar');
  const { id } = await here.createSandbox();
  const fill = `echo kept > /workspace/note; dd if=/dev/zero of=/workspace/big bs=1M count=${String(SNAPSHOT_MIB)}`;
  await execIn(here.docker, `opensandbox-${id}`, ['sh', '-c', fill]);
  snapshot = await here.settled((await here.acceptSnapshot(id)).id);
}, 400_000);
afterAll(async () => {
  await here.dispose();
  await there.dispose();
  await engine.destroy();
  await rm(folder, { recursive: true, force: true });
});

function call(
  server: TestServer,
  method: string,
  path: string,
): [ReturnType<typeof request>, Promise<IncomingMessage>] {
  const sent = request(`http://localhost:${String(server.process.port)}${path}`, {
    method,
    headers: { 'open-sandbox-api-key': 'test-key', 'content-type': 'application/x-tar' },
  });
  const answered = once(sent, 'response').then(([response]) => response as IncomingMessage);
  answered.catch(() => undefined);
  return [sent, answered];
}

async function download(): Promise<void> {
  const [sent, answered] = call(here, 'GET', `/v1/desktop/snapshots/${snapshot.id}/export`);
  sent.end();
  const response = await answered;
  expect(response.statusCode).toBe(200);
  await pipeline(response, createWriteStream(file));
}

async function upload(): Promise<{ status: number | undefined; body: string }> {
  const [sent, answered] = call(there, 'POST', '/v1/desktop/snapshots/import');
  await pipeline(createReadStream(file), sent);
  const response = await answered;
  return { status: response.statusCode, body: await text(response) };
}

async function residentMib(server: TestServer): Promise<number> {
  const status = await readFile(`/proc/${String(server.process.child.pid)}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
}

async function growthDuring<T>(server: TestServer, work: () => Promise<T>): Promise<[T, number]> {
  const before = await residentMib(server);
  let most = before;
  let ended = false;
  const working = work().finally(() => (ended = true));
  await waitFor(
    'the work to end',
    async () => {
      most = Math.max(most, await residentMib(server));
      return ended ? true : undefined;
    },
    120_000,
  );
  return [await working, most - before];
}

async function imagesThere(): Promise<number> {
  const filters = JSON.stringify({ label: [`io.opensandbox.desktop.id=${snapshot.id}`] });
  return (await there.docker.listImages({ all: true, filters })).length;
}

describe(`a snapshot of ${String(SNAPSHOT_MIB)} MiB on its way to another machine`, () => {
  it('is exported with flat memory', async () => {
    const [, growth] = await growthDuring(here, download);
    expect((await stat(file)).size).toBeGreaterThan(SNAPSHOT_MIB * 2 ** 20);
    expect(growth).toBeLessThan(GROWTH_LIMIT_MIB);
  });

  it('leaves nothing when the server that takes it in is killed half-way', async () => {
    const [sent] = call(there, 'POST', '/v1/desktop/snapshots/import');
    sent.on('error', () => undefined);
    const half = createReadStream(file, { end: (SNAPSHOT_MIB / 2) * 2 ** 20 });
    half.pipe(sent, { end: false });
    await once(half, 'end');
    await there.process.end('SIGKILL');
    await there.start();
    expect(await imagesThere()).toBe(0);
    const { body } = await there.call<{ items: { kind: string; state: string }[] }>(
      'GET',
      '/v1/desktop/tasks',
    );
    expect(body.items).toMatchObject([{ kind: 'snapshot.import', state: 'Failed' }]);
    expect((await there.call('GET', `/v1/snapshots/${snapshot.id}`)).status).toBe(404);
  });

  it('leaves nothing when whoever sends it goes away', async () => {
    const [sent] = call(there, 'POST', '/v1/desktop/snapshots/import');
    sent.on('error', () => undefined);
    const half = createReadStream(file, { end: (SNAPSHOT_MIB / 2) * 2 ** 20 });
    half.pipe(sent, { end: false });
    await once(half, 'end');
    sent.destroy();
    await waitFor('the import to end', async () => {
      const { body } = await there.call<{ items: { state: string }[] }>('GET', '/v1/desktop/tasks');
      return body.items.every((task) => task.state !== 'Running') ? true : undefined;
    });
    expect(await imagesThere()).toBe(0);
  });

  it('is imported with flat memory, starts there, and is still ours after the store is lost', async () => {
    const [{ status, body }, growth] = await growthDuring(there, upload);
    expect(status, body).toBe(202);
    expect(growth).toBeLessThan(GROWTH_LIMIT_MIB);
    const { id } = await there.createSandbox({ image: undefined, snapshotId: snapshot.id });
    expect((await execIn(there.docker, `opensandbox-${id}`, ['cat', '/workspace/note'])).trim()).toBe('kept');
    await there.call('DELETE', `/v1/sandboxes/${id}`);
    await there.process.end('SIGTERM');
    for (const name of await readdir(there.dataDir))
      if (name.startsWith('state.')) await rm(join(there.dataDir, name));
    await there.start();
    const rebuilt = await there.call<{ readOnly: boolean }>('GET', `/v1/desktop/snapshots/${snapshot.id}`);
    expect(rebuilt.body.readOnly).toBe(false);
    expect((await there.call('DELETE', `/v1/snapshots/${snapshot.id}`)).status).toBe(204);
    expect(await imagesThere()).toBe(0);
  });
});

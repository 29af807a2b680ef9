import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { execIn } from '../../support/docker';
import { startFaultyEngine, type FaultyEngine } from '../../support/faulty-engine';
import { startPrivateEngine, type PrivateEngine } from '../../support/private-engine';
import { taskEnd } from '../../support/tasks';
import {
  createTestBackend,
  type SandboxAnswer,
  type SnapshotAnswer,
  type TestBackend,
} from '../../support/test-backend';
import { mountTinyDisk, type TinyDisk } from '../../support/tiny-disk';
import { waitFor } from '../../support/wait-for';

const STORE_MIB = 2;
const ENGINE_MIB = 96;
const REFUSED = { status: 507, body: { code: 'STORE::WRITE_FAILED' } };

interface ErrorBody {
  code: string;
  message: string;
}

let engine: PrivateEngine;
let engineDisk: TinyDisk;
let faulty: FaultyEngine;
let storeDisk: TinyDisk;
let test: TestBackend;
let sandbox: SandboxAnswer;
let snapshot: SnapshotAnswer;

beforeAll(async () => {
  storeDisk = await mountTinyDisk(await mkdtemp(join(tmpdir(), 'opensandbox-disk-')), STORE_MIB);
  engine = await startPrivateEngine(async (dataRoot) => {
    engineDisk = await mountTinyDisk(dataRoot, ENGINE_MIB);
  });
  faulty = await startFaultyEngine(engine.environment);
  test = await createTestBackend({
    environment: faulty.environment,
    dataDir: join(storeDisk.folder, 'data'),
  });
  sandbox = await test.createSandbox();
  await execIn(engine.docker, test.containerOf(sandbox.id), ['sh', '-c', 'echo kept > /workspace/note']);
  snapshot = await test.takeSnapshot(sandbox.id);
});
afterAll(async () => {
  await test.dispose();
  await faulty.stop();
  await engine.destroy();
  storeDisk.unmount();
  await rm(storeDisk.folder, { recursive: true, force: true });
});
beforeEach(async () => {
  await Promise.all([storeDisk.clear(), engineDisk.clear()]);
});

function post(path: string, body: unknown = {}) {
  return test.call<SandboxAnswer & SnapshotAnswer & ErrorBody>('POST', path, body);
}

function createBody(): unknown {
  return { snapshotId: snapshot.id, entrypoint: ['sleep', '1000'], resourceLimits: {} };
}

async function containers(): Promise<string[]> {
  return (await engine.docker.listContainers({ all: true })).map(({ Names: [name] }) => name ?? '');
}

/** Until there is no room either on the page that the journal ends on. */
async function fillStore(): Promise<void> {
  await storeDisk.fill();
  const path = `/v1/sandboxes/${sandbox.id}/metadata`;
  for (let status = 200; status === 200;) ({ status } = await test.call('PATCH', path, { note: 'full' }));
}

async function stateOf(path: string): Promise<string> {
  return (await test.call<SandboxAnswer>('GET', path)).body.status.state;
}

async function everythingIsThere(): Promise<void> {
  expect(await stateOf(`/v1/sandboxes/${sandbox.id}`)).toBe('Running');
  expect(await stateOf(`/v1/snapshots/${snapshot.id}`)).toBe('Ready');
}

/** What was refused has left nothing behind, as soon as the disk takes the removal of what it took before. */
async function nothingElseIsThere(): Promise<void> {
  await everythingIsThere();
  await waitFor('only what was acknowledged to be there', async () => {
    const lists = await Promise.all(
      ['sandboxes', 'snapshots'].map((kind) => test.call<{ items: unknown[] }>('GET', `/v1/${kind}`)),
    );
    const isAll = lists.every(({ body }) => body.items.length === 1) && (await containers()).length === 1;
    return isAll ? true : undefined;
  });
  expect(await containers()).toEqual([`/${test.containerOf(sandbox.id)}`]);
}

describe('a full disk of the data folder', () => {
  it('refuses changes with 507 and a way out, keeps what is there, and takes changes again by itself', async () => {
    await fillStore();
    const metadata = { note: 'x'.repeat(60) };
    const refused = [
      await post('/v1/sandboxes', createBody()),
      await post(`/v1/sandboxes/${sandbox.id}/snapshots`, { name: 'refused' }),
      await post(`/v1/sandboxes/${sandbox.id}/pause`),
      await test.call<ErrorBody>('PATCH', `/v1/sandboxes/${sandbox.id}/metadata`, metadata),
    ];
    for (const answer of refused) {
      expect(answer).toMatchObject(REFUSED);
      expect(answer.body.message).toMatch(/free space.*try again/);
    }
    await everythingIsThere();

    await storeDisk.clear();
    expect((await test.call('PATCH', `/v1/sandboxes/${sandbox.id}/metadata`, metadata)).status).toBe(200);
    await nothingElseIsThere();
    await test.restart();
    await nothingElseIsThere();
    const { body } = await test.call<SandboxAnswer>('GET', `/v1/sandboxes/${sandbox.id}`);
    expect(body.metadata).toEqual(metadata);
  });

  it('brings to its end what it fills up in the middle of, without a restart', async () => {
    const going = await test.createSandbox();
    const midway = ['/commit?', '/containers/create', `DELETE /containers/`, '/images/get?'].map((part) =>
      faulty.holdAnswer(part),
    );
    const { body: captured } = await post(`/v1/sandboxes/${sandbox.id}/snapshots`);
    const creating = post('/v1/sandboxes', createBody());
    const deleting = test.call('DELETE', `/v1/sandboxes/${going.id}`);
    const exporting = test.call('GET', `/v1/desktop/snapshots/${snapshot.id}/export`).catch(() => undefined);
    await Promise.all(midway);
    await fillStore();
    faulty.recover();
    expect(await creating).toMatchObject(REFUSED);
    // A removal is a short line, which may find room.
    expect([204, 507]).toContain((await deleting).status);
    await exporting;
    await storeDisk.clear();
    await waitFor('the capture to be recorded', async () => {
      const { body } = await test.call<SnapshotAnswer>('GET', `/v1/snapshots/${captured.id}`);
      return body.status.state === 'Ready' ? true : undefined;
    });
    expect((await test.call('DELETE', `/v1/snapshots/${captured.id}`)).status).toBe(204);
    await nothingElseIsThere();
    const { body: tasks } = await test.call<{ items: { id: string }[] }>('GET', '/v1/desktop/tasks');
    for (const { id } of tasks.items) await taskEnd(test, id);
  });
});

describe('a full disk of the engine', () => {
  it('is told with 507, costs nothing that is there, and is no obstacle once it has space again', async () => {
    await engineDisk.fill();
    const { status, body: refused } = await post('/v1/sandboxes', createBody());
    expect(status).toBe(507);
    expect(refused.message).toMatch(/the engine's disk is full.*Free space.*try again/);
    const { body: captured } = await post(`/v1/sandboxes/${sandbox.id}/snapshots`);
    const failed = await waitFor('the capture to fail', async () => {
      const { body } = await test.call<SnapshotAnswer>('GET', `/v1/snapshots/${captured.id}`);
      return body.status.state === 'Failed' ? body : undefined;
    });
    expect(failed.status.message).toMatch(/disk is full/);
    expect((await test.call('DELETE', `/v1/snapshots/${captured.id}`)).status).toBe(204);
    await nothingElseIsThere();

    await engineDisk.clear();
    const restored = await post('/v1/sandboxes', createBody());
    expect(restored.status).toBe(202);
    expect(await execIn(engine.docker, test.containerOf(restored.body.id), ['cat', '/workspace/note'])).toBe(
      'kept\n',
    );
    expect((await test.call('DELETE', `/v1/sandboxes/${restored.body.id}`)).status).toBe(204);
    await nothingElseIsThere();
  });

  it('and of the data folder together', async () => {
    await Promise.all([storeDisk.fill(), engineDisk.fill()]);
    const { status, body } = await post('/v1/sandboxes', createBody());
    expect(status).toBe(507);
    expect(body.message).toMatch(/space/);
    await everythingIsThere();
    await Promise.all([storeDisk.clear(), engineDisk.clear()]);
    const again = await post('/v1/sandboxes', createBody());
    expect(again.status).toBe(202);
    expect((await test.call('DELETE', `/v1/sandboxes/${again.body.id}`)).status).toBe(204);
    await nothingElseIsThere();
  });
});

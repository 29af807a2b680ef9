import type Docker from 'dockerode';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { LABEL_INSTANCE } from '../../../src-main/engine/labels';
import { connectDocker, execIn } from '../../support/docker';
import { startFaultyEngine, type FaultyEngine } from '../../support/faulty-engine';
import { taskEnd } from '../../support/tasks';
import {
  createTestBackend,
  type Answer,
  type SandboxAnswer,
  type SnapshotAnswer,
  type TestBackend,
} from '../../support/test-backend';
import type { DesktopSnapshot, Task } from '../../../src-main/http/schemas/desktop';
import { waitFor } from '../../support/wait-for';

/** Of a container that an engine says nothing of while a call on it is under way (docs/decisions/018). */
const SILENT = { status: 503, body: { code: 'DOCKER::SANDBOX_QUERY_FAILED' } };

let engine: FaultyEngine;
let test: TestBackend;
/** Past the faults. */
let docker: Docker;
beforeAll(async () => {
  docker = await connectDocker();
  engine = await startFaultyEngine();
  test = await createTestBackend({
    environment: engine.environment,
    silenceTimes: { askAfterMs: 500, answerMs: 3_000 },
  });
});
afterEach(() => engine.recover());
afterAll(async () => {
  await test.dispose();
  await engine.stop();
});

function post(path: string, body: unknown = {}): Promise<Answer<{ id: string; code?: string }>> {
  return test.call('POST', path, body);
}

async function containerIdOf(sandboxId: string): Promise<string> {
  return (await docker.getContainer(test.containerOf(sandboxId)).inspect()).Id;
}

async function engineStateOf(sandboxId: string): Promise<string> {
  return (await docker.getContainer(test.containerOf(sandboxId)).inspect()).State.Status;
}

function isThawed(sandboxId: string): Promise<true> {
  return waitFor(`sandbox ${sandboxId} to be thawed`, async () =>
    (await engineStateOf(sandboxId)) === 'running' ? true : undefined,
  );
}

async function stateOf(path: string): Promise<string> {
  const { status, body } = await test.call<SandboxAnswer | SnapshotAnswer>('GET', path);
  return status === 404 ? 'gone' : body.status.state;
}

function becomes(path: string, wanted: string): Promise<true> {
  return waitFor(`${path} to become ${wanted}`, async () =>
    (await stateOf(path)) === wanted ? true : undefined,
  );
}

async function leftovers(): Promise<{ containers: string[]; unnamed: string[]; volumes: string[] }> {
  const label = [`${LABEL_INSTANCE}=${test.instanceId}`];
  const found = await docker.listContainers({ all: true, filters: { label } });
  const images = await docker.listImages({ filters: JSON.stringify({ dangling: ['true'], label }) });
  const copies = await docker.listImages({
    filters: JSON.stringify({ label, reference: ['opensandbox-volumes'] }),
  });
  return {
    containers: found.map(({ Names: [name] }) => name ?? '').filter((name) => !name.includes('network')),
    unnamed: images.map(({ Id: id }) => id),
    volumes: copies.map(({ Id: id }) => id),
  };
}

/** Nothing is left of what was cut off, and the sandbox goes as always. */
async function endsWell(sandboxId: string): Promise<void> {
  await becomes(`/v1/sandboxes/${sandboxId}`, 'Running');
  await isThawed(sandboxId);
  await waitFor('what was cut off to be gone', async () => {
    const { containers, unnamed, volumes } = await leftovers();
    const isClear = containers.length === 1 && unnamed.length === 0 && volumes.length === 0;
    return isClear ? true : undefined;
  });
  expect((await test.call('DELETE', `/v1/sandboxes/${sandboxId}`)).status).toBe(204);
}

describe('a call on a container of which the engine speaks', () => {
  it('is waited for, however long it takes', async () => {
    const { id } = await test.createSandbox();
    await execIn(docker, test.containerOf(id), ['sh', '-c', 'echo kept > /note']);
    const containerId = await containerIdOf(id);
    const committing = engine.holdAnswer('/commit?');
    const { body } = await post(`/v1/sandboxes/${id}/snapshots`);
    await committing;
    for (let asked = 0; asked < 3; asked += 1) {
      const question = engine.holdRequest(`/containers/${containerId}/json`);
      await question.asked;
      question.passOn();
    }
    expect(await stateOf(`/v1/snapshots/${body.id}`)).toBe('Creating');
    expect(await stateOf(`/v1/sandboxes/${id}`)).toBe('Running');
    engine.recover();
    await becomes(`/v1/snapshots/${body.id}`, 'Ready');
    await endsWell(id);
  });
});

describe('a start that the engine does not answer', () => {
  it('is not waited for by who creates: the sandbox is Pending, runs when it starts, and can be deleted before', async () => {
    const starts = [engine.holdRequest('/start'), engine.holdRequest('/start')];
    const creating = [test.createSandbox(), test.createSandbox()];
    await Promise.all(starts.map(({ asked }) => asked));
    const [kept, deleted] = await Promise.all(creating);
    for (const sandbox of [kept, deleted]) expect(sandbox?.status.state).toBe('Pending');
    const [keptPath, deletedPath] = [`/v1/sandboxes/${kept?.id ?? ''}`, `/v1/sandboxes/${deleted?.id ?? ''}`];
    expect((await test.call('DELETE', deletedPath)).status).toBe(204);
    expect(await stateOf(deletedPath)).toBe('gone');
    for (const start of starts) start.passOn();
    await becomes(keptPath, 'Running');
    await endsWell(kept?.id ?? '');
  });
});

describe('a call that is under way when the engine falls silent of its container', () => {
  it.each([
    { what: 'a pause', ask: (id: string) => post(`/v1/sandboxes/${id}/pause`), then: 'Paused' },
    { what: 'a removal', ask: (id: string) => test.call('DELETE', `/v1/sandboxes/${id}`), then: 'gone' },
  ])('ends, of $what, and what comes of it later is taken over', async ({ ask, then }) => {
    const [{ id }, other] = [await test.createSandbox(), await test.createSandbox()];
    engine.fallSilentOf(await containerIdOf(id));
    const answers = [ask(id), ask(id), post(`/v1/sandboxes/${id}/snapshots`)];
    expect(await answers[0]).toMatchObject(SILENT);
    await Promise.all(answers);
    expect(await stateOf(`/v1/sandboxes/${id}`)).toBe('Unknown');
    const refused = [
      post(`/v1/sandboxes/${id}/pause`),
      post(`/v1/sandboxes/${id}/resume`),
      post(`/v1/sandboxes/${id}/snapshots`),
      test.call('DELETE', `/v1/sandboxes/${id}`),
    ];
    for (const answer of await Promise.all(refused)) expect(answer).toMatchObject(SILENT);
    expect((await test.takeSnapshot(other.id)).status.state).toBe('Ready');
    engine.recover();
    await becomes(`/v1/sandboxes/${id}`, then);
    if (then !== 'gone') expect((await test.call('DELETE', `/v1/sandboxes/${id}`)).status).toBe(204);
    expect((await test.call('DELETE', `/v1/sandboxes/${other.id}`)).status).toBe(204);
  });

  it('ends, of a resume, and the sandbox can be paused and resumed afterwards', async () => {
    const { id } = await test.createSandbox();
    expect((await post(`/v1/sandboxes/${id}/pause`)).status).toBe(202);
    engine.fallSilentOf(await containerIdOf(id));
    expect(await post(`/v1/sandboxes/${id}/resume`)).toMatchObject(SILENT);
    engine.recover();
    await becomes(`/v1/sandboxes/${id}`, 'Running');
    for (const [act, state] of [
      ['pause', 'Paused'],
      ['resume', 'Running'],
    ]) {
      expect((await post(`/v1/sandboxes/${id}/${act ?? ''}`)).status).toBe(202);
      expect(await stateOf(`/v1/sandboxes/${id}`)).toBe(state);
    }
    await endsWell(id);
  });

  it('ends, of a capture, which is finished from what the engine has made', async () => {
    const { id } = await test.createSandbox({ env: { TOKEN: 'value' } });
    await execIn(docker, test.containerOf(id), ['sh', '-c', 'echo kept > /note']);
    const committing = engine.holdAnswer('/commit?');
    const { body: snapshot } = await post(`/v1/sandboxes/${id}/snapshots`);
    await committing;
    engine.fallSilentOf(await containerIdOf(id));
    const { body: next } = await post(`/v1/sandboxes/${id}/snapshots`);
    await becomes(`/v1/sandboxes/${id}`, 'Unknown');
    expect(await test.call('DELETE', `/v1/sandboxes/${id}`)).toMatchObject(SILENT);
    expect(await stateOf(`/v1/snapshots/${snapshot.id}`)).toBe('Creating');
    engine.recover();
    for (const each of [snapshot, next]) await becomes(`/v1/snapshots/${each.id}`, 'Ready');
    await endsWell(id);
  });

  it('ends, of a capture, which fails without a commit, until one comes after all', async () => {
    const { id } = await test.createSandbox();
    await execIn(docker, test.containerOf(id), ['sh', '-c', 'echo kept > /note']);
    const committing = engine.holdRequest('/commit?');
    const { body: snapshot } = await post(`/v1/sandboxes/${id}/snapshots`);
    await committing.asked;
    engine.fallSilentOf(await containerIdOf(id));
    // A reconcile may notice the silence before the capture gives up.
    await committing.givenUp;
    expect(await stateOf(`/v1/sandboxes/${id}`)).toBe('Unknown');
    engine.recover();
    await becomes(`/v1/snapshots/${snapshot.id}`, 'Failed');
    committing.passOn();
    await becomes(`/v1/snapshots/${snapshot.id}`, 'Ready');
    await endsWell(id);
  });

  it('ends, of a capture with volumes, whose freeze is thawed when the engine speaks again', async () => {
    const claimName = `silent-${test.instanceId.slice(-8).toLowerCase()}`;
    const pvc = { claimName, deleteOnSandboxTermination: true };
    const { id } = await test.createSandbox({ volumes: [{ name: 'data', pvc, mountPath: '/data' }] });
    const reading = engine.holdRequest('/archive?');
    const path = `/v1/desktop/sandboxes/${id}/snapshots`;
    const { body } = await test.call<DesktopSnapshot>('POST', path, { withVolumes: true });
    const { snapshot } = body;
    await reading.asked;
    expect(await engineStateOf(id)).toBe('paused');
    engine.fallSilentOf(await containerIdOf(id));
    const files = test.call('GET', `/v1/desktop/sandboxes/${id}/files?path=/bin`);
    await becomes(`/v1/sandboxes/${id}`, 'Unknown');
    await files;
    reading.passOn();
    await waitFor('the capture to be given up', async () =>
      (await leftovers()).containers.length === 1 ? true : undefined,
    );
    expect(await stateOf(`/v1/snapshots/${snapshot.id}`)).toBe('Creating');
    expect(await engineStateOf(id)).toBe('paused');
    engine.recover();
    await becomes(`/v1/snapshots/${snapshot.id}`, 'Failed');
    await endsWell(id);
  });

  it('ends, of a roll back, which leaves the sandbox as it was', async () => {
    const { id } = await test.createSandbox();
    const { id: snapshotId } = await test.takeSnapshot(id);
    await execIn(docker, test.containerOf(id), ['sh', '-c', 'echo kept > /note']);
    const replacing = engine.holdRequest('/containers/create');
    const { body: task } = await test.call<Task>('POST', `/v1/desktop/sandboxes/${id}/rollback`, {
      snapshotId,
      safetySnapshot: false,
    });
    await replacing.asked;
    engine.fallSilentOf(await containerIdOf(id));
    replacing.passOn();
    expect(await taskEnd(test, task.id)).toMatchObject({
      state: 'Failed',
      error: { code: SILENT.body.code },
    });
    expect(await test.call('DELETE', `/v1/sandboxes/${id}`)).toMatchObject(SILENT);
    engine.recover();
    await waitFor('the roll back to be settled', async () => {
      const { body } = await test.call<{ items: { kind: string }[] }>('GET', '/v1/desktop/activity');
      return body.items.some(({ kind }) => kind === 'sandbox.rollback-settled') ? true : undefined;
    });
    await isThawed(id);
    expect(await execIn(docker, test.containerOf(id), ['cat', '/note'])).toContain('kept');
    await endsWell(id);
  });

  it('ends, of an expiry, which comes when the engine speaks again', async () => {
    const { id } = await test.createSandbox({ timeout: 60 });
    const expiresAt = new Date(Date.now() + 1_000).toISOString();
    engine.fallSilentOf(await containerIdOf(id));
    expect((await post(`/v1/sandboxes/${id}/renew-expiration`, { expiresAt })).status).toBe(200);
    await becomes(`/v1/sandboxes/${id}`, 'Unknown');
    engine.recover();
    await becomes(`/v1/sandboxes/${id}`, 'gone');
  });
});

import type Docker from 'dockerode';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LABEL_INSTANCE } from '../../../src-main/engine/labels';
import { connectDocker, execIn } from '../../support/docker';
import { startFaultyEngine, type FaultyEngine } from '../../support/faulty-engine';
import {
  createTestBackend,
  type Answer,
  type SandboxAnswer,
  type SnapshotAnswer,
  type TestBackend,
} from '../../support/test-backend';
import { waitFor } from '../../support/wait-for';

const NO_ENGINE = 'DOCKER::INITIALIZATION_ERROR';
/** What these tests wait for comes well within that, or never. */
const BOUND_MS = 60_000;
const LATE_MS = 2_000;

interface Status {
  engine: { state: string; reason?: string; help?: { kind: string } };
}

let engine: FaultyEngine;
let test: TestBackend;
/** Past the faults. */
let docker: Docker;
beforeAll(async () => {
  docker = await connectDocker();
  engine = await startFaultyEngine();
  test = await createTestBackend({ environment: engine.environment });
});
afterAll(async () => {
  await test.dispose();
  await engine.stop();
});

async function engineStatus(): Promise<Status['engine']> {
  const { status, body } = await test.call<Status>('GET', '/v1/desktop/status');
  expect(status).toBe(200);
  return body.engine;
}

function engineIs(state: string): Promise<Status['engine']> {
  return waitFor(
    `the engine to be ${state}`,
    async () => {
      const found = await engineStatus();
      return found.state === state ? found : undefined;
    },
    BOUND_MS,
  );
}

function settled(id: string): Promise<SnapshotAnswer> {
  return waitFor(`snapshot ${id} to settle`, async () => {
    const { body } = await test.call<SnapshotAnswer>('GET', `/v1/snapshots/${id}`);
    return ['Ready', 'Failed'].includes(body.status.state) ? body : undefined;
  });
}

async function sandboxState(id: string): Promise<string> {
  return (await test.call<SandboxAnswer>('GET', `/v1/sandboxes/${id}`)).body.status.state;
}

async function containers(): Promise<string[]> {
  const filters = { label: [`${LABEL_INSTANCE}=${test.instanceId}`] };
  const found = await docker.listContainers({ all: true, filters });
  return found.map(({ Names: [name], State: state }) => `${name ?? ''} ${state}`).sort();
}

async function unnamedImages(): Promise<string[]> {
  const filters = { dangling: ['true'], label: [`${LABEL_INSTANCE}=${test.instanceId}`] };
  return (await docker.listImages({ filters: JSON.stringify(filters) })).map((each) => each.Id);
}

/** Waits until the engine has done that with a container of these tests. */
async function happened(action: string, since: number): Promise<void> {
  await waitFor(`the engine to ${action}`, async () => {
    const filters = { event: [action], label: [`${LABEL_INSTANCE}=${test.instanceId}`] };
    const until = Math.floor(Date.now() / 1_000) + 1;
    const events = await docker.getEvents({ since, until, filters });
    let text = '';
    for await (const chunk of events) text += String(chunk);
    return text === '' ? undefined : true;
  });
}

function post(path: string, body: unknown = {}): Promise<Answer<{ id: string; code?: string }>> {
  return test.call('POST', path, body);
}

function createBody(): unknown {
  return {
    image: { uri: 'opensandbox-test/busybox:latest' },
    entrypoint: ['sleep', '1000'],
    resourceLimits: {},
  };
}

describe('an engine that takes connections and answers none', () => {
  it('keeps nobody waiting, and all that was under way comes to its end when it answers again', async () => {
    const [source, second] = [
      await test.createSandbox({ env: { TOKEN: 'value' } }),
      await test.createSandbox(),
    ];
    const kept = await test.takeSnapshot(second.id);
    for (const { id } of [source, second])
      await execIn(docker, test.containerOf(id), ['sh', '-c', 'echo kept > /workspace/note']);

    // Taken up by the engine only when all is over.
    const late = [engine.holdRequest('/commit?'), engine.holdRequest('/containers/create')];
    const captures = [await post(`/v1/sandboxes/${source.id}/snapshots`)];
    const creates = [post('/v1/sandboxes', createBody())];
    await Promise.all(late.map(({ asked }) => asked));
    const midway = ['/commit?', '/images/get?', '/containers/create'].map((part) => engine.holdAnswer(part));
    captures.push(await post(`/v1/sandboxes/${second.id}/snapshots`));
    const exported = test.call('GET', `/v1/desktop/snapshots/${kept.id}/export`);
    creates.push(post('/v1/sandboxes', createBody()));
    await Promise.all(midway);
    engine.hang();
    creates.push(post('/v1/sandboxes', createBody()));
    const deleted = test.call('DELETE', `/v1/snapshots/${kept.id}`);

    expect((await test.call('GET', `/v1/sandboxes/${source.id}`)).status).toBe(200);
    const { reason } = await engineIs('unavailable');
    expect(reason).toMatch(/has not answered for \d+ s/);
    for (const answer of [...(await Promise.all(creates)), await deleted, await exported]) {
      expect(answer).toMatchObject({ status: 503, body: { code: NO_ENGINE } });
      expect(answer.body).toHaveProperty('message', expect.stringMatching(/has not answered.*Restart it;/));
    }
    for (const own of ['status', 'tasks', 'activity', 'settings'])
      expect((await test.call('GET', `/v1/desktop/${own}`)).status).toBe(200);

    engine.recover();
    await engineIs('connected');
    const states = await Promise.all(captures.map(async ({ body }) => (await settled(body.id)).status.state));
    expect(states).toEqual(['Failed', 'Ready']);
    const before = Math.floor(Date.now() / 1_000);
    for (const { passOn } of late) passOn();
    for (const action of ['commit', 'create']) await happened(action, before);
    await waitFor('what was cut off to be gone', async () =>
      (await containers()).length === 2 && (await unnamedImages()).length === 0 ? true : undefined,
    );
    for (const { id } of [source, second]) {
      expect(await sandboxState(id)).toBe('Running');
      expect(await containers()).toContain(`/${test.containerOf(id)} running`);
      expect((await test.call('DELETE', `/v1/sandboxes/${id}`)).status).toBe(204);
    }
    for (const { body } of captures)
      expect((await test.call('DELETE', `/v1/snapshots/${body.id}`)).status).toBe(204);
    expect((await test.call('GET', `/v1/snapshots/${kept.id}`)).status).toBe(404);
    expect(await containers()).toEqual([]);
  });
});

describe('an engine that answers everything late', () => {
  it('is found, and used for what it can do', async () => {
    engine.answerLate(LATE_MS);
    try {
      await test.restart();
      const { id } = await test.createSandbox();
      expect(await sandboxState(id)).toBe('Running');
      engine.answerLate(0);
      expect((await test.call('DELETE', `/v1/sandboxes/${id}`)).status).toBe(204);
    } finally {
      engine.answerLate(0);
    }
    const { body } = await test.call<{ items: { kind: string }[] }>('GET', '/v1/desktop/activity');
    expect(body.items[0]?.kind).toBe('sandbox.deleted');
  });
});

describe('an engine whose socket is removed', () => {
  it('is told of as away, and is found again with everything when the socket is put back', async () => {
    const { id } = await test.createSandbox();
    await engine.removeSocket();
    const { reason } = await engineIs('unavailable');
    expect(reason).not.toBe('');
    const refused = await post('/v1/sandboxes', createBody());
    expect(refused).toMatchObject({ status: 503, body: { code: NO_ENGINE } });
    await engine.putSocketBack();
    await engineIs('connected');
    expect(await sandboxState(id)).toBe('Running');
    expect((await test.takeSnapshot(id)).status.state).toBe('Ready');
    expect((await test.call('DELETE', `/v1/sandboxes/${id}`)).status).toBe(204);
  });
});

describe('an engine that says nothing of one container', () => {
  it('is used for all the others, and the one is told of as silent until it is spoken of again', async () => {
    const [stuck, other] = [await test.createSandbox(), await test.createSandbox()];
    const { Id: containerId } = await docker.getContainer(test.containerOf(stuck.id)).inspect();
    const asked = engine.holdAnswer(`/containers/${containerId}/json`);
    try {
      await test.restart();
      await asked;
      const { body } = await test.call<SandboxAnswer>('GET', `/v1/sandboxes/${stuck.id}`);
      expect(body.status).toMatchObject({
        state: 'Unknown',
        message: expect.stringMatching(/says nothing.*Restart the engine/) as string,
      });
      const files = (id: string) => test.call('GET', `/v1/desktop/sandboxes/${id}/live-files?path=/bin`);
      expect(await files(stuck.id)).toMatchObject({
        status: 503,
        body: { message: expect.stringMatching(/Restart the engine/) as string },
      });
      const unanswerable = [
        test.call('DELETE', `/v1/sandboxes/${stuck.id}`),
        test.call('GET', `/v1/desktop/sandboxes/${stuck.id}/files?path=/bin`),
        test.call('GET', `/v1/sandboxes/${stuck.id}/diagnostics/inspect`),
      ];
      for (const answer of await Promise.all(unanswerable))
        expect(answer).toMatchObject({ status: 503, body: { code: 'DOCKER::SANDBOX_QUERY_FAILED' } });
      expect((await files(other.id)).status).toBe(200);
      expect((await test.takeSnapshot(other.id)).status.state).toBe('Ready');
    } finally {
      engine.recover();
    }
    await waitFor('the sandbox to be spoken of', async () =>
      (await sandboxState(stuck.id)) === 'Running' ? true : undefined,
    );
    for (const { id } of [stuck, other])
      expect((await test.call('DELETE', `/v1/sandboxes/${id}`)).status).toBe(204);
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { execIn } from '../../support/docker';
import type { SandboxAnswer, TestBackend } from '../../support/test-backend';
import { createNetworklessBackend, NETWORKLESS } from './networkless';
import { waitFor } from '../../support/wait-for';

interface ErrorAnswer {
  code: string;
  message: string;
}

let test: TestBackend;
beforeAll(async () => {
  test = await createNetworklessBackend();
});
afterAll(() => test.dispose());

const act = (id: string, action: string) =>
  test.call<ErrorAnswer | undefined>('POST', `/v1/sandboxes/${id}/${action}`);
const get = async (id: string) => (await test.call<SandboxAnswer>('GET', `/v1/sandboxes/${id}`)).body;
const patch = (id: string, body: unknown) =>
  test.call<SandboxAnswer & ErrorAnswer>('PATCH', `/v1/sandboxes/${id}/metadata`, body);

describe('an unknown id', () => {
  it.each<['GET' | 'POST' | 'PATCH' | 'DELETE', string, unknown]>([
    ['GET', '', undefined],
    ['DELETE', '', undefined],
    ['PATCH', '/metadata', { a: 'b' }],
    ['POST', '/pause', undefined],
    ['POST', '/resume', undefined],
    ['POST', '/renew-expiration', { expiresAt: '2100-01-01T00:00:00Z' }],
    ['POST', '/snapshots', {}],
    ['GET', '/endpoints/44772', undefined],
  ])('is 404 for %s %s', async (method, path, body) => {
    const answer = await test.call<ErrorAnswer>(method, `/v1/sandboxes/sbx_none${path}`, body);
    expect([answer.status, answer.body.code]).toEqual([404, 'DOCKER::SANDBOX_NOT_FOUND']);
  });
});

describe('pause and resume', () => {
  it('stand in the activity once each, as what they were asked for', async () => {
    const { id } = await test.createSandbox();
    for (let round = 0; round < 3; round += 1) {
      expect((await act(id, 'pause')).status).toBe(202);
      expect((await act(id, 'resume')).status).toBe(202);
    }
    expect((await act(id, 'pause')).status).toBe(202);
    // By hand, so that everything before it has been followed when this stands there.
    await test.docker.getContainer(test.containerOf(id)).unpause();
    const entries = await waitFor('the change by hand to be noted', async () => {
      const { body } = await test.call<{ items: { sandboxId?: string; kind: string; cause: string }[] }>(
        'GET',
        '/v1/desktop/activity',
      );
      const found = body.items.filter((each) => each.sandboxId === id);
      return found[0]?.cause === 'engine' ? found : undefined;
    });
    const asked = Array.from({ length: 3 }, () => ['sandbox.resumed api', 'sandbox.paused api']).flat();
    expect(entries.map(({ kind, cause }) => `${kind} ${cause}`)).toEqual([
      'sandbox.running engine',
      'sandbox.paused api',
      ...asked,
      'sandbox.created api',
    ]);
  });

  it('freeze and go on, synchronously, and refuse what does not fit the state', async () => {
    const { id } = await test.createSandbox();
    expect((await act(id, 'resume')).body?.code).toBe('DOCKER::SANDBOX_NOT_PAUSED');
    expect((await act(id, 'resume')).status).toBe(409);

    expect((await act(id, 'pause')).status).toBe(202);
    expect((await get(id)).status).toMatchObject({
      state: 'Paused',
      reason: 'CONTAINER_PAUSED',
      message: 'Sandbox container is paused.',
    });
    const { State } = await test.docker.getContainer(test.containerOf(id)).inspect();
    expect(State.Paused).toBe(true);
    const again = await act(id, 'pause');
    expect([again.status, again.body?.code]).toEqual([409, 'DOCKER::SANDBOX_NOT_RUNNING']);
    const snapshot = await act(id, 'snapshots');
    expect([snapshot.status, snapshot.body?.code]).toEqual([409, 'SNAPSHOT::INVALID_SOURCE_STATE']);

    expect((await act(id, 'resume')).status).toBe(202);
    expect((await get(id)).status).toMatchObject({ state: 'Running', reason: 'CONTAINER_RUNNING' });
    expect(await execIn(test.docker, test.containerOf(id), ['echo', 'alive'])).toBe('alive\n');
  });

  it('answer exactly one of several at once with 202', async () => {
    const { id } = await test.createSandbox();
    const pauses = await Promise.all([act(id, 'pause'), act(id, 'pause'), act(id, 'pause')]);
    expect(pauses.map((each) => each.status).sort()).toEqual([202, 409, 409]);
    const resumes = await Promise.all([act(id, 'resume'), act(id, 'resume')]);
    expect(resumes.map((each) => each.status).sort()).toEqual([202, 409]);
  });

  it('keep a pause over a restart of the server', async () => {
    const { id } = await test.createSandbox();
    await act(id, 'pause');
    const paused = await get(id);
    await test.restart();
    expect((await get(id)).status.state).toBe('Paused');
    expect((await get(id)).createdAt).toBe(paused.createdAt);
    expect((await act(id, 'resume')).status).toBe(202);
  });
});

describe('a main process that ends', () => {
  it.each([
    [['true'], 'Terminated', 'CONTAINER_EXITED', 'Sandbox container exited successfully.'],
    [['sh', '-c', 'exit 7'], 'Failed', 'CONTAINER_EXITED_ERROR', 'Sandbox container exited with code 7.'],
  ])('%j shows as %s', async (entrypoint, state, reason, message) => {
    const { id } = await test.createSandbox({ entrypoint });
    const ended = await waitFor('the end to show', async () => {
      const { status } = await get(id);
      return status.state === 'Running' ? undefined : status;
    });
    expect(ended).toMatchObject({ state, reason, message });
    expect((await act(id, 'pause')).status).toBe(409);
    expect((await act(id, 'resume')).status).toBe(409);
    expect((await test.call('GET', `/v1/sandboxes/${id}/endpoints/18080`)).status).toBe(200);
    expect((await test.call('DELETE', `/v1/sandboxes/${id}`)).status).toBe(204);
  });
});

describe('metadata', () => {
  it('is patched by merge: null deletes, others replace, an empty patch changes nothing', async () => {
    const { id } = await test.createSandbox({ metadata: { keep: '1', change: '1', drop: '1' } });
    const expected = { keep: '1', change: '2', added: '' };
    const answer = await patch(id, { change: '2', drop: null, added: '', never: null });
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual(await get(id));
    expect(answer.body.metadata).toEqual(expected);
    expect((await patch(id, {})).body.metadata).toEqual(expected);
    const { body } = await test.call<{ items: SandboxAnswer[] }>('GET', '/v1/sandboxes?metadata=change%3D2');
    expect(body.items.map((each) => each.id)).toEqual([id]);
    await test.restart();
    expect((await get(id)).metadata).toEqual(expected);
  });

  it('refuses what a create would refuse, and changes nothing then', async () => {
    const { id } = await test.createSandbox({ metadata: { a: 'b' } });
    for (const [body, code] of [
      [{ 'opensandbox.io/x': 'y' }, 'INVALID_METADATA_LABEL'],
      [{ 'opensandbox.io/x': null }, 'INVALID_METADATA_LABEL'],
      [{ c: 'd', 'not a key': 'x' }, 'SANDBOX::INVALID_METADATA_LABEL'],
      [{ c: 'not a value' }, 'SANDBOX::INVALID_METADATA_LABEL'],
      [{ c: 1 }, 'SANDBOX::INVALID_PARAMETER'],
      [[], 'SANDBOX::INVALID_PARAMETER'],
    ] as const) {
      const answer = await patch(id, body);
      expect([answer.status, answer.body.code]).toEqual([400, code]);
    }
    expect((await get(id)).metadata).toEqual({ a: 'b' });
  });

  it('loses none of many patches at once', async () => {
    const { id } = await test.createSandbox();
    await Promise.all(Array.from({ length: 20 }, (_, index) => patch(id, { [`k${index}`]: 'v' })));
    expect(Object.keys((await get(id)).metadata)).toHaveLength(20);
  });
});

describe('delete', () => {
  it.each(['Running', 'Paused'])('removes a %s sandbox; the second delete is 404', async (state) => {
    const { id } = await test.createSandbox();
    if (state === 'Paused') await act(id, 'pause');
    const { status, body } = await test.call('DELETE', `/v1/sandboxes/${id}`);
    expect([status, body]).toEqual([204, undefined]);
    await expect(test.docker.getContainer(test.containerOf(id)).inspect()).rejects.toMatchObject({
      statusCode: 404,
    });
    const second = await test.call<ErrorAnswer>('DELETE', `/v1/sandboxes/${id}`);
    expect([second.status, second.body.code]).toEqual([404, 'DOCKER::SANDBOX_NOT_FOUND']);
    expect((await test.call('GET', `/v1/sandboxes/${id}`)).status).toBe(404);
    const { body: all } = await test.call<{ items: SandboxAnswer[] }>('GET', '/v1/sandboxes');
    expect(all.items.map((each) => each.id)).not.toContain(id);
  });

  it('answers one of several at once with 204, the others with 404', async () => {
    const { id } = await test.createSandbox();
    const answers = await Promise.all(
      Array.from({ length: 4 }, () => test.call('DELETE', `/v1/sandboxes/${id}`)),
    );
    expect(answers.map((each) => each.status).sort()).toEqual([204, 404, 404, 404]);
  });

  it('removes a sandbox that is still being created, whatever step that is at', async () => {
    for (let round = 0; round < 6; round += 1) {
      const creating = test.call<SandboxAnswer & ErrorAnswer>('POST', '/v1/sandboxes', {
        image: { uri: 'opensandbox-test/busybox:latest' },
        entrypoint: ['sleep', '100'],
        resourceLimits: {},
        ...NETWORKLESS,
        metadata: { round: String(round) },
      });
      const id = await waitFor('the new sandbox to be listed', async () => {
        const { body } = await test.call<{ items: SandboxAnswer[] }>(
          'GET',
          `/v1/sandboxes?metadata=round%3D${round}`,
        );
        return body.items[0]?.id;
      });
      await new Promise((resolve) => setTimeout(resolve, round * 60));
      const deleted = await test.call('DELETE', `/v1/sandboxes/${id}`);
      const created = await creating;
      expect([204, 404]).toContain(deleted.status);
      expect([202, 409]).toContain(created.status);
      expect((await test.call('GET', `/v1/sandboxes/${id}`)).status).toBe(404);
      const filters = { label: [`io.opensandbox.desktop.id=${id}`] };
      expect(await test.docker.listContainers({ all: true, filters })).toEqual([]);
    }
  });
});

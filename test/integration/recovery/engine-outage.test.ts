import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Task } from '../../../src-main/http/schemas/desktop';
import { LABEL_KIND } from '../../../src-main/engine/labels';
import { execIn } from '../../support/docker';
import { OBEDIENT, startPrivateEngine, type PrivateEngine } from '../../support/private-engine';
import { runTask, taskEnd } from '../../support/tasks';
import {
  createTestBackend,
  type SandboxAnswer,
  type SnapshotAnswer,
  type TestBackend,
} from '../../support/test-backend';
import { waitFor } from '../../support/wait-for';

const OUTAGE_NOTICED_WITHIN_MS = 1_000;

let engine: PrivateEngine;
let test: TestBackend;
beforeAll(async () => {
  engine = await startPrivateEngine();
  test = await createTestBackend({ environment: engine.environment });
});
afterAll(async () => {
  try {
    await test.dispose();
  } finally {
    await engine.destroy();
  }
});

function sandbox(overrides: Record<string, unknown> = {}): Promise<SandboxAnswer> {
  return test.createSandbox({ entrypoint: OBEDIENT, ...overrides });
}

async function accept(sandboxId: string): Promise<SnapshotAnswer> {
  const { status, body } = await test.call<SnapshotAnswer>(
    'POST',
    `/v1/sandboxes/${sandboxId}/snapshots`,
    {},
  );
  expect(status).toBe(202);
  return body;
}

function settled(id: string): Promise<SnapshotAnswer> {
  return waitFor(`snapshot ${id} to settle`, async () => {
    const { status, body } = await test.call<SnapshotAnswer>('GET', `/v1/snapshots/${id}`);
    return status === 200 && ['Ready', 'Failed'].includes(body.status.state) ? body : undefined;
  });
}

async function noticed(status: number): Promise<Record<string, unknown>> {
  return waitFor(`the API to answer ${status}`, async () => {
    const answer = await test.call('GET', '/v1/sandboxes');
    return answer.status === status ? answer.body : undefined;
  });
}

async function paused(): Promise<string[]> {
  const filters = { status: ['paused'] };
  return (await engine.docker.listContainers({ all: true, filters })).map((each) => each.Id);
}

/** Of sandboxes: a container through which files are read stays a little longer. */
async function sandboxContainers(): Promise<string[]> {
  const filters = { label: [`${LABEL_KIND}=sandbox`] };
  return (await engine.docker.listContainers({ all: true, filters })).flatMap((each) => each.Names);
}

async function unnamedImages(): Promise<unknown[]> {
  return engine.docker.listImages({ filters: JSON.stringify({ dangling: ['true'] }) });
}

describe('an engine that goes away', () => {
  it.each(['SIGTERM', 'SIGKILL'] as const)('is told of with 503 and found again after %s', async (signal) => {
    const { id } = await sandbox();
    const snapshot = await test.takeSnapshot(id);
    await engine.stop(signal);
    const stoppedAt = Date.now();
    const body = await noticed(503);
    expect(Date.now() - stoppedAt).toBeLessThan(OUTAGE_NOTICED_WITHIN_MS);
    expect(body).toMatchObject({ code: 'DOCKER::INITIALIZATION_ERROR' });
    const { body: status } = await test.call<{ engine: { state: string; reason: string } }>(
      'GET',
      '/v1/desktop/status',
    );
    expect(status.engine.state).toBe('unavailable');
    expect(status.engine.reason).not.toBe('');

    await engine.start();
    await noticed(200);
    const { body: after } = await test.call<SandboxAnswer>('GET', `/v1/sandboxes/${id}`);
    // The engine takes its containers along; the sandbox says so and can be deleted.
    expect(['Terminated', 'Failed']).toContain(after.status.state);
    const restored = await sandbox({ image: undefined, snapshotId: snapshot.id });
    expect(restored.status.state).toBe('Running');
    for (const each of [id, restored.id])
      expect((await test.call('DELETE', `/v1/sandboxes/${each}`)).status).toBe(204);
    expect((await test.call('DELETE', `/v1/snapshots/${snapshot.id}`)).status).toBe(204);
  });

  it('is no reason not to tell what was there, also of a server that starts meanwhile', async () => {
    const { id } = await sandbox();
    const snapshot = await test.takeSnapshot(id);
    const known = async (): Promise<void> => {
      for (const path of [
        'sandboxes',
        `sandboxes/${id}`,
        'snapshots',
        `snapshots/${snapshot.id}`,
        'lineage',
      ]) {
        const { status, body } = await test.call('GET', `/v1/desktop/${path}`);
        expect(status, path).toBe(200);
        expect(JSON.stringify(body), path).toContain(path.startsWith('sandboxes') ? id : snapshot.id);
      }
      const refused = await test.call('PATCH', `/v1/desktop/snapshots/${snapshot.id}`, { name: 'other' });
      expect(refused.status).toBe(503);
      expect((await test.call('GET', `/v1/desktop/sandboxes/${id}/logs`)).status).toBe(503);
    };
    const losses = async (): Promise<string[]> => {
      const { body } = await test.call<{ items: { kind: string; message: string }[] }>(
        'GET',
        '/v1/desktop/activity',
      );
      return body.items.filter(({ kind }) => kind === 'engine.lost').map(({ message }) => message);
    };
    const before = await losses();
    await engine.stop('SIGTERM');
    await noticed(503);
    await known();
    await waitFor('a search that finds nothing', async () => {
      const { body } = await test.call<{ engine: { reason?: string } }>('GET', '/v1/desktop/status');
      return body.engine.reason?.startsWith('The engine') === true ? true : undefined;
    });
    const after = await losses();
    expect(after).toHaveLength(before.length + 1);
    expect(after[0]).not.toContain('aborted');

    await engine.start();
    await noticed(200);
    try {
      // One that is silent is waited for; of one that is gone, another on this machine would take the place.
      await test.restart(() => engine.freeze(), 'unavailable');
      await known();
      const { body } = await test.call<{ sandbox: SandboxAnswer }>('GET', `/v1/desktop/sandboxes/${id}`);
      expect(body.sandbox.status.state).toBe('Unknown');
    } finally {
      engine.thaw();
    }
    await noticed(200);
    expect((await test.call('DELETE', `/v1/sandboxes/${id}`)).status).toBe(204);
    expect((await test.call('DELETE', `/v1/snapshots/${snapshot.id}`)).status).toBe(204);
  });

  it.each(['SIGTERM', 'SIGKILL'] as const)(
    'in mid-commit by %s ends every capture as Ready or Failed and leaves nothing behind',
    async (signal) => {
      const plain = await sandbox();
      const withSecret = await sandbox({ env: { TOKEN: 'value' } });
      for (const { id } of [plain, withSecret]) {
        await execIn(engine.docker, test.containerOf(id), [
          'dd',
          'if=/dev/urandom',
          'of=/workspace/big',
          'bs=1M',
          'count=192',
        ]);
      }
      const accepted = [
        await accept(plain.id),
        await accept(withSecret.id),
        await accept(plain.id),
        await accept(withSecret.id),
      ];
      await waitFor('the commit to freeze the source', async () =>
        (await paused()).length > 0 ? true : undefined,
      );
      await engine.stop(signal);
      await noticed(503);
      await engine.start();
      for (const { id } of accepted) {
        const { status } = await settled(id);
        expect(['Ready', 'Failed']).toContain(status.state);
        expect(status.message).not.toBe('');
      }
      expect(await paused()).toEqual([]);
      expect(await unnamedImages()).toEqual([]);
      for (const { id } of accepted) await test.call('DELETE', `/v1/snapshots/${id}`);
      for (const { id } of [plain, withSecret]) await test.call('DELETE', `/v1/sandboxes/${id}`);
      expect(await engine.docker.listContainers({ all: true })).toEqual([]);
    },
  );

  it.each(['SIGTERM', 'SIGKILL'] as const)(
    'in mid-rollback by %s leaves one sandbox, which can be rolled back again',
    async (signal) => {
      const { id } = await sandbox();
      const write = (text: string) =>
        execIn(engine.docker, test.containerOf(id), ['sh', '-c', `echo ${text} > /file`]);
      await write('old');
      const snapshot = await test.takeSnapshot(id);
      await write('new');
      const path = `/v1/desktop/sandboxes/${id}/rollback`;
      const body = { snapshotId: snapshot.id, safetySnapshot: false };
      const { body: begun } = await test.call<Task>('POST', path, body);
      await waitFor('the second container to be made', async () =>
        (await sandboxContainers()).length === 2 ? true : undefined,
      );
      await engine.stop(signal);
      await noticed(503);
      await engine.start();
      await noticed(200);
      expect(['Succeeded', 'Failed']).toContain((await taskEnd(test, begun.id)).state);
      await waitFor('one container to be left', async () =>
        (await sandboxContainers()).join() === `/${test.containerOf(id)}` ? true : undefined,
      );
      expect(await paused()).toEqual([]);
      const { body: after } = await test.call<SandboxAnswer>('GET', `/v1/sandboxes/${id}`);
      const content = await test.call<{ content: string }>(
        'GET',
        `/v1/desktop/compare/file?from=${snapshot.id}&to=${id}&path=/file`,
      );
      expect(content.body).toMatchObject({
        after: { content: after.snapshotId === undefined ? 'new\n' : 'old\n' },
      });

      expect((await runTask(test, path, body)).state).toBe('Succeeded');
      const { body: again } = await test.call<SandboxAnswer>('GET', `/v1/sandboxes/${id}`);
      expect(again.status.state).toBe('Running');
      expect(await execIn(engine.docker, test.containerOf(id), ['cat', '/file'])).toBe('old\n');
      expect((await test.call('DELETE', `/v1/sandboxes/${id}`)).status).toBe(204);
      expect(await sandboxContainers()).toEqual([]);
      await test.call('DELETE', `/v1/snapshots/${snapshot.id}`);
    },
  );
});

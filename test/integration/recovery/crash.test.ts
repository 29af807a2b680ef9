import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { LABEL_INSTANCE } from '../../../src-main/engine/labels';
import { BUSYBOX_IMAGE, execIn } from '../../support/docker';
import { startTestServer, type TestServer } from '../../support/server-api';
import type { SandboxAnswer, SnapshotAnswer } from '../../support/test-backend';
import { waitFor } from '../../support/wait-for';

const LARGE_MIB = 256;
const PROMPT_EXIT_MS = 5_000;
/** Many moments between the request and its end, so that each step of the work is hit. */
const KILL_AFTER_MS = [0, 10, 25, 50, 80, 120];

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.dispose());

afterEach(async () => {
  // Each story starts with nothing, and proves that what the one before left can be deleted.
  const { body: snapshots } = await server.call<{ items: { id: string }[] }>('GET', '/v1/snapshots');
  const { body: sandboxes } = await server.call<{ items: { id: string }[] }>('GET', '/v1/sandboxes');
  for (const { id } of sandboxes.items) await server.call('DELETE', `/v1/sandboxes/${id}`);
  for (const { id } of snapshots.items) await server.call('DELETE', `/v1/snapshots/${id}`);
  expect(await containers()).toEqual([]);
  expect(await images()).toEqual([]);
});

async function containers(): Promise<string[]> {
  const filters = { label: [`${LABEL_INSTANCE}=${await server.instanceId()}`] };
  return (await server.docker.listContainers({ all: true, filters })).flatMap((each) => each.Names);
}

async function images(): Promise<string[]> {
  const filters = JSON.stringify({ label: [`${LABEL_INSTANCE}=${await server.instanceId()}`] });
  return (await server.docker.listImages({ filters })).map((each) => each.RepoTags?.join() ?? each.Id);
}

async function largeSandbox(overrides: Record<string, unknown> = {}): Promise<SandboxAnswer> {
  const sandbox = await server.createSandbox(overrides);
  const fill = ['dd', 'if=/dev/urandom', 'of=/workspace/big', 'bs=1M', `count=${LARGE_MIB}`];
  await execIn(server.docker, `opensandbox-${sandbox.id}`, fill);
  return sandbox;
}

function isPaused(sandboxId: string): Promise<boolean> {
  return server.docker
    .getContainer(`opensandbox-${sandboxId}`)
    .inspect()
    .then((info) => info.State.Paused);
}

function frozen(sandboxId: string): Promise<true> {
  return waitFor('the commit to freeze the source', async () =>
    (await isPaused(sandboxId)) ? true : undefined,
  );
}

async function stateOf(sandboxId: string): Promise<string> {
  return (await server.call<SandboxAnswer>('GET', `/v1/sandboxes/${sandboxId}`)).body.status.state;
}

describe('a server that is killed', () => {
  it('right after it accepted snapshots settles every one of them after the restart', async () => {
    const { id } = await server.createSandbox();
    const accepted = [await server.acceptSnapshot(id), await server.acceptSnapshot(id)];
    accepted.push(await server.acceptSnapshot(id));
    await server.process.end('SIGKILL');
    await server.start();
    for (const each of accepted) {
      const { status, createdAt } = await server.settled(each.id);
      expect(['Ready', 'Failed']).toContain(status.state);
      expect(createdAt).toBe(each.createdAt);
    }
    expect(await isPaused(id)).toBe(false);
    expect(await stateOf(id)).toBe('Running');
  });

  it('in the middle of a large commit ends it Ready, with the source shown Running meanwhile', async () => {
    const { id } = await largeSandbox();
    const snapshot = await server.acceptSnapshot(id);
    const queued = await server.acceptSnapshot(id);
    await frozen(id);
    await server.process.end('SIGKILL');
    await server.start();
    expect(await stateOf(id)).toBe('Running');
    expect((await server.settled(snapshot.id)).status).toMatchObject({
      state: 'Ready',
      reason: 'snapshot_recovery_ready',
    });
    expect((await server.settled(queued.id)).status.state).toBe('Ready');
    expect(await isPaused(id)).toBe(false);
  });

  it.each([400, 1000])(
    'while it takes the environment out of a large snapshot, after %i ms, leaves no secret behind',
    async (afterMs) => {
      const { id } = await largeSandbox({ env: { TOKEN: 'hunter2' } });
      const snapshot = await server.acceptSnapshot(id);
      await frozen(id);
      await new Promise((resolve) => setTimeout(resolve, afterMs));
      await server.process.end('SIGKILL');
      await server.start();
      const { status } = await server.settled(snapshot.id);
      expect(['Ready', 'Failed']).toContain(status.state);
      for (const name of await images())
        expect(JSON.stringify(await server.docker.getImage(name).inspect())).not.toContain('hunter2');
      expect(await isPaused(id)).toBe(false);
    },
  );

  it('in the middle of creates leaves no container of those it did not answer', async () => {
    for (const afterMs of KILL_AFTER_MS) {
      const answered: string[] = [];
      for (let count = 0; count < 4; count += 1) {
        server.createSandbox().then(
          ({ id }) => answered.push(id),
          () => undefined,
        );
      }
      await new Promise((resolve) => setTimeout(resolve, afterMs));
      await server.process.end('SIGKILL');
      await server.start();
      const { body } = await server.call<{ items: SandboxAnswer[] }>('GET', '/v1/sandboxes');
      const listed = body.items.map((each) => each.id);
      expect(listed).toEqual(expect.arrayContaining(answered));
      expect((await containers()).sort()).toEqual(listed.map((id) => `/opensandbox-${id}`).sort());
    }
  });

  it('in the middle of deletes finishes those it had begun', async () => {
    for (const afterMs of KILL_AFTER_MS) {
      const { id } = await server.createSandbox();
      const { id: snapshotId } = await server.acceptSnapshot(id);
      await server.settled(snapshotId);
      for (const path of [`/v1/sandboxes/${id}`, `/v1/snapshots/${snapshotId}`])
        server.call('DELETE', path).catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, afterMs));
      await server.process.end('SIGKILL');
      await server.start();
      // Whichever came through is gone as a whole, and the other is there as a whole.
      const { body } = await server.call<{ items: SandboxAnswer[] }>('GET', '/v1/sandboxes');
      await waitFor('containers and sandboxes to agree', async () =>
        (await containers()).length ===
        (await server.call<{ items: unknown[] }>('GET', '/v1/sandboxes')).body.items.length
          ? true
          : undefined,
      );
      const { status, body: left } = await server.call<SnapshotAnswer>('GET', `/v1/snapshots/${snapshotId}`);
      expect(await images()).toEqual(status === 404 ? [] : [`opensandbox-snapshots:${snapshotId}`]);
      if (status !== 404) expect(left.status.state).toBe('Ready');
      await server.call('DELETE', `/v1/snapshots/${snapshotId}`);
      for (const each of body.items) await server.call('DELETE', `/v1/sandboxes/${each.id}`);
    }
  });
});

describe('a server that is asked to stop', () => {
  it('during a capture exits 0 at once, and the capture ends after the next start', async () => {
    const { id } = await largeSandbox();
    const snapshot = await server.acceptSnapshot(id);
    await frozen(id);
    // A delete that waits for the capture must not hold the exit up.
    const deleting = server.call('DELETE', `/v1/sandboxes/${id}`).catch(() => undefined);
    const askedAt = Date.now();
    expect(await server.process.end('SIGTERM')).toBe(0);
    expect(Date.now() - askedAt).toBeLessThan(PROMPT_EXIT_MS);
    await deleting;
    await server.start();
    expect((await server.settled(snapshot.id)).status.state).toBe('Ready');
    const restored = await server.createSandbox({ image: undefined, snapshotId: snapshot.id });
    expect(restored.status.state).toBe('Running');
  });

  it('keeps what runs: sandboxes are there after the next start', async () => {
    const { id } = await server.createSandbox({ image: { uri: BUSYBOX_IMAGE } });
    expect(await server.process.end('SIGTERM')).toBe(0);
    await server.start();
    expect(await stateOf(id)).toBe('Running');
  });
});

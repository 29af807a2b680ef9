import { afterAll, beforeAll, expect, it } from 'vitest';
import { BUSYBOX_IMAGE, execIn } from '../support/docker';
import { OBEDIENT, startPrivateEngine, type PrivateEngine } from '../support/private-engine';
import {
  createTestBackend,
  TEST_API_KEY,
  type SandboxAnswer,
  type SnapshotAnswer,
  type TestBackend,
} from '../support/test-backend';
import { waitFor } from '../support/wait-for';

const CREATES = 4;
const KEPT_MIB = 24;
const CAPTURED_MIB = 96;
const BODY = { image: { uri: BUSYBOX_IMAGE }, entrypoint: OBEDIENT, resourceLimits: {} };

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

async function answering(status: number): Promise<void> {
  await waitFor(`the API to answer ${status}`, async () =>
    (await test.call('GET', '/v1/sandboxes')).status === status ? true : undefined,
  );
}

function fill(sandboxId: string, name: string, mebibytes: number): Promise<string> {
  const file = `/workspace/${name}`;
  const command = ['dd', 'if=/dev/urandom', `of=${file}`, 'bs=1M', `count=${mebibytes}`];
  return execIn(engine.docker, test.containerOf(sandboxId), command);
}

/** Names of all containers with their states. */
async function containers(state?: string): Promise<string[]> {
  const filters = state === undefined ? {} : { status: [state] };
  const found = await engine.docker.listContainers({ all: true, filters });
  return found.map(({ Names: [name] }) => name ?? '').sort();
}

/** An export that has begun; `rest` reads it to its end. */
async function beginExport(snapshotId: string): Promise<{ rest: () => Promise<number> }> {
  const response = await test.backend.http.inject({
    url: `/v1/desktop/snapshots/${snapshotId}/export`,
    headers: { 'open-sandbox-api-key': TEST_API_KEY, host: 'localhost:8080' },
    payloadAsStream: true,
  });
  const chunks = response.stream()[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  let bytes = ((await chunks.next()).value as Buffer).length;
  return {
    async rest() {
      for (let next = await chunks.next(); next.done !== true; next = await chunks.next())
        bytes += next.value.length;
      return bytes;
    },
  };
}

it.each(['SIGSTOP', 'SIGTERM', 'SIGKILL'] as const)(
  'keeps what it acknowledged, and nothing else, when the engine gets %s in mid-create, mid-commit and mid-export',
  async (signal) => {
    const source = await test.createSandbox(BODY);
    await fill(source.id, 'kept', KEPT_MIB);
    const kept = await test.takeSnapshot(source.id);
    await fill(source.id, 'captured', CAPTURED_MIB);

    const exported = await beginExport(kept.id);
    const { body: capture } = await test.call<SnapshotAnswer>(
      'POST',
      `/v1/sandboxes/${source.id}/snapshots`,
      {},
    );
    await waitFor('the commit to freeze the source', async () =>
      (await containers('paused')).length > 0 ? true : undefined,
    );
    const creating = Array.from({ length: CREATES }, () =>
      test.call<SandboxAnswer & { code?: string; message?: string }>('POST', '/v1/sandboxes', BODY),
    );
    await waitFor('a container to be made', async () => ((await containers()).length > 1 ? true : undefined));
    if (signal === 'SIGSTOP') engine.freeze();
    else await engine.stop(signal);
    const answers = await Promise.all(creating);
    await answering(503);
    await expect(exported.rest()).rejects.toThrow();

    if (signal === 'SIGSTOP') engine.thaw();
    else await engine.start();
    await answering(200);
    const refused = answers.filter(({ status }) => status !== 202);
    for (const { status, body } of refused) {
      expect([500, 503]).toContain(status);
      expect(body.code).toMatch(/^DOCKER::/);
      expect(body.message).not.toBe('');
    }
    const settled = await waitFor('the snapshot to settle', async () => {
      const { body } = await test.call<SnapshotAnswer>('GET', `/v1/snapshots/${capture.id}`);
      return ['Ready', 'Failed'].includes(body.status.state) ? body.status : undefined;
    });
    expect(settled.message).not.toBe('');
    const ids = [source, ...answers.filter(({ status }) => status === 202).map(({ body }) => body)].map(
      ({ id }) => id,
    );
    const { body: listed } = await test.call<{ items: SandboxAnswer[] }>('GET', '/v1/sandboxes');
    expect(listed.items.map(({ id }) => id).sort()).toEqual([...ids].sort());
    await waitFor('each container to belong to a sandbox', async () => {
      const expected = ids.map((id) => `/${test.containerOf(id)}`).sort();
      return (await containers()).join() === expected.join() ? true : undefined;
    });
    expect(await containers('paused')).toEqual([]);
    expect(await engine.docker.listImages({ filters: JSON.stringify({ dangling: ['true'] }) })).toEqual([]);
    const { body: tasks } = await test.call<{ items: { state: string }[] }>('GET', '/v1/desktop/tasks');
    expect(tasks.items.filter(({ state }) => state === 'Running')).toEqual([]);

    for (const id of ids) expect((await test.call('DELETE', `/v1/sandboxes/${id}`)).status).toBe(204);
    for (const { id } of [kept, capture])
      expect((await test.call('DELETE', `/v1/snapshots/${id}`)).status).toBe(204);
    expect(await containers()).toEqual([]);
  },
);

import { ConnectionConfig, SandboxApiException, SandboxManager } from '@alibaba-group/opensandbox';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestBackend, TEST_API_KEY, type TestBackend } from '../../support/test-backend';
import { waitFor } from '../../support/wait-for';

const HOUR_SECONDS = 3600;

let test: TestBackend;
let manager: SandboxManager;
beforeAll(async () => {
  test = await createTestBackend();
  await test.backend.listen(0);
  manager = connect(TEST_API_KEY);
});
afterAll(async () => {
  await manager.close();
  await test.dispose();
});

function connect(apiKey: string): SandboxManager {
  return SandboxManager.create({
    connectionConfig: new ConnectionConfig({ domain: test.backend.address, apiKey }),
  });
}

/** The error of a call that must fail, as the SDK reports it. */
async function failure(call: Promise<unknown>): Promise<SandboxApiException> {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof SandboxApiException)) throw new Error(`Not an error of the API: ${String(error)}`);
  return error;
}

describe('the official JavaScript SDK, managing sandboxes', () => {
  it('lists, filters and pages', async () => {
    const made = [];
    for (const tier of ['a', 'b', 'b']) made.push(await test.createSandbox({ metadata: { tier } }));
    const all = await manager.listSandboxInfos({ states: ['Running'], pageSize: 2 });
    expect(all.items).toHaveLength(2);
    expect(all.pagination).toMatchObject({ totalItems: 3, totalPages: 2, hasNextPage: true });
    const some = await manager.listSandboxInfos({ metadata: { tier: 'b' } });
    expect(some.items.map((each) => each.id)).toEqual([made[2]?.id, made[1]?.id]);
    expect(await manager.listSandboxInfos({ states: ['Paused'] })).toMatchObject({ items: [] });
  });

  it('pauses, resumes, patches, renews and kills', async () => {
    const { id } = await test.createSandbox({ timeout: 600, metadata: { keep: '1', drop: '1' } });
    const state = async () => (await manager.getSandboxInfo(id)).status.state;
    await manager.pauseSandbox(id);
    expect(await state()).toBe('Paused');
    await manager.resumeSandbox(id);
    expect(await state()).toBe('Running');

    const patched = await manager.patchSandboxMetadata(id, { drop: null, added: '2' });
    expect(patched.metadata).toEqual({ keep: '1', added: '2' });

    await manager.renewSandbox(id, HOUR_SECONDS);
    const { expiresAt, createdAt } = await manager.getSandboxInfo(id);
    expect(expiresAt).toBeInstanceOf(Date);
    expect(createdAt).toBeInstanceOf(Date);
    expect(Math.abs((expiresAt?.getTime() ?? 0) - Date.now() - HOUR_SECONDS * 1000)).toBeLessThan(5_000);

    await manager.killSandbox(id);
    expect(await failure(manager.getSandboxInfo(id))).toMatchObject({ statusCode: 404 });
  });

  it('takes, lists and deletes snapshots', async () => {
    const { id } = await test.createSandbox();
    const accepted = await manager.createSnapshot(id, { name: 'from the SDK' });
    expect(accepted.status).toMatchObject({
      state: 'Creating',
      reason: 'snapshot_accepted',
      message: 'Snapshot creation accepted.',
    });
    const ready = await waitFor('the snapshot to be Ready', async () => {
      const snapshot = await manager.getSnapshot(accepted.id);
      return snapshot.status.state === 'Ready' ? snapshot : undefined;
    });
    expect(ready).toMatchObject({ name: 'from the SDK', sandboxId: id, createdAt: accepted.createdAt });
    const listed = await manager.listSnapshots({ sandboxId: id });
    expect(listed.items).toEqual([ready]);
    await manager.deleteSnapshot(ready.id);
    expect(await failure(manager.getSnapshot(ready.id))).toMatchObject({ statusCode: 404 });
  });

  it('reports errors with status, code, words and request id', async () => {
    const { id } = await test.createSandbox();
    for (const [call, statusCode, code] of [
      [() => manager.getSandboxInfo('sbx_none'), 404, 'DOCKER::SANDBOX_NOT_FOUND'],
      [() => manager.killSandbox('sbx_none'), 404, 'DOCKER::SANDBOX_NOT_FOUND'],
      [() => manager.pauseSandbox('sbx_none'), 404, 'DOCKER::SANDBOX_NOT_FOUND'],
      [() => manager.resumeSandbox(id), 409, 'DOCKER::SANDBOX_NOT_PAUSED'],
      [() => manager.renewSandbox(id, HOUR_SECONDS), 409, 'DOCKER::INVALID_EXPIRATION'],
      [() => manager.getSnapshot('snap_none'), 404, 'SNAPSHOT::NOT_FOUND'],
      [() => connect('wrong').listSandboxInfos(), 401, 'INVALID_API_KEY'],
    ] as const) {
      const error = await failure(call());
      expect([error.statusCode, error.error.code]).toEqual([statusCode, code]);
      expect(error.requestId).toMatch(/^[0-9a-f-]{36}$/);
      expect(error.message.length).toBeGreaterThan(10);
    }
  });
});

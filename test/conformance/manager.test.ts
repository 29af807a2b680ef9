import { SandboxManager, type Sandbox } from '@alibaba-group/opensandbox';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waitFor } from '../support/wait-for';
import { failure, OfficialSdk } from './official-sdk';

let sdk: OfficialSdk;
let manager: SandboxManager;
beforeAll(async () => {
  sdk = await OfficialSdk.start();
  manager = SandboxManager.create({ connectionConfig: sdk.config });
});
afterAll(async () => {
  await manager.close();
  await sdk.stop();
});

describe('the manager', () => {
  it('finds sandboxes by state and metadata, page by page', async () => {
    const made: Sandbox[] = [];
    for (const tier of ['a', 'b', 'b']) made.push(await sdk.create({ metadata: { tier } }));
    const [first, second, third] = made.map(({ id }) => id);
    await manager.pauseSandbox(first ?? '');
    const ids = async (filter: Parameters<typeof manager.listSandboxInfos>[0]) =>
      (await manager.listSandboxInfos(filter)).items.map(({ id }) => id);
    expect(await ids({})).toEqual([third, second, first]);
    expect(await ids({ states: ['Running'] })).toEqual([third, second]);
    expect(await ids({ states: ['Running', 'Paused'], metadata: { tier: 'a' } })).toEqual([first]);
    expect(await ids({ metadata: { tier: 'none' } })).toEqual([]);
    const page = await manager.listSandboxInfos({ page: 2, pageSize: 2 });
    expect(page.items.map(({ id }) => id)).toEqual([first]);
    expect(page.pagination).toEqual({
      page: 2,
      pageSize: 2,
      totalItems: 3,
      totalPages: 2,
      hasNextPage: false,
    });
    await manager.resumeSandbox(first ?? '');
    for (const { id } of made) await manager.killSandbox(id);
    expect(await ids({})).toEqual([]);
  });

  it('renews, patches and tells of one sandbox, and answers 404 for an unknown one', async () => {
    const { id } = await sdk.create();
    await manager.renewSandbox(id, 7_200);
    const { expiresAt } = await manager.getSandboxInfo(id);
    expect(Math.abs((expiresAt?.getTime() ?? 0) - Date.now() - 7_200_000)).toBeLessThan(5_000);
    expect((await manager.patchSandboxMetadata(id, { a: '1' })).metadata).toEqual({ a: '1' });
    expect((await failure(manager.patchSandboxMetadata(id, { 'opensandbox.io/x': '1' }))).statusCode).toBe(
      400,
    );
    await manager.killSandbox(id);
    for (const call of [
      () => manager.getSandboxInfo(id),
      () => manager.killSandbox(id),
      () => manager.pauseSandbox(id),
      () => manager.resumeSandbox(id),
      () => manager.renewSandbox(id, 600),
      () => manager.createSnapshot(id),
    ]) {
      expect(await failure(call())).toMatchObject({
        statusCode: 404,
        error: { code: 'DOCKER::SANDBOX_NOT_FOUND' },
      });
    }
  });
});

describe('snapshots', () => {
  it('bring back files of a sandbox that is gone', async () => {
    const source = await sdk.create();
    await source.commands.run("echo 'kept by the snapshot' > /workspace/kept");
    const accepted = await manager.createSnapshot(source.id, { name: 'conformance' });
    expect(accepted).toMatchObject({
      sandboxId: source.id,
      name: 'conformance',
      status: { state: 'Creating', reason: 'snapshot_accepted', message: 'Snapshot creation accepted.' },
    });
    expect(accepted.createdAt).toBeInstanceOf(Date);
    expect(await source.isHealthy()).toBe(true);
    const ready = await waitFor('the snapshot', async () => {
      const snapshot = await manager.getSnapshot(accepted.id);
      return snapshot.status.state === 'Ready' ? snapshot : undefined;
    });
    expect(ready.createdAt).toEqual(accepted.createdAt);
    await source.kill();

    const restored = await sdk.create({ snapshotId: accepted.id });
    const { logs } = await restored.commands.run('cat /workspace/kept');
    expect(logs.stdout.map((each) => each.text)).toEqual(['kept by the snapshot']);
    const info = await restored.getInfo();
    expect(info.snapshotId).toBe(accepted.id);
    expect(info.image).toBeUndefined();
    await restored.kill();

    const { items } = await manager.listSnapshots({ sandboxId: source.id, states: ['Ready'] });
    expect(items).toEqual([ready]);
    expect((await manager.listSnapshots({ states: ['Failed'] })).items).toEqual([]);
    await manager.deleteSnapshot(accepted.id);
    for (const call of [
      () => manager.getSnapshot(accepted.id),
      () => manager.deleteSnapshot(accepted.id),
      () => sdk.create({ snapshotId: accepted.id }),
    ]) {
      expect(await failure(call())).toMatchObject({
        statusCode: 404,
        error: { code: 'SNAPSHOT::NOT_FOUND' },
      });
    }
  });

  it('are refused of a paused sandbox', async () => {
    const sandbox = await sdk.create();
    await sandbox.pause();
    expect((await failure(manager.createSnapshot(sandbox.id))).error.code).toBe(
      'SNAPSHOT::INVALID_SOURCE_STATE',
    );
    await sandbox.kill();
  });
});

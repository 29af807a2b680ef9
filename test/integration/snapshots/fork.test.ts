import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { execIn } from '../../support/docker';
import type { Task } from '../../../src-main/http/schemas/desktop';
import { runTask, taskEnd } from '../../support/tasks';
import { createTestBackend, type SandboxAnswer, type TestBackend } from '../../support/test-backend';
import { waitFor } from '../../support/wait-for';

let test: TestBackend;
beforeAll(async () => {
  test = await createTestBackend();
});
afterAll(() => test.dispose());

function shell(sandboxId: string, script: string): Promise<string> {
  return execIn(test.docker, test.containerOf(sandboxId), ['sh', '-c', script]);
}

async function get(id: string): Promise<SandboxAnswer> {
  return (await test.call<SandboxAnswer>('GET', `/v1/sandboxes/${id}`)).body;
}

describe('forking', () => {
  it('makes eight sandboxes of a snapshot side by side, with names and the wishes of the request', async () => {
    const source = await test.createSandbox({ metadata: { name: 'source', team: 'a' } });
    await shell(source.id, 'echo kept > /file');
    const { id: snapshotId } = await test.takeSnapshot(source.id, 'to fork');
    const task = await runTask(test, `/v1/desktop/snapshots/${snapshotId}/fork`, {
      count: 8,
      name: 'try',
      env: { TOKEN: 'hunter2' },
      metadata: { team: 'b' },
      timeout: 3600,
    });
    expect(task).toMatchObject({
      kind: 'snapshot.fork',
      state: 'Succeeded',
      title: 'Fork to fork ×8',
      result: { snapshotId, failures: [] },
    });
    const ids = task.result?.sandboxIds ?? [];
    expect(ids).toHaveLength(8);
    for (const [place, id] of ids.entries()) {
      const sandbox = await get(id);
      expect(sandbox).toMatchObject({
        snapshotId,
        status: { state: 'Running' },
        metadata: { name: `try-${place + 1}`, team: 'b' },
        entrypoint: source.entrypoint,
      });
      expect(sandbox.expiresAt).toBeDefined();
    }
    expect(await shell(ids[7] ?? '', 'cat /file; echo $TOKEN')).toBe('kept\nhunter2\n');
  });

  it('copies a running sandbox with its files, environment and metadata', async () => {
    const source = await test.createSandbox({
      env: { TOKEN: 'hunter2' },
      metadata: { name: 'live', team: 'a' },
      networkPolicy: { defaultAction: 'deny' },
    });
    await shell(source.id, 'echo now > /file');
    const task = await runTask(test, `/v1/desktop/sandboxes/${source.id}/fork`, { count: 2 });
    expect(task).toMatchObject({ kind: 'sandbox.fork', state: 'Succeeded' });
    const [first = '', second = ''] = task.result?.sandboxIds ?? [];
    expect((await get(first)).metadata).toEqual({ name: 'live-1', team: 'a' });
    expect((await get(second)).metadata).toEqual({ name: 'live-2', team: 'a' });
    expect(await shell(second, 'cat /file; echo $TOKEN; ls /sys/class/net')).toBe('now\nhunter2\nlo\n');
    expect((await get(source.id)).status.state).toBe('Running');
  });

  it('tells of each sandbox that could not be made, and keeps the others', async () => {
    const source = await test.createSandbox();
    const { id: snapshotId } = await test.takeSnapshot(source.id);
    const { body: begun } = await test.call<Task>('POST', `/v1/desktop/snapshots/${snapshotId}/fork`, {
      count: 10,
    });
    // The image goes while the first ones are there and the last ones are not begun.
    await waitFor('the first sandbox of the fork', async () => {
      const { body } = await test.call<{ items: SandboxAnswer[] }>('GET', '/v1/sandboxes?pageSize=200');
      return body.items.some((each) => each.snapshotId === snapshotId) ? true : undefined;
    });
    await test.docker.getImage(`opensandbox-snapshots:${snapshotId}`).remove({ force: true });
    const task = await taskEnd(test, begun.id);
    const { sandboxIds = [], failures = [] } = task.result ?? {};
    expect(task.state).toBe('Succeeded');
    expect(sandboxIds.length + failures.length).toBe(10);
    expect(failures.at(-1)).toMatchObject({ index: 10, code: 'SNAPSHOT::NOT_READY' });
    for (const id of sandboxIds) expect((await get(id)).status.state).toBe('Running');
  });

  it('fails as a whole when no sandbox could be made', async () => {
    const source = await test.createSandbox();
    const { id: snapshotId } = await test.takeSnapshot(source.id);
    const volume = `fork-${source.id.slice(-8)}`;
    const task = await runTask(test, `/v1/desktop/snapshots/${snapshotId}/fork`, {
      count: 3,
      volumes: [{ name: 'v', pvc: { claimName: volume, createIfNotExists: false }, mountPath: '/v' }],
    });
    expect(task).toMatchObject({ state: 'Failed', error: { code: 'VOLUME::PVC_NOT_FOUND' } });
    expect(task.error?.message).toContain('None of the 3 sandboxes could be made');
  });

  it('refuses at once what no sandbox could be made of', async () => {
    const source = await test.createSandbox();
    const { id: snapshotId } = await test.takeSnapshot(source.id);
    const path = `/v1/desktop/snapshots/${snapshotId}/fork`;
    expect((await test.call('POST', path, { count: 0 })).status).toBe(400);
    expect((await test.call('POST', path, { count: 33 })).status).toBe(400);
    expect(await test.call('POST', path, { count: 2, name: 'not a label' })).toMatchObject({
      status: 400,
      body: { code: 'SANDBOX::INVALID_METADATA_LABEL' },
    });
    expect((await test.call('POST', '/v1/desktop/snapshots/snap_none/fork', { count: 1 })).status).toBe(404);
    expect((await test.call('POST', '/v1/desktop/sandboxes/sbx_none/fork', { count: 1 })).status).toBe(404);
  });
});

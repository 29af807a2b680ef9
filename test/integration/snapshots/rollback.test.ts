import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LABEL_ID } from '../../../src-main/engine/labels';
import type { DesktopSnapshot, Task } from '../../../src-main/http/schemas/desktop';
import { execIn } from '../../support/docker';
import { runTask, taskEnd } from '../../support/tasks';
import {
  createTestBackend,
  type SandboxAnswer,
  type SnapshotAnswer,
  type TestBackend,
} from '../../support/test-backend';
import { waitFor } from '../../support/wait-for';

const EXPIRES_IN_SECONDS = 3600;

let test: TestBackend;
let hostFolder: string;
beforeAll(async () => {
  hostFolder = await mkdtemp(join(tmpdir(), 'opensandbox-host-'));
  test = await createTestBackend({ hostVolumeRoots: [hostFolder] });
});
afterAll(async () => {
  await test.dispose();
  await rm(hostFolder, { recursive: true, force: true });
});

function shell(sandboxId: string, script: string): Promise<string> {
  return execIn(test.docker, test.containerOf(sandboxId), ['sh', '-c', script]);
}

function rollBack(sandboxId: string, body: { snapshotId: string; safetySnapshot?: boolean }): Promise<Task> {
  return runTask(test, `/v1/desktop/sandboxes/${sandboxId}/rollback`, body);
}

async function get(sandboxId: string): Promise<SandboxAnswer> {
  return (await test.call<SandboxAnswer>('GET', `/v1/sandboxes/${sandboxId}`)).body;
}

/** Names of all containers that carry the sandbox's id, with their state. */
async function containers(sandboxId: string): Promise<string[]> {
  const found = await test.docker.listContainers({
    all: true,
    filters: { label: [`${LABEL_ID}=${sandboxId}`] },
  });
  return found.map((each) => `${each.Names.join()} ${each.State}`);
}

async function expectOneWorking(sandboxId: string): Promise<void> {
  expect(await containers(sandboxId)).toEqual([`/opensandbox-${sandboxId} running`]);
  expect((await get(sandboxId)).status.state).toBe('Running');
  expect(await shell(sandboxId, 'echo works')).toBe('works\n');
}

function safetyOf(task: Task): string {
  expect(task).toMatchObject({ state: 'Succeeded', kind: 'sandbox.rollback' });
  return String(task.result?.['safetySnapshotId']);
}

describe('rolling back', () => {
  it('brings the files of the snapshot back and leaves everything else of the sandbox as it is', async () => {
    const created = await test.createSandbox({
      env: { TOKEN: 'hunter2' },
      metadata: { name: 'original', team: 'a' },
      timeout: EXPIRES_IN_SECONDS,
      extensions: { 'access.renew.extend.seconds': '600' },
      volumes: [
        { name: 'shared', host: { path: hostFolder }, mountPath: '/shared' },
        {
          name: 'own',
          pvc: { claimName: 'rollback-own', deleteOnSandboxTermination: true },
          mountPath: '/own',
        },
      ],
    });
    const { id } = created;
    await shell(id, 'echo good > /file; echo volume > /own/kept; echo host > /shared/kept');
    const snapshot = await test.takeSnapshot(id, 'good');
    await shell(id, 'echo bad > /file; echo later > /later; rm /etc/passwd');
    await test.call('PATCH', `/v1/sandboxes/${id}/metadata`, { team: 'b' });
    const before = await get(id);
    const endpoint = await test.call('GET', `/v1/sandboxes/${id}/endpoints/8000`);

    const task = await rollBack(id, { snapshotId: snapshot.id });

    const after = await get(id);
    expect(after).toMatchObject({
      id,
      metadata: { name: 'original', team: 'b' },
      createdAt: before.createdAt,
      expiresAt: before.expiresAt,
      entrypoint: before.entrypoint,
      extensions: { 'access.renew.extend.seconds': '600' },
      snapshotId: snapshot.id,
      status: { state: 'Running' },
    });
    expect((await test.call('GET', `/v1/sandboxes/${id}/endpoints/8000`)).body).toEqual(endpoint.body);
    expect(await shell(id, 'cat /file /own/kept /shared/kept; echo $TOKEN $BASE; ls /later')).toMatch(
      /^good\nvolume\nhost\nhunter2 from-image\n.*No such file/s,
    );
    expect(await readFile(join(hostFolder, 'kept'), 'utf8')).toBe('host\n');
    const { HostConfig } = await test.docker.getContainer(test.containerOf(id)).inspect();
    expect(HostConfig).toMatchObject({ NanoCpus: 500_000_000, Memory: 64 * 2 ** 20, NetworkMode: 'bridge' });
    await expectOneWorking(id);

    const { body: safety } = await test.call<DesktopSnapshot>(
      'GET',
      `/v1/desktop/snapshots/${safetyOf(task)}`,
    );
    expect(safety).toMatchObject({ displayName: 'Before rollback to good', childCount: 0 });
    expect(safety.parentSnapshotId).toBeUndefined();
    const next = await test.takeSnapshot(id);
    const { body: child } = await test.call<DesktopSnapshot>('GET', `/v1/desktop/snapshots/${next.id}`);
    expect(child.parentSnapshotId).toBe(snapshot.id);

    await test.call('DELETE', `/v1/sandboxes/${id}`);
    expect(await containers(id)).toEqual([]);
    await expect(test.docker.getVolume('rollback-own').inspect()).rejects.toThrow('no such volume');
  });

  it('is undone by rolling back to the safety snapshot, and that again', async () => {
    const { id } = await test.createSandbox();
    await shell(id, 'echo one > /file');
    const one = await test.takeSnapshot(id, 'one');
    await shell(id, 'echo two > /file');
    const first = safetyOf(await rollBack(id, { snapshotId: one.id }));
    expect(await shell(id, 'cat /file')).toBe('one\n');
    const second = safetyOf(await rollBack(id, { snapshotId: first }));
    expect(await shell(id, 'cat /file')).toBe('two\n');
    await rollBack(id, { snapshotId: second });
    expect(await shell(id, 'cat /file')).toBe('one\n');
    await expectOneWorking(id);
  });

  it('keeps commands and sessions working across the switch', async () => {
    const { id } = await test.createSandbox();
    const path = `/v1/sandboxes/${id}/proxy/44772/command`;
    const run = () =>
      test.backend.http.inject({
        method: 'POST',
        url: path,
        headers: { 'open-sandbox-api-key': 'test-key', host: 'localhost:8080' },
        payload: { command: 'cat /file' },
      });
    await shell(id, 'echo one > /file');
    const { id: snapshotId } = await test.takeSnapshot(id);
    await shell(id, 'echo two > /file');
    expect((await run()).body).toContain('two');
    const { body: task } = await test.call<Task>('POST', `/v1/desktop/sandboxes/${id}/rollback`, {
      snapshotId,
    });
    const states = new Set<string>();
    const progress = { over: false };
    const watching = (async () => {
      while (!progress.over) {
        states.add((await get(id)).status.state);
        await new Promise(setImmediate);
      }
    })();
    const answers: number[] = [];
    while ((await test.call<Task>('GET', `/v1/desktop/tasks/${task.id}`)).body.state === 'Running')
      answers.push((await run()).statusCode);
    progress.over = true;
    await watching;
    expect([...states]).toEqual(['Running']);
    expect(new Set(answers)).not.toContain(404);
    expect((await run()).body).toContain('one');
  });

  it('takes a paused or ended sandbox only without a safety snapshot, and says so', async () => {
    const { id } = await test.createSandbox({
      entrypoint: ['sh', '-c', 'while [ ! -e /end ]; do sleep 0.1; done'],
    });
    const { id: snapshotId } = await test.takeSnapshot(id);
    await test.call('POST', `/v1/sandboxes/${id}/pause`);
    const refused = await test.call('POST', `/v1/desktop/sandboxes/${id}/rollback`, { snapshotId });
    expect(refused).toMatchObject({ status: 409, body: { code: 'SANDBOX::ROLLBACK_INVALID_STATE' } });
    expect(refused.body['message']).toContain('safetySnapshot false');
    expect((await rollBack(id, { snapshotId, safetySnapshot: false })).state).toBe('Succeeded');
    await expectOneWorking(id);
    await shell(id, 'touch /end');
    await waitFor('the sandbox to end', async () =>
      (await get(id)).status.state === 'Terminated' ? true : undefined,
    );
    expect((await rollBack(id, { snapshotId, safetySnapshot: false })).state).toBe('Succeeded');
    await expectOneWorking(id);
  });
});

describe('a roll back that cannot be done', () => {
  it('because the image was removed behind the back leaves the sandbox as it was', async () => {
    const { id } = await test.createSandbox();
    const { id: snapshotId } = await test.takeSnapshot(id);
    await shell(id, 'echo kept > /file');
    const { body: task } = await test.call<Task>('POST', `/v1/desktop/sandboxes/${id}/rollback`, {
      snapshotId,
    });
    await test.docker.getImage(`opensandbox-snapshots:${snapshotId}`).remove({ force: true });
    expect(await taskEnd(test, task.id)).toMatchObject({
      state: 'Failed',
      error: { code: 'SNAPSHOT::NOT_READY' },
    });
    expect(await shell(id, 'cat /file')).toBe('kept\n');
    await expectOneWorking(id);
  });

  it('because the command is not in the snapshot, or ends at once there, leaves the sandbox as it was', async () => {
    const other = await test.createSandbox();
    await shell(other.id, 'echo exit 3 > /begin; chmod +x /begin');
    const ending = await test.takeSnapshot(other.id);
    await shell(other.id, 'rm /begin');
    const lacking = await test.takeSnapshot(other.id);
    await shell(other.id, 'printf "#!/bin/sh\\nsleep 1000\\n" > /begin; chmod +x /begin');
    const working = await test.takeSnapshot(other.id);
    const { id } = await test.createSandbox({
      image: undefined,
      snapshotId: working.id,
      entrypoint: ['sh', '/begin'],
    });
    await shell(id, 'echo kept > /file');
    for (const { id: snapshotId } of [ending, lacking]) {
      const task = await rollBack(id, { snapshotId, safetySnapshot: false });
      expect(task).toMatchObject({ state: 'Failed', error: { code: 'SANDBOX::ROLLBACK_FAILED' } });
      expect(await shell(id, 'cat /file')).toBe('kept\n');
      await expectOneWorking(id);
    }
  });

  it('for an unknown sandbox or snapshot answers 404 at once', async () => {
    const { id } = await test.createSandbox();
    for (const [sandbox, snapshotId] of [
      [id, 'snap_none'],
      ['sbx_none', 'snap_none'],
    ]) {
      const path = `/v1/desktop/sandboxes/${sandbox}/rollback`;
      expect((await test.call('POST', path, { snapshotId })).status).toBe(404);
    }
  });
});

describe('a roll back beside something else', () => {
  it('refuses a second one of the same sandbox', async () => {
    const { id } = await test.createSandbox();
    const { id: snapshotId } = await test.takeSnapshot(id);
    const path = `/v1/desktop/sandboxes/${id}/rollback`;
    const [first, second] = await Promise.all([
      test.call<Task>('POST', path, { snapshotId }),
      test.call<Task>('POST', path, { snapshotId }),
    ]);
    expect([first.status, second.status]).toEqual([202, 409]);
    expect(second.body).toMatchObject({ code: 'SANDBOX::ROLLBACK_RUNNING' });
    expect((await taskEnd(test, first.body.id)).state).toBe('Succeeded');
  });

  it.each([false, true])(
    'gives a legal order with a delete (safety snapshot: %s)',
    async (safetySnapshot) => {
      const { id } = await test.createSandbox();
      const { id: snapshotId } = await test.takeSnapshot(id);
      const path = `/v1/desktop/sandboxes/${id}/rollback`;
      const { body: task } = await test.call<Task>('POST', path, { snapshotId, safetySnapshot });
      expect((await test.call('DELETE', `/v1/sandboxes/${id}`)).status).toBe(204);
      await taskEnd(test, task.id);
      expect(await containers(id)).toEqual([]);
      expect((await test.call('GET', `/v1/sandboxes/${id}`)).status).toBe(404);
    },
  );

  it.each([
    { afterMs: 50, safetySnapshot: false },
    { afterMs: 400, safetySnapshot: false },
    { afterMs: 400, safetySnapshot: true },
    { afterMs: 900, safetySnapshot: false },
  ])(
    'leaves nothing of a sandbox that expires $afterMs ms after it began (safety snapshot: $safetySnapshot)',
    async ({ afterMs, safetySnapshot }) => {
      const { id } = await test.createSandbox({ timeout: EXPIRES_IN_SECONDS });
      const { id: snapshotId } = await test.takeSnapshot(id);
      const path = `/v1/desktop/sandboxes/${id}/rollback`;
      const { body: task } = await test.call<Task>('POST', path, { snapshotId, safetySnapshot });
      const expiresAt = new Date(Date.now() + afterMs).toISOString();
      expect((await test.call('POST', `/v1/sandboxes/${id}/renew-expiration`, { expiresAt })).status).toBe(
        200,
      );
      const { state, result } = await taskEnd(test, task.id);
      expect(['Succeeded', 'Failed']).toContain(state);
      await waitFor('the sandbox to be gone', async () =>
        (await test.call('GET', `/v1/sandboxes/${id}`)).status === 404 ? true : undefined,
      );
      expect(await containers(id)).toEqual([]);
      // What was accepted outlives the sandbox, and the snapshot that it went back to is untouched.
      const safety = result?.['safetySnapshotId'];
      for (const kept of [snapshotId, ...(typeof safety === 'string' ? [safety] : [])])
        expect((await test.call<SnapshotAnswer>('GET', `/v1/snapshots/${kept}`)).body.status.state).toBe(
          'Ready',
        );
    },
  );

  it('keeps what a renew, a snapshot and a pause were promised meanwhile', async () => {
    const { id } = await test.createSandbox({ timeout: EXPIRES_IN_SECONDS });
    const { id: snapshotId } = await test.takeSnapshot(id);
    const path = `/v1/desktop/sandboxes/${id}/rollback`;
    const { body: task } = await test.call<Task>('POST', path, { snapshotId, safetySnapshot: false });
    const expiresAt = new Date(Date.now() + 2 * EXPIRES_IN_SECONDS * 1000).toISOString();
    const renew = test.call('POST', `/v1/sandboxes/${id}/renew-expiration`, { expiresAt });
    const snapshot = test.takeSnapshot(id, 'meanwhile');
    await snapshot;
    const pause = await test.call('POST', `/v1/sandboxes/${id}/pause`);
    expect((await taskEnd(test, task.id)).state).toBe('Succeeded');
    await renew;
    expect(pause.status).toBe(202);
    const after = await get(id);
    expect(after.expiresAt).toBe(expiresAt);
    expect(after.status.state).toBe('Paused');
    expect(await containers(id)).toEqual([`/opensandbox-${id} paused`]);
  });
});

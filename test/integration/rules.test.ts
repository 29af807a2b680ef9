import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Activity, DesktopSnapshot } from '../../src-main/http/schemas/desktop';
import type { RetentionPreview, SandboxRules, SnapshotRules } from '../../src-main/http/schemas/rules';
import { execIn } from '../support/docker';
import { createTestBackend, type TestBackend } from '../support/test-backend';
import { waitFor } from '../support/wait-for';

const MINUTE_MS = 60_000;
const NONE: SnapshotRules = { beforeDelete: false, beforeExpiry: false, beforeRollback: true };

let test: TestBackend;
beforeAll(async () => {
  test = await createTestBackend();
});
afterEach(() => void vi.useRealTimers());
afterAll(() => test.dispose());

function shell(sandboxId: string, script: string): Promise<string> {
  return execIn(test.docker, test.containerOf(sandboxId), ['sh', '-c', script]);
}

async function setRules(sandboxId: string, rules: Partial<SnapshotRules>): Promise<SandboxRules> {
  const path = `/v1/desktop/sandboxes/${sandboxId}/rules`;
  const { status, body } = await test.call<SandboxRules>('PUT', path, { ...NONE, ...rules });
  expect(status, JSON.stringify(body)).toBe(200);
  return body;
}

async function rulesOf(sandboxId: string): Promise<SandboxRules> {
  return (await test.call<SandboxRules>('GET', `/v1/desktop/sandboxes/${sandboxId}/rules`)).body;
}

/** Newest first; the engine is shared, so only those of one sandbox. */
async function snapshotsOf(sandboxId: string): Promise<DesktopSnapshot[]> {
  const { body } = await test.call<{ items: DesktopSnapshot[] }>('GET', '/v1/desktop/snapshots?limit=2000');
  return body.items.filter((item) => item.snapshot.sandboxId === sandboxId);
}

async function activityOf(sandboxId: string): Promise<Activity[]> {
  const { body } = await test.call<{ items: Activity[] }>('GET', '/v1/desktop/activity?limit=200');
  return body.items.filter((entry) => entry.sandboxId === sandboxId);
}

/** Sets the clock of the server forward and waits until the rule was followed. */
async function afterMinutes(minutes: number, sandboxId: string): Promise<string | undefined> {
  const before = (await rulesOf(sandboxId)).lastCheck?.at;
  const now = Date.now() + minutes * MINUTE_MS;
  vi.useFakeTimers({ toFake: ['Date'], now, shouldAdvanceTime: true });
  return waitFor('the rule to be followed', async () => {
    const { lastCheck } = await rulesOf(sandboxId);
    return lastCheck?.at === before ? undefined : lastCheck?.outcome;
  });
}

async function fileIn(snapshotId: string, path: string): Promise<string> {
  const query = `path=${encodeURIComponent(path)}`;
  const address = `/v1/desktop/snapshots/${snapshotId}/files/content?${query}`;
  const response = await test.backend.http.inject({
    url: address,
    headers: { 'open-sandbox-api-key': 'test-key', host: 'localhost' },
  });
  return response.body;
}

describe('snapshots by the clock', () => {
  it('are taken when something changed since the last one, and only then', async () => {
    const { id } = await test.createSandbox({ metadata: { name: 'clocked' } });
    const { nextSnapshotAt } = await setRules(id, { everyMinutes: 1 });
    expect(Date.parse(nextSnapshotAt ?? '') - Date.now()).toBeGreaterThan(MINUTE_MS / 2);
    expect(await afterMinutes(2, id)).toBe('unchanged');

    await shell(id, 'echo one > /file');
    expect(await afterMinutes(2, id)).toBe('taken');
    const [first] = await snapshotsOf(id);
    expect(first).toMatchObject({ displayName: 'clocked (on schedule)', automatic: 'interval' });
    expect(await afterMinutes(2, id)).toBe('unchanged');

    // The same paths are changed as before: only their contents tell.
    await shell(id, 'echo two > /file');
    expect(await afterMinutes(2, id)).toBe('taken');
    const found = await snapshotsOf(id);
    expect(found).toHaveLength(2);
    expect(await fileIn(found[0]?.snapshot.id ?? '', '/file')).toBe('two\n');

    await test.call('POST', `/v1/sandboxes/${id}/pause`);
    expect(await afterMinutes(2, id)).toBe('not-running');
    const told = await activityOf(id);
    expect(told.filter((entry) => entry.cause === 'rule').map((entry) => entry.message)).toContain(
      'Snapshot clocked (on schedule) of clocked was requested by the rule “on schedule”.',
    );
    await test.call('DELETE', `/v1/sandboxes/${id}`);
  });

  it('survive a restart, and a clock that is set back', async () => {
    const { id } = await test.createSandbox();
    await setRules(id, { everyMinutes: 1 });
    await shell(id, 'echo one > /file');
    expect(await afterMinutes(60, id)).toBe('taken');
    vi.useRealTimers();
    await test.restart();
    const { rules, nextSnapshotAt } = await waitFor('the interval to begin anew', async () => {
      const found = await rulesOf(id);
      return Date.parse(found.nextSnapshotAt ?? '') <= Date.now() + MINUTE_MS ? found : undefined;
    });
    expect(rules).toEqual({ ...NONE, everyMinutes: 1 });
    expect(Date.parse(nextSnapshotAt ?? '')).toBeGreaterThan(Date.now());
    expect(await snapshotsOf(id)).toHaveLength(1);
    await test.call('DELETE', `/v1/sandboxes/${id}`);
  });
});

describe('the last snapshot of a sandbox', () => {
  it.each(['Running', 'Paused'])('is there before a %s one is deleted', async (state) => {
    const { id } = await test.createSandbox({ metadata: { name: 'leaving' } });
    await setRules(id, { beforeDelete: true });
    await shell(id, 'echo kept > /file');
    if (state === 'Paused') await test.call('POST', `/v1/sandboxes/${id}/pause`);
    expect((await test.call('DELETE', `/v1/sandboxes/${id}`)).status).toBe(204);
    const [last, ...others] = await snapshotsOf(id);
    expect(others).toEqual([]);
    expect(last).toMatchObject({ displayName: 'leaving (before delete)', automatic: 'before-delete' });
    expect(last?.snapshot.status.state).toBe('Ready');
    expect(await fileIn(last?.snapshot.id ?? '', '/file')).toBe('kept\n');
    expect((await test.call('GET', `/v1/sandboxes/${id}`)).status).toBe(404);
    expect((await test.call('GET', `/v1/desktop/sandboxes/${id}/rules`)).status).toBe(404);
  });

  it('is there before it expires, once, and not without the rule', async () => {
    const [ruled, free] = await Promise.all([
      test.createSandbox({ timeout: 60 }),
      test.createSandbox({ timeout: 60 }),
    ]);
    await setRules(ruled.id, { beforeExpiry: true });
    await setRules(free.id, { beforeDelete: true });
    await shell(ruled.id, 'echo kept > /file');
    const expiresAt = new Date(Date.now() + 1_000).toISOString();
    for (const { id } of [ruled, free])
      await test.call('POST', `/v1/sandboxes/${id}/renew-expiration`, { expiresAt });
    for (const { id } of [ruled, free]) {
      await waitFor('the sandbox to expire', async () =>
        (await test.call('GET', `/v1/sandboxes/${id}`)).status === 404 ? true : undefined,
      );
    }
    const found = await snapshotsOf(ruled.id);
    expect(found.map((item) => [item.automatic, item.snapshot.status.state])).toEqual([
      ['before-expiry', 'Ready'],
    ]);
    expect(await snapshotsOf(free.id)).toEqual([]);
  });
});

describe('retention', () => {
  it('deletes exactly what its preview says, and tells the rule as the reason', async () => {
    const { id } = await test.createSandbox({ metadata: { name: 'hoarder' } });
    const ids: string[] = [];
    for (const name of ['pinned', 'stood on', 'old', 'older than the last', 'last']) {
      await shell(id, `dd if=/dev/urandom of=/file bs=1M count=1 2>/dev/null`);
      ids.push((await test.takeSnapshot(id, name)).id);
    }
    const [pinned = '', stoodOn = '', ...rest] = ids;
    await test.call('PATCH', `/v1/desktop/snapshots/${pinned}`, { pinned: true });
    const child = await test.createSandbox({ image: undefined, snapshotId: stoodOn });
    const retention = { keepLast: 1, hourlyHours: 0, dailyDays: 0, includeManual: true };

    const preview = async (body: unknown) =>
      (await test.call<RetentionPreview>('POST', `/v1/desktop/sandboxes/${id}/rules/preview`, body)).body;
    expect((await preview({})).deletes).toEqual([]);
    const byHand = await preview({ retention: { ...retention, includeManual: false } });
    expect(byHand.deletes).toEqual([]);
    const plan = await preview({ retention });
    expect(plan.deletes.map((each) => each.displayName)).toEqual(['older than the last', 'old']);
    expect(plan.deletes[0]?.bytes).toBeGreaterThanOrEqual(2 ** 20);
    expect(plan.freedBytes).toBeGreaterThanOrEqual(2 * 2 ** 20);
    expect(plan.keeps.map((each) => [each.displayName, each.reason])).toEqual([
      ['last', 'It is the newest.'],
      ['stood on', 'A sandbox stands on it.'],
      ['pinned', 'It is pinned.'],
    ]);
    expect(await snapshotsOf(id)).toHaveLength(5);

    await setRules(id, { retention });
    const left = await waitFor('the rule to be applied', async () => {
      const found = await snapshotsOf(id);
      return found.length > 3 ? undefined : found.map((item) => item.snapshot.id);
    });
    expect(left).toEqual([rest[2], stoodOn, pinned]);
    await waitFor('Activity to tell both', async () => {
      const deleted = (await activityOf(id)).filter((each) => each.kind === 'snapshot.deleted');
      const words = deleted.map((each) => `${each.cause}: ${each.message}`);
      const reason = 'was deleted by the rule “keep the newest”.';
      const both = ['old', 'older than the last'].map(
        (name) => `rule: Snapshot ${name} of hoarder ${reason}`,
      );
      return both.every((each) => words.includes(each)) ? true : undefined;
    });

    // A newer one takes the place of the last.
    const newest = await test.takeSnapshot(id, 'newest');
    await waitFor('the rule to be applied again', async () =>
      (await snapshotsOf(id)).some((item) => item.displayName === 'last') ? undefined : true,
    );
    expect((await snapshotsOf(id)).map((item) => item.snapshot.id)).toEqual([newest.id, stoodOn, pinned]);
    for (const sandboxId of [id, child.id]) await test.call('DELETE', `/v1/sandboxes/${sandboxId}`);
  });
});

describe('the rules of a sandbox', () => {
  it('are none at first, decide whether a roll back is safe by itself, and can be removed', async () => {
    const { id } = await test.createSandbox();
    expect(await rulesOf(id)).toEqual({ rules: NONE, isSet: false });
    const { id: snapshotId } = await test.takeSnapshot(id);
    await setRules(id, { beforeRollback: false });
    const task = await test.call('POST', `/v1/desktop/sandboxes/${id}/rollback`, { snapshotId });
    await waitFor('the roll back', async () => {
      const { body } = await test.call('GET', `/v1/desktop/tasks/${String(task.body['id'])}`);
      return body['state'] === 'Succeeded' ? true : undefined;
    });
    expect(await snapshotsOf(id)).toHaveLength(1);
    expect((await test.call('DELETE', `/v1/desktop/sandboxes/${id}/rules`)).status).toBe(204);
    expect((await rulesOf(id)).isSet).toBe(false);
    await test.call('DELETE', `/v1/sandboxes/${id}`);
  });

  it.each<[Record<string, unknown>]>([
    [{ everyMinutes: 0 }],
    [{ beforeDelete: 'yes' }],
    [{ retention: { keepLast: 0, hourlyHours: 0, dailyDays: 0, includeManual: false } }],
  ])('refuse %j', async (wrong) => {
    const { status } = await test.call('PUT', '/v1/desktop/sandboxes/sbx_none/rules', { ...NONE, ...wrong });
    expect(status).toBe(400);
    expect((await test.call('PUT', '/v1/desktop/sandboxes/sbx_none/rules', NONE)).status).toBe(404);
  });
});

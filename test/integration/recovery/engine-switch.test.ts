import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startPrivateEngine, type PrivateEngine } from '../../support/private-engine';
import {
  createTestBackend,
  type SandboxAnswer,
  type SnapshotAnswer,
  type TestBackend,
} from '../../support/test-backend';
import { waitFor } from '../../support/wait-for';

const EXPIRES_AFTER_MS = 1_500;

let other: PrivateEngine;
let test: TestBackend;
beforeAll(async () => {
  other = await startPrivateEngine();
  test = await createTestBackend();
});
afterAll(async () => {
  try {
    await test.dispose();
  } finally {
    await other.destroy();
  }
});

async function use(endpoint: string | null): Promise<void> {
  await test.call('PATCH', '/v1/desktop/settings', { engineEndpoint: endpoint });
  await waitFor('the other engine to be connected', async () => {
    const { body } = await test.call<{ engine: { state: string; endpoint?: string } }>(
      'GET',
      '/v1/desktop/status',
    );
    const isOther = body.engine.endpoint === other.environment['DOCKER_HOST'];
    return body.engine.state === 'connected' && isOther === (endpoint !== null) ? true : undefined;
  });
}

interface Listed<K extends string> {
  items: Record<K, { id: string }>[];
}

async function listed(): Promise<string[]> {
  const { body: sandboxes } = await test.call<{ items: SandboxAnswer[] }>('GET', '/v1/sandboxes');
  const { body: snapshots } = await test.call<{ items: SnapshotAnswer[] }>('GET', '/v1/snapshots');
  return [...sandboxes.items, ...snapshots.items].map((each) => each.id);
}

/** What the window shows, of records alone. */
async function listedMeanwhile(): Promise<string[]> {
  const { body: sandboxes } = await test.call<Listed<'sandbox'>>('GET', '/v1/desktop/sandboxes');
  const { body: snapshots } = await test.call<Listed<'snapshot'>>('GET', '/v1/desktop/snapshots');
  return [
    ...sandboxes.items.map(({ sandbox }) => sandbox.id),
    ...snapshots.items.map(({ snapshot }) => snapshot.id),
  ].sort();
}

describe('another engine in the place of the first', () => {
  it('shows only its own, and leaves what the first one holds as it was', async () => {
    const sandbox = await test.createSandbox({ timeout: 60 });
    const snapshot = await test.takeSnapshot(sandbox.id, 'here');
    const soon = new Date(Date.now() + EXPIRES_AFTER_MS).toISOString();
    const expiring = await test.createSandbox({ timeout: 60 });
    await test.call('POST', `/v1/sandboxes/${expiring.id}/renew-expiration`, { expiresAt: soon });
    const before = await test.call('GET', `/v1/snapshots/${snapshot.id}`);

    await use(other.environment['DOCKER_HOST'] ?? '');
    expect(await listed()).toEqual([]);
    const { body: status } = await test.call<{ counts: { sandboxes: number; snapshots: number } }>(
      'GET',
      '/v1/desktop/status',
    );
    expect(status.counts).toMatchObject({ sandboxes: 0, snapshots: 0 });
    for (const [method, path] of [
      ['GET', `/v1/sandboxes/${sandbox.id}`],
      ['DELETE', `/v1/sandboxes/${sandbox.id}`],
      ['GET', `/v1/snapshots/${snapshot.id}`],
      ['DELETE', `/v1/snapshots/${snapshot.id}`],
    ] as const)
      expect((await test.call(method, path)).status).toBe(404);
    const there = await test.createSandbox();
    const thereSnapshot = await test.takeSnapshot(there.id);
    await waitFor('the expiry to pass', () => (Date.now() > Date.parse(soon) + 200 ? true : undefined));
    // What expired meanwhile is on an engine out of reach; its container is still there.
    await test.docker.getContainer(test.containerOf(expiring.id)).inspect();

    // A restart while the other engine is chosen must not change that.
    await test.restart();
    expect((await listed()).sort()).toEqual([there.id, thereSnapshot.id].sort());

    // Nor must its being away at the start.
    try {
      await test.restart(() => other.freeze(), 'unavailable');
      expect(await listedMeanwhile()).toEqual([there.id, thereSnapshot.id].sort());
    } finally {
      other.thaw();
    }

    await use(null);
    expect(await listed()).toEqual(expect.arrayContaining([sandbox.id, snapshot.id]));
    expect(await listed()).not.toContain(there.id);
    expect((await test.call('GET', `/v1/snapshots/${snapshot.id}`)).body).toEqual(before.body);
    await waitFor('what expired meanwhile to go', async () =>
      (await test.call('GET', `/v1/sandboxes/${expiring.id}`)).status === 404 ? true : undefined,
    );
    const restored = await test.createSandbox({ image: undefined, snapshotId: snapshot.id });
    expect(restored.status.state).toBe('Running');
  });

  it('takes a snapshot over, name and all, when its image is loaded into it', async () => {
    const sandbox = await test.createSandbox();
    const snapshot = await test.takeSnapshot(sandbox.id, 'traveller');
    await test.call('PATCH', `/v1/desktop/snapshots/${snapshot.id}`, { notes: 'only in the store' });
    const archive = await test.docker.getImage(`opensandbox-snapshots:${snapshot.id}`).get();
    await use(other.environment['DOCKER_HOST'] ?? '');
    const loading = await other.docker.loadImage(archive);
    loading.resume();
    await waitFor('the snapshot to appear', async () =>
      (await test.call('GET', `/v1/snapshots/${snapshot.id}`)).status === 200 ? true : undefined,
    );
    const { body } = await test.call('GET', `/v1/desktop/snapshots/${snapshot.id}`);
    expect(body).toMatchObject({ displayName: 'traveller', notes: 'only in the store', readOnly: false });
    const restored = await test.createSandbox({ image: undefined, snapshotId: snapshot.id });
    expect(restored.status.state).toBe('Running');
    await use(null);
    expect((await test.call('GET', `/v1/snapshots/${snapshot.id}`)).status).toBe(200);
  });
});

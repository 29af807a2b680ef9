import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { BUSYBOX_IMAGE } from '../../support/docker';
import { createTestBackend, type SnapshotAnswer, type TestBackend } from '../../support/test-backend';
import { waitFor } from '../../support/wait-for';

const REPOSITORY = 'opensandbox-snapshots';
/** Ids of the reference server are UUIDs. */
const OFFICIAL_ID = '0b6c3d52-7f0e-4c0e-9b1e-3f6a2d9c8e11';

let test: TestBackend;
beforeAll(async () => {
  test = await createTestBackend();
});
afterAll(() => test.dispose());
afterEach(async () => {
  for (const tag of [OFFICIAL_ID, 'unlabelled'])
    await test.docker
      .getImage(`${REPOSITORY}:${tag}`)
      .remove({ force: true })
      .catch(() => undefined);
});

/** What `docker commit` of another server leaves: an image with a tag and labels. */
async function foreignSnapshot(tag: string, labels: Record<string, string>): Promise<void> {
  const container = await test.docker.createContainer({ Image: BUSYBOX_IMAGE, Cmd: ['true'] });
  await container.commit({
    _query: { container: container.id, repo: REPOSITORY, tag },
    _body: { Labels: labels },
  });
  await container.remove();
}

function appears(id: string): Promise<SnapshotAnswer> {
  return waitFor(`snapshot ${id} to be adopted`, async () => {
    const { status, body } = await test.call<SnapshotAnswer>('GET', `/v1/snapshots/${id}`);
    return status === 200 ? body : undefined;
  });
}

async function isReadOnly(id: string): Promise<void> {
  const { body } = await test.call<{ readOnly: boolean }>('GET', `/v1/desktop/snapshots/${id}`);
  expect(body.readOnly).toBe(true);
  for (const [method, path] of [
    ['DELETE', `/v1/snapshots/${id}`],
    ['PATCH', `/v1/desktop/snapshots/${id}`],
  ] as const) {
    const { status, body: error } = await test.call<{ message: string }>(method, path, {});
    expect(status).toBe(409);
    expect(error.message).toContain('read-only');
  }
  await test.docker.getImage(`${REPOSITORY}:${id}`).inspect();
}

async function canBeRestored(id: string): Promise<void> {
  const sandbox = await test.createSandbox({ image: undefined, snapshotId: id });
  expect(sandbox.status.state).toBe('Running');
  await test.call('DELETE', `/v1/sandboxes/${sandbox.id}`);
}

describe('snapshots of other servers on the same engine', () => {
  it('are adopted read-only when an OpenSandbox server labelled them, and go with their image', async () => {
    await foreignSnapshot(OFFICIAL_ID, { 'opensandbox.io/id': 'c0ffee00-0000-4000-8000-000000000000' });
    const snapshot = await appears(OFFICIAL_ID);
    expect(snapshot).toMatchObject({
      sandboxId: 'c0ffee00-0000-4000-8000-000000000000',
      status: { state: 'Ready', reason: 'snapshot_recovery_ready' },
    });
    await isReadOnly(OFFICIAL_ID);
    await canBeRestored(OFFICIAL_ID);
    await test.docker.getImage(`${REPOSITORY}:${OFFICIAL_ID}`).remove({ force: true });
    await waitFor('the adopted entry to go', async () =>
      (await test.call('GET', `/v1/snapshots/${OFFICIAL_ID}`)).status === 404 ? true : undefined,
    );
  });

  it('of another data folder of this product are adopted with their story', async () => {
    const other = await createTestBackend();
    try {
      const source = await other.createSandbox({ metadata: { name: 'theirs' } });
      const snapshot = await other.takeSnapshot(source.id, 'their snapshot');
      const adopted = await appears(snapshot.id);
      expect(adopted).toMatchObject({
        name: 'their snapshot',
        sandboxId: source.id,
        createdAt: snapshot.createdAt,
      });
      await isReadOnly(snapshot.id);
      await canBeRestored(snapshot.id);
      // A server that starts later adopts it too.
      await test.restart();
      expect((await test.call('GET', `/v1/snapshots/${snapshot.id}`)).status).toBe(200);
      expect((await other.call('DELETE', `/v1/snapshots/${snapshot.id}`)).status).toBe(204);
      await waitFor('the adopted entry to go', async () =>
        (await test.call('GET', `/v1/snapshots/${snapshot.id}`)).status === 404 ? true : undefined,
      );
    } finally {
      await other.dispose();
    }
  });

  it('are left alone when no label says what they are', async () => {
    await foreignSnapshot('unlabelled', {});
    await foreignSnapshot(OFFICIAL_ID, { 'opensandbox.io/id': 'sandbox' });
    // Events come in order: when the second one was followed, the first one has been, too.
    await appears(OFFICIAL_ID);
    expect((await test.call('GET', '/v1/snapshots/unlabelled')).status).toBe(404);
    await test.restart();
    expect((await test.call('GET', '/v1/snapshots/unlabelled')).status).toBe(404);
    expect((await test.call('GET', `/v1/snapshots/${OFFICIAL_ID}`)).status).toBe(200);
  });
});

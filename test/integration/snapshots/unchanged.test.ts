import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { LABEL_ID, LABEL_INSTANCE } from '../../../src-main/engine/labels';
import type { DesktopSnapshot } from '../../../src-main/http/schemas/desktop';
import type { SnapshotRecord } from '../../../src-main/store/records';
import { snapshotTag } from '../../../src-main/snapshots/snapshot-tag';
import { openStateStore } from '../../../src-main/store/open-state-store';
import { BUSYBOX_IMAGE, execIn } from '../../support/docker';
import { startFaultyEngine, type FaultyEngine } from '../../support/faulty-engine';
import {
  createTestBackend,
  TEST_API_KEY,
  type SnapshotAnswer,
  type TestBackend,
} from '../../support/test-backend';
import { ownImage } from '../../support/own-image';
import { waitFor } from '../../support/wait-for';

/** Whether the product sees what containers wrote, as it does where engine and product share a machine and a user. */
const WAYS = [
  { how: 'by what the engine keeps here', isSeen: true },
  { how: 'by a commit', isSeen: false },
];

let engine: FaultyEngine;
let test: TestBackend;
async function open({ isSeen }: (typeof WAYS)[number]): Promise<void> {
  engine = await startFaultyEngine();
  if (!isSeen) engine.hideWrittenLayers();
  test = await createTestBackend({ environment: engine.environment });
}
async function close(): Promise<void> {
  await test.dispose();
  await engine.stop();
}
afterEach(async () => {
  for (const kind of ['sandboxes', 'snapshots']) {
    const { body } = await test.call<{ items: { id: string }[] }>('GET', `/v1/${kind}`);
    for (const { id } of body.items) await test.call('DELETE', `/v1/${kind}/${id}`);
  }
  await waitFor('the last image to go', async () => ((await images()).length === 0 ? true : undefined));
});

/** Every image of this backend, named or not. */
async function images(): Promise<string[]> {
  const filters = JSON.stringify({ label: [`${LABEL_INSTANCE}=${test.instanceId}`] });
  return (await test.docker.listImages({ filters })).map((each) => each.RepoTags?.join() ?? each.Id);
}

function run(sandboxId: string, command: string): Promise<string> {
  return execIn(test.docker, test.containerOf(sandboxId), ['sh', '-c', command]);
}

async function inspect(name: string) {
  return test.docker.getImage(name).inspect();
}

async function layers(name: string): Promise<string[]> {
  return (await inspect(name)).RootFS.Layers ?? [];
}

function imageOf(snapshotId: string): string {
  return `opensandbox-snapshots:${snapshotId}`;
}

/** What has the snapshot's name. */
async function named(snapshotId: string): Promise<string[]> {
  const filters = JSON.stringify({ reference: [imageOf(snapshotId)] });
  return (await test.docker.listImages({ filters })).map((each) => each.Id);
}

/** While there is no backend. */
async function changeRecord(id: string, changes: Partial<SnapshotRecord>): Promise<void> {
  const store = await openStateStore({ dataDir: test.dataDir });
  const records = store.collection('snapshots');
  const record = records.get(id);
  if (record !== undefined) await records.put({ ...record, ...changes });
  await store.close();
}

async function details(id: string): Promise<DesktopSnapshot> {
  return (await test.call<DesktopSnapshot>('GET', `/v1/desktop/snapshots/${id}`)).body;
}

async function verified(id: string): Promise<DesktopSnapshot> {
  return waitFor(`snapshot ${id} to be checked`, async () => {
    const found = await details(id);
    return found.verification?.state === 'pending' ? undefined : found;
  });
}

/** As a program does that waits for nothing but Ready. */
async function takeReady(sandboxId: string): Promise<string> {
  const { body } = await test.call<SnapshotAnswer>('POST', `/v1/sandboxes/${sandboxId}/snapshots`, {});
  await waitFor('the capture to end', async () =>
    (await details(body.id)).snapshot.status.state === 'Ready' ? true : undefined,
  );
  return body.id;
}

async function restore(snapshotId: string): Promise<string> {
  return (await test.createSandbox({ image: undefined, snapshotId })).id;
}

describe.each(WAYS)('a snapshot of a sandbox that changed nothing, seen $how', (way) => {
  beforeAll(() => open(way));
  afterAll(close);

  it.each([{}, { env: { TOKEN: 'hunter2' } }])(
    'freezes nothing, adds no layer and is a snapshot like any other (%o)',
    async (changes) => {
      const { id } = await test.createSandbox(changes);
      const first = await test.takeSnapshot(id, 'first');
      const second = await test.takeSnapshot(id, 'second');
      const base = await layers(BUSYBOX_IMAGE);
      for (const snapshot of [first, second]) {
        const image = await inspect(imageOf(snapshot.id));
        expect(image.RootFS.Layers).toEqual(base);
        expect(JSON.stringify(image)).not.toContain('hunter2');
        const told = await verified(snapshot.id);
        expect(told).toMatchObject({ freezeMillis: 0, ownSizeBytes: 0, imageId: image.Id });
        expect(told.verification?.state).toBe('verified');
      }
      expect(new Set([first, second].map(({ id }) => imageOf(id)))).toEqual(new Set(await images()));
      // Each frees only its own.
      await test.call('DELETE', `/v1/snapshots/${first.id}`);
      expect(await images()).toEqual([imageOf(second.id)]);
      expect(await run(await restore(second.id), 'echo runs')).toBe('runs\n');
    },
  );

  it('goes without its parent, and its parent without it', async () => {
    const { id } = await test.createSandbox();
    await run(id, 'echo kept > /workspace/note');
    const parent = await test.takeSnapshot(id);
    const restored = await restore(parent.id);
    const child = await test.takeSnapshot(restored);
    const gone = await test.takeSnapshot(restored);
    expect(await layers(imageOf(child.id))).toEqual(await layers(imageOf(parent.id)));
    await test.call('DELETE', `/v1/snapshots/${gone.id}`);
    expect(await run(await restore(parent.id), 'cat /workspace/note')).toBe('kept\n');
    await test.call('DELETE', `/v1/snapshots/${parent.id}`);
    expect(await run(await restore(child.id), 'cat /workspace/note')).toBe('kept\n');
  });

  it('is rebuilt from its image when the store is lost', async () => {
    const { id } = await test.createSandbox();
    const parent = await test.takeSnapshot(id, 'parent');
    const child = await test.takeSnapshot(await restore(parent.id), 'child');
    await test.restart(async () => {
      const files = (await readdir(test.dataDir)).filter((name) => name.startsWith('state'));
      for (const name of files) await rm(join(test.dataDir, name));
    });
    expect(await details(child.id)).toMatchObject({
      parentSnapshotId: parent.id,
      snapshot: { name: 'child', createdAt: child.createdAt, status: { state: 'Ready' } },
    });
  });
});

describe.each(WAYS)(
  'a snapshot of a sandbox that changed something without writing a byte, seen $how',
  (way) => {
    beforeAll(() => open(way));
    afterAll(close);

    it.each([
      ['a new file', 'touch /workspace/empty', 'ls /workspace', 'empty\n'],
      ['a deletion', 'rm /bin/vi', 'ls /bin/vi 2>/dev/null || echo none', 'none\n'],
      ['a mode', 'chmod 711 /etc', 'stat -c %a /etc', '711\n'],
    ])('holds %s', async (_what, change, look, seen) => {
      const { id } = await test.createSandbox();
      await run(id, change);
      const { body } = await test.call<SnapshotAnswer>('POST', `/v1/sandboxes/${id}/snapshots`, {});
      // Whatever comes after the answer need not be in it; what came before must.
      await waitFor('the capture to end', async () =>
        (await details(body.id)).snapshot.status.state === 'Ready' ? true : undefined,
      );
      expect((await layers(imageOf(body.id))).length).toBe((await layers(BUSYBOX_IMAGE)).length + 1);
      expect((await details(body.id)).freezeMillis).toBeGreaterThan(0);
      expect(await run(await restore(body.id), look)).toBe(seen);
      expect(await images()).toEqual([imageOf(body.id)]);
    });
  },
);

describe('after a crash, an image that was committed without a freeze', () => {
  beforeAll(() => open({ how: 'by a commit', isSeen: false }));
  afterAll(close);

  it.each([
    ['true', 'Ready', 'snapshot_recovery_ready'],
    ['echo half > /workspace/note', 'Failed', 'snapshot_recovery_missing_image'],
  ])('counts only if nothing was changed (%s)', async (change, state, reason) => {
    const { id } = await test.createSandbox();
    const taken = await test.takeSnapshot(id);
    const { Config: config } = await inspect(imageOf(taken.id));
    await run(id, change);
    await test.restart(async () => {
      await test.docker.getImage(imageOf(taken.id)).remove();
      await test.docker
        .getContainer(test.containerOf(id))
        .commit({ _query: { container: test.containerOf(id), pause: false }, _body: config });
      await changeRecord(taken.id, { state: 'Creating', captureStartedAt: taken.createdAt });
    });
    const settled = await waitFor('the snapshot to settle', async () => {
      const found = await details(taken.id);
      return found.snapshot.status.state === 'Creating' ? undefined : found;
    });
    expect(settled.snapshot.status).toMatchObject({ state, reason });
    expect(await images()).toEqual(state === 'Ready' ? [imageOf(taken.id)] : []);
  });
});

describe('a snapshot that has the image of its source still', () => {
  beforeAll(() => open({ how: 'by what the engine keeps here', isSeen: true }));
  afterAll(close);

  it('can be exported, and deleted, at once', async () => {
    const { id } = await test.createSandbox();
    const snapshotId = await takeReady(id);
    const archive = await test.backend.http.inject({
      url: `/v1/desktop/snapshots/${snapshotId}/export`,
      headers: { 'open-sandbox-api-key': TEST_API_KEY, host: 'localhost' },
    });
    expect(archive.payload).toContain(`"${LABEL_ID}":"${snapshotId}"`);
    for (const each of [snapshotId, await takeReady(id)]) {
      expect((await test.call('DELETE', `/v1/snapshots/${each}`)).status).toBe(204);
      expect(await named(each)).toEqual([]);
    }
  });

  it.each([
    ['before it was told', { state: 'Creating' }],
    ['after it was told', { borrowsImage: true }],
  ] as const)('gets its own after a crash %s', async (_when, changes) => {
    const { id } = await test.createSandbox();
    const taken = await test.takeSnapshot(id, 'unchanged');
    await test.restart(async () => {
      await test.docker.getImage(imageOf(taken.id)).remove();
      await test.docker.getImage(BUSYBOX_IMAGE).tag(snapshotTag(taken.id));
      await changeRecord(taken.id, { ...changes, captureStartedAt: taken.createdAt });
    });
    const own = await ownImage(test.docker, taken.id);
    const told = await waitFor('the image to be told', async () => {
      const found = await details(taken.id);
      return found.imageId === own.Id ? found : undefined;
    });
    expect(told.snapshot.status.state).toBe('Ready');
    expect(await images()).toEqual([imageOf(taken.id)]);
    expect(await run(await restore(taken.id), 'echo runs')).toBe('runs\n');
  });
});

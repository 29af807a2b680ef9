import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LABEL_INSTANCE, LABEL_KIND } from '../../../src-main/engine/labels';
import type { DesktopSnapshot } from '../../../src-main/http/schemas/desktop';
import { LAYER_LIMIT } from '../../../src-main/snapshots/flatten';
import { makeDeepImage } from '../../support/deep-image';
import { execIn } from '../../support/docker';
import { startTestServer, type TestServer } from '../../support/server-api';
import type { SandboxAnswer } from '../../support/test-backend';
import { waitFor } from '../../support/wait-for';

const DEEP_LAYERS = 112;
const LARGE_MIB = 128;
/** Between the freeze and the end of the flattening: in the commit, the export, the import, the rewriting. */
const KILL_AFTER_MS = [100, 600, 1_200, 1_800];

let server: TestServer;
let deep = '';
let deepest = '';
beforeAll(async () => {
  server = await startTestServer();
  deep = await makeDeepImage(server.docker, DEEP_LAYERS);
  deepest = await makeDeepImage(server.docker, LAYER_LIMIT);
});
afterAll(async () => {
  await server.dispose();
  for (const name of [deep, deepest]) await server.docker.getImage(name).remove({ force: true });
});

function container(sandboxId: string) {
  return server.docker.getContainer(`opensandbox-${sandboxId}`);
}

async function deepSandbox(image: string): Promise<SandboxAnswer> {
  const sandbox = await server.createSandbox({ image: { uri: image } });
  const fill = `dd if=/dev/urandom of=/workspace/big bs=1M count=${LARGE_MIB}; echo kept > /workspace/note`;
  await execIn(server.docker, `opensandbox-${sandbox.id}`, ['sh', '-c', fill]);
  return sandbox;
}

async function frozen(sandboxId: string): Promise<void> {
  await waitFor('the source to be frozen', async () =>
    (await container(sandboxId).inspect()).State.Paused ? true : undefined,
  );
}

/** Helper containers and unnamed images of captures. */
async function leftovers(): Promise<unknown[]> {
  const label = [`${LABEL_INSTANCE}=${await server.instanceId()}`];
  const helpers = await server.docker.listContainers({
    all: true,
    filters: { label: [...label, `${LABEL_KIND}=capture`] },
  });
  const filters = JSON.stringify({ label, dangling: ['true'] });
  return [...helpers, ...(await server.docker.listImages({ filters }))];
}

async function restoresTo(snapshotId: string): Promise<{ layers: number; note: string }> {
  const image = await server.docker.getImage(`opensandbox-snapshots:${snapshotId}`).inspect();
  const restored = await server.createSandbox({ image: undefined, snapshotId });
  const note = await execIn(server.docker, `opensandbox-${restored.id}`, ['cat', '/workspace/note']);
  await server.call('DELETE', `/v1/sandboxes/${restored.id}`);
  return { layers: image.RootFS.Layers?.length ?? 0, note };
}

describe('flattening', () => {
  it('works where not even one more layer fits, with the source shown Running', async () => {
    const { id } = await deepSandbox(deepest);
    const snapshot = await server.acceptSnapshot(id);
    await frozen(id);
    const { body } = await server.call<SandboxAnswer>('GET', `/v1/sandboxes/${id}`);
    expect(body.status.state).toBe('Running');
    expect((await server.settled(snapshot.id)).status.state).toBe('Ready');
    expect((await container(id).inspect()).State.Paused).toBe(false);
    expect(await restoresTo(snapshot.id)).toEqual({ layers: 1, note: 'kept\n' });
    const verification = await waitFor('the snapshot to be checked', async () => {
      const path = `/v1/desktop/snapshots/${snapshot.id}`;
      const { body: now } = await server.call<DesktopSnapshot>('GET', path);
      return now.verification?.state === 'pending' ? undefined : now.verification;
    });
    expect(verification).toMatchObject({ state: 'verified', checkedPaths: 3 });
    await server.call('DELETE', `/v1/sandboxes/${id}`);
    await server.call('DELETE', `/v1/snapshots/${snapshot.id}`);
  });

  it.each(KILL_AFTER_MS)(
    'that is cut off by a kill after %i ms ends Ready or Failed and leaves nothing behind',
    async (afterMs) => {
      const { id } = await deepSandbox(deep);
      const snapshot = await server.acceptSnapshot(id);
      await frozen(id);
      await delay(afterMs);
      await server.process.end('SIGKILL');
      await server.start();
      const { status } = await server.settled(snapshot.id);
      expect(['Ready', 'Failed']).toContain(status.state);
      if (status.state === 'Ready') expect((await restoresTo(snapshot.id)).note).toBe('kept\n');
      await waitFor('leftovers to go', async () => ((await leftovers()).length === 0 ? true : undefined));
      expect((await container(id).inspect()).State.Paused).toBe(false);
      await server.call('DELETE', `/v1/sandboxes/${id}`);
      await server.call('DELETE', `/v1/snapshots/${snapshot.id}`);
    },
  );

  it('that is cut off where the source is frozen by hand thaws it', async () => {
    const { id } = await deepSandbox(deepest);
    const snapshot = await server.acceptSnapshot(id);
    await frozen(id);
    await server.process.end('SIGKILL');
    await server.start();
    // A kill that comes late finds the whole filesystem exported.
    expect(['Ready', 'Failed']).toContain((await server.settled(snapshot.id)).status.state);
    expect((await container(id).inspect()).State.Paused).toBe(false);
    expect(await leftovers()).toEqual([]);
  });
});

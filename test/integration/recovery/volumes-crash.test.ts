import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LABEL_INSTANCE } from '../../../src-main/engine/labels';
import type { DesktopSnapshot } from '../../../src-main/http/schemas/desktop';
import { execIn } from '../../support/docker';
import { startTestServer, type TestServer } from '../../support/server-api';
import { waitFor } from '../../support/wait-for';

let server: TestServer;
let instance: string;
beforeAll(async () => {
  server = await startTestServer();
  instance = await server.instanceId();
});
afterAll(() => server.dispose());

interface Left {
  containers: string[];
  images: string[];
  volumes: string[];
}

/** What the engine holds of this server: names without the parts that differ from run to run. */
async function left(): Promise<Left> {
  const filters = { label: [`${LABEL_INSTANCE}=${instance}`] };
  const { docker } = server;
  const containers = await docker.listContainers({ all: true, filters });
  const images = await docker.listImages({ filters: JSON.stringify(filters) });
  const { Volumes: volumes } = await docker.listVolumes({ filters });
  return {
    containers: containers.map((each) => `${each.Names.join()} ${each.State}`),
    images: images.flatMap((each) => each.RepoTags ?? ['unnamed']),
    volumes: volumes.map((each) => each.Name),
  };
}

async function sandboxWith(script: string): Promise<string> {
  const claimName = `crash-${instance.slice(-8).toLowerCase()}`;
  const pvc = { claimName, deleteOnSandboxTermination: true };
  const { id } = await server.createSandbox({ volumes: [{ name: 'data', pvc, mountPath: '/data' }] });
  await execIn(server.docker, `opensandbox-${id}`, ['sh', '-c', script]);
  return id;
}

async function accept(sandboxId: string): Promise<string> {
  const path = `/v1/desktop/sandboxes/${sandboxId}/snapshots`;
  const { status, body } = await server.call<DesktopSnapshot>('POST', path, { withVolumes: true });
  expect(status).toBe(202);
  return body.snapshot.id;
}

describe('a server that is killed', () => {
  it('while volumes are copied ends the snapshot as Failed, and leaves the sandbox running and nothing else', async () => {
    // On the disk it is nothing, and it takes long to read.
    const id = await sandboxWith('truncate -s 2G /data/large');
    const before = await left();
    const snapshotId = await accept(id);
    await waitFor('the sandbox to be frozen', async () =>
      (await left()).containers.includes(`/opensandbox-${id} paused`) ? true : undefined,
    );
    await server.process.end('SIGKILL');
    await server.start();
    const { status } = await server.settled(snapshotId);
    expect(status).toMatchObject({ state: 'Failed', reason: 'snapshot_recovery_missing_image' });
    expect(before.containers).toEqual([`/opensandbox-${id} running`]);
    expect(await left()).toEqual(before);
    expect((await server.call('DELETE', `/v1/sandboxes/${id}`)).status).toBe(204);
    expect(await left()).toEqual({ containers: [], images: [], volumes: [] });
  });

  it('while a volume is filled leaves neither the sandbox nor the volume', async () => {
    const id = await sandboxWith('head -c 200000000 /dev/zero > /data/large');
    const snapshotId = await accept(id);
    expect((await server.settled(snapshotId)).status.state).toBe('Ready');
    const before = await left();
    const creating = server.call('POST', '/v1/sandboxes', { snapshotId, resourceLimits: {} });
    const ended = creating.then(
      () => 'answered',
      () => 'cut off',
    );
    await waitFor('the volume to be made', async () =>
      (await left()).volumes.length > before.volumes.length ? true : undefined,
    );
    await server.process.end('SIGKILL');
    expect(await ended).toBe('cut off');
    await server.start();
    // The engine may still be at it for a while.
    await waitFor('everything of it to be gone', async () =>
      JSON.stringify(await left()) === JSON.stringify(before) ? true : undefined,
    );
    expect((await server.call('DELETE', `/v1/snapshots/${snapshotId}`)).status).toBe(204);
    expect((await server.call('DELETE', `/v1/sandboxes/${id}`)).status).toBe(204);
    expect(await left()).toEqual({ containers: [], images: [], volumes: [] });
  });
});

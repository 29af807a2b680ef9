import { randomBytes } from 'node:crypto';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pack } from 'tar-stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readableOf } from '../../../src-main/engine/tar-streams';
import type { DesktopSnapshot, Task } from '../../../src-main/http/schemas/desktop';
import { BUSYBOX_IMAGE, execIn } from '../../support/docker';
import { REGISTRY_USER, startRegistry, type TestRegistry } from '../../support/registry';
import { runTask, taskEnd } from '../../support/tasks';
import { createTestBackend, type SnapshotAnswer, type TestBackend } from '../../support/test-backend';
import { waitFor } from '../../support/wait-for';

const LAYER_MIB = 24;
const WRONG = { username: REGISTRY_USER.username, password: 'wrong-password' };

let registry: TestRegistry;
let test: TestBackend;
let first: SnapshotAnswer;
let second: SnapshotAnswer;
let reference: string;

beforeAll(async () => {
  registry = await startRegistry();
  reference = `${registry.host}/team/second:v1`;
  test = await createTestBackend({
    environment: { ...process.env, DOCKER_CONFIG: registry.dockerConfig },
  });
  const { id } = await test.createSandbox({ env: { TOKEN: 'secret-value' } });
  first = await test.takeSnapshot(id, 'first');
  const restored = await test.createSandbox({
    image: undefined,
    snapshotId: first.id,
    env: { TOKEN: 'secret-value' },
  });
  await execIn(test.docker, test.containerOf(restored.id), ['sh', '-c', 'echo kept > /workspace/note']);
  second = await test.takeSnapshot(restored.id, 'old name');
  await test.call('PATCH', `/v1/desktop/snapshots/${second.id}`, { name: 'second', notes: 'a note' });
  await test.call('DELETE', `/v1/sandboxes/${restored.id}`);
}, 300_000);
afterAll(async () => {
  await test.dispose();
  await registry.stop();
});

async function isOnEngine(name: string): Promise<boolean> {
  return test.docker
    .getImage(name)
    .inspect()
    .then(
      () => true,
      () => false,
    );
}

async function imagesOfSecond(): Promise<number> {
  const filters = JSON.stringify({ label: [`io.opensandbox.desktop.id=${second.id}`] });
  return (await test.docker.listImages({ all: true, filters })).length;
}

function push(id: string, body: Record<string, unknown> = { reference }): Promise<Task> {
  return runTask(test, `/v1/desktop/snapshots/${id}/push`, body);
}

function pull(body: Record<string, unknown> = { reference }): Promise<Task> {
  return runTask(test, '/v1/desktop/snapshots/pull', body);
}

async function cancel(taskId: string): Promise<void> {
  expect((await test.call('DELETE', `/v1/desktop/tasks/${taskId}`)).status).toBe(202);
}

/** A foreign image in the registry that the engine does not keep. */
async function pushForeign(name: string, labels: Record<string, string>): Promise<string> {
  const repo = `${registry.host}/${name}`;
  const tar = pack();
  tar.entry({ name: 'file' }, name);
  tar.finalize();
  const changes = Object.entries(labels).map(([key, value]) => `LABEL ${key}=${JSON.stringify(value)}`);
  const made = await test.docker.importImage(readableOf(tar), { repo, tag: 'v1', changes });
  for await (const line of made) expect(String(line)).not.toContain('"error"');
  const pushing = await test.docker.getImage(repo).push({ tag: 'v1', authconfig: REGISTRY_USER });
  for await (const line of pushing) expect(String(line)).not.toContain('"error"');
  await test.docker.getImage(`${repo}:v1`).remove();
  return `${repo}:v1`;
}

describe('a snapshot that is pushed to a registry', () => {
  it('needs the right password, and says so without telling it', async () => {
    const task = await push(second.id, { reference, auth: WRONG });
    expect(task).toMatchObject({ state: 'Failed', error: { code: 'REGISTRY::PUSH_FAILED' } });
    expect(task.error?.message).toContain('docker login');
    expect(await isOnEngine(reference)).toBe(false);
  });

  it('goes there with the password of the Docker configuration, and keeps no name on the engine', async () => {
    const task = await push(second.id);
    expect(task.error).toBeUndefined();
    expect(task).toMatchObject({ state: 'Succeeded', result: { snapshotId: second.id, reference } });
    expect(task.result?.['digest']).toMatch(/^sha256:/);
    expect(await isOnEngine(reference)).toBe(false);
    expect(await imagesOfSecond()).toBe(1);
  });

  it('carries its story as labels and no value of an environment variable', async () => {
    const manifest = (await (await registry.read('team/second/manifests/v1')).json()) as {
      config: { digest: string };
    };
    const config = await (await registry.read(`team/second/blobs/${manifest.config.digest}`)).text();
    expect(config).not.toContain('secret-value');
    expect(config).toContain('a note');
    expect(config).toContain(first.id);
  });

  it('leaves passwords neither in tasks nor in anything on disk', async () => {
    const files = await readdir(test.dataDir, { recursive: true, withFileTypes: true });
    for (const file of files.filter((each) => each.isFile())) {
      const content = await readFile(join(file.parentPath, file.name), 'utf8');
      expect(content).not.toMatch(/wrong-password|right-password/);
    }
  });

  it('gives a name back to the image that had it', async () => {
    const { Id: id } = await test.docker.getImage(BUSYBOX_IMAGE).inspect();
    await test.docker.getImage(BUSYBOX_IMAGE).tag({ repo: `${registry.host}/taken`, tag: 'v1' });
    const name = `${registry.host}/taken:v1`;
    try {
      expect((await push(second.id, { reference: name })).state).toBe('Succeeded');
      expect((await test.docker.getImage(name).inspect()).Id).toBe(id);
      expect(await imagesOfSecond()).toBe(1);
    } finally {
      await test.docker.getImage(name).remove();
    }
  });

  it('is refused for a snapshot that is not there and for a name that no registry can hold', async () => {
    expect((await test.call('POST', '/v1/desktop/snapshots/snap_none/push', { reference })).status).toBe(404);
    for (const bad of ['Team/UPPER', 'a b', 'x@sha256:12', `opensandbox-snapshots:${second.id}`, '-x/y:']) {
      const path = `/v1/desktop/snapshots/${second.id}/push`;
      expect((await test.call('POST', path, { reference: bad })).status, bad).toBe(400);
    }
  });

  it('says which registry is not there', async () => {
    const task = await push(second.id, { reference: '127.0.0.1:1/team/second:v1' });
    expect(task).toMatchObject({ state: 'Failed', error: { code: 'REGISTRY::PUSH_FAILED' } });
    expect(task.error?.message).toContain('Check that 127.0.0.1:1 is right and runs');
    const pulled = await pull({ reference: '127.0.0.1:1/team/second:v1' });
    expect(pulled).toMatchObject({ state: 'Failed', error: { code: 'REGISTRY::PULL_FAILED' } });
  });

  it('can be cancelled in the middle, and leaves no name on the engine', async () => {
    const { id } = await test.createSandbox();
    const fill = `head -c ${String(LAYER_MIB * 2 ** 20)} /dev/urandom > /workspace/big`;
    await execIn(test.docker, test.containerOf(id), ['sh', '-c', fill]);
    const big = await test.takeSnapshot(id, 'big');
    const name = `${registry.host}/team/big:v1`;
    const path = `/v1/desktop/snapshots/${big.id}/push`;
    const { body: task } = await test.call<Task>('POST', path, { reference: name });
    try {
      await waitFor('the first bytes', async () => {
        const { body } = await test.call<Task>('GET', `/v1/desktop/tasks/${task.id}`);
        return body.progress.done > 0 ? true : undefined;
      });
      // Held up, it cannot be done before it is cancelled.
      registry.child.kill('SIGSTOP');
      expect((await test.call('POST', path, { reference: name })).status).toBe(409);
      await cancel(task.id);
      expect((await taskEnd(test, task.id)).state).toBe('Cancelled');
    } finally {
      registry.child.kill('SIGCONT');
    }
    expect(await isOnEngine(name)).toBe(false);
    expect((await registry.read('team/big/manifests/v1')).status).toBe(404);
  });
});

describe('a snapshot that is pulled from a registry', () => {
  beforeAll(async () => {
    expect((await test.call('DELETE', `/v1/snapshots/${second.id}`)).status).toBe(204);
    await waitFor('its image to go', async () => ((await imagesOfSecond()) === 0 ? true : undefined));
  });

  async function nothingIsLeft(name: string): Promise<void> {
    expect(await isOnEngine(name)).toBe(false);
    expect(await imagesOfSecond()).toBe(0);
    expect((await test.call('GET', `/v1/snapshots/${second.id}`)).status).toBe(404);
  }

  it('is refused with a wrong password, under a wrong name, and when it is cancelled', async () => {
    const refused = await pull({ reference, auth: WRONG });
    expect(refused).toMatchObject({ state: 'Failed', error: { code: 'REGISTRY::PULL_FAILED' } });
    expect(refused.error?.message).toContain('docker login');
    const unknown = await pull({ reference: `${registry.host}/team/second:v2` });
    expect(unknown.error?.message).toContain('Check the name and the tag.');
    registry.child.kill('SIGSTOP');
    try {
      const path = '/v1/desktop/snapshots/pull';
      const { body: task } = await test.call<Task>('POST', path, { reference });
      await cancel(task.id);
      expect((await taskEnd(test, task.id)).state).toBe('Cancelled');
    } finally {
      registry.child.kill('SIGCONT');
    }
    await nothingIsLeft(reference);
  });

  it('leaves nothing when the registry holds something else, or a part that was changed', async () => {
    const foreign = await pushForeign('foreign', {});
    const task = await pull({ reference: foreign });
    expect(task).toMatchObject({ state: 'Failed', error: { code: 'SNAPSHOT::IMAGE_FOREIGN' } });
    expect(await isOnEngine(foreign)).toBe(false);
    const forged = await pushForeign('forged', {
      'io.opensandbox.desktop.kind': 'snapshot',
      'io.opensandbox.desktop.id': '../../evil',
      'io.opensandbox.desktop.instance': test.instanceId,
    });
    expect((await pull({ reference: forged })).error?.code).toBe('SNAPSHOT::ARCHIVE_FOREIGN');
    expect(await isOnEngine(forged)).toBe(false);
    const layer = await lastLayer('team/second/manifests/v1');
    const whole = await readFile(layer);
    try {
      await writeFile(layer, randomBytes(whole.length));
      const damaged = await pull();
      expect(damaged).toMatchObject({ state: 'Failed', error: { code: 'REGISTRY::PULL_FAILED' } });
    } finally {
      await writeFile(layer, whole);
    }
    await nothingIsLeft(reference);
  });

  it('is what it was: name, note, parent, what it holds; and only once', async () => {
    const task = await pull({ reference, auth: REGISTRY_USER });
    expect(task.error).toBeUndefined();
    expect(task).toMatchObject({ state: 'Succeeded', result: { snapshotId: second.id } });
    expect(await isOnEngine(reference)).toBe(false);
    const { body } = await test.call<DesktopSnapshot>('GET', `/v1/desktop/snapshots/${second.id}`);
    expect(body).toMatchObject({
      displayName: 'second',
      notes: 'a note',
      readOnly: false,
      parentSnapshotId: first.id,
      snapshot: { status: { state: 'Ready' } },
    });
    const { id } = await test.createSandbox({ image: undefined, snapshotId: second.id });
    expect(await execIn(test.docker, test.containerOf(id), ['cat', '/workspace/note'])).toBe('kept\n');
    const again = await pull();
    expect(again).toMatchObject({ state: 'Failed', error: { code: 'SNAPSHOT::ALREADY_EXISTS' } });
    expect(await imagesOfSecond()).toBe(1);
  });
});

/** The file of the topmost layer in the registry's own storage. */
async function lastLayer(manifestPath: string): Promise<string> {
  const manifest = (await (await registry.read(manifestPath)).json()) as { layers: { digest: string }[] };
  const hex = manifest.layers.at(-1)?.digest.replace('sha256:', '') ?? '';
  return join(registry.storage, 'docker/registry/v2/blobs/sha256', hex.slice(0, 2), hex, 'data');
}

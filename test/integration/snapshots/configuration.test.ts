import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DockerEngine } from '../../../src-main/engine/docker-engine';
import { snapshotConfig } from '../../../src-main/snapshots/image-config';
import { configBlob, rewriteThroughSave } from '../../../src-main/snapshots/image-rewrite';
import { BUSYBOX_IMAGE, execIn } from '../../support/docker';
import { createTestBackend, type TestBackend } from '../../support/test-backend';

const RICH_IMAGE = 'opensandbox-test/rich:latest';
const SECRET = 'hunter2-c0ffee';

/** Everything that an image's configuration can hold. */
const RICH_CONFIG = {
  Env: ['BASE=from-image', 'PATH=/bin:/sbin:/usr/bin:/usr/sbin:/custom', 'EMPTY='],
  Cmd: ['serve', '--port', '80'],
  Entrypoint: ['/bin/sh', '-c', 'sleep 1000'],
  WorkingDir: '/workspace',
  User: '1000:1000',
  ExposedPorts: { '80/tcp': {}, '53/udp': {} },
  Volumes: { '/data': {} },
  Labels: { maintainer: 'somebody', 'org.example.team': 'red' },
  Healthcheck: { Test: ['CMD', 'true'], Interval: 30_000_000_000, Retries: 3 },
  StopSignal: 'SIGINT',
};
const KEYS = Object.keys(RICH_CONFIG) as (keyof typeof RICH_CONFIG)[];

let test: TestBackend;
beforeAll(async () => {
  test = await createTestBackend();
  const container = await test.docker.createContainer({ Image: BUSYBOX_IMAGE, Cmd: ['true'] });
  const [repo, tag] = RICH_IMAGE.split(':');
  await container.commit({ _query: { container: container.id, repo, tag }, _body: RICH_CONFIG });
  await container.remove({ force: true });
});
afterAll(async () => {
  await test.dispose();
  await test.docker.getImage(RICH_IMAGE).remove({ force: true });
});

async function configOf(name: string): Promise<Record<string, unknown>> {
  const { Config: config } = await test.docker.getImage(name).inspect();
  return { ...config };
}

/** The configuration without our own labels, which an image of ours has on top. */
function foreign(config: Record<string, unknown>): Record<string, unknown> {
  const labels = Object.entries(config['Labels'] ?? {}).filter(
    ([name]) => !name.startsWith('io.opensandbox.desktop.'),
  );
  const kept = KEYS.filter((key) => key !== 'Labels').map((key) => [key, config[key]] as const);
  return { ...Object.fromEntries<unknown>(kept), Labels: Object.fromEntries<unknown>(labels) };
}

/** What `docker inspect`, `docker history` and `docker save` show of an image, as one text each. */
async function everythingOf(name: string): Promise<Record<string, string>> {
  const inspected = JSON.stringify(await test.docker.getImage(name).inspect());
  const history = JSON.stringify(await test.docker.getImage(name).history());
  let saved = '';
  const archive = await test.docker.getImage(name).get();
  archive.on('data', (chunk: Buffer) => (saved += chunk.toString('latin1')));
  await once(archive, 'end');
  return { inspected, history, saved };
}

const SOURCES = {
  'a plain sandbox': {},
  'a sandbox with environment': { env: { TOKEN: SECRET, BASE: SECRET } },
  'a sandbox with its own command': { entrypoint: ['sh', '-c', 'while true; do sleep 1; done'] },
  'a sandbox with metadata': { metadata: { owner: SECRET } },
  'a sandbox with extensions': { extensions: { vendor: SECRET } },
};

describe('the configuration of a snapshot', () => {
  it.each(Object.entries(SOURCES))(
    'is that of the base image, for %s, also in the second generation',
    async (_, changes) => {
      const base = foreign(await configOf(RICH_IMAGE));
      expect(base).toEqual(RICH_CONFIG);
      const source = await test.createSandbox({ image: { uri: RICH_IMAGE }, ...changes });
      const snapshot = await test.takeSnapshot(source.id);
      expect(foreign(await configOf(`opensandbox-snapshots:${snapshot.id}`))).toEqual(base);

      const restored = await test.createSandbox({ image: undefined, snapshotId: snapshot.id, ...changes });
      const second = await test.takeSnapshot(restored.id);
      expect(foreign(await configOf(`opensandbox-snapshots:${second.id}`))).toEqual(base);
      for (const name of [snapshot, second].map(({ id }) => `opensandbox-snapshots:${id}`)) {
        for (const [where, text] of Object.entries(await everythingOf(name)))
          expect({ where, leaks: text.includes(SECRET) }).toEqual({ where, leaks: false });
      }
    },
  );

  it.each([{}, { env: { TOKEN: SECRET } }])(
    'stays empty where the base image has none (%o)',
    async (changes) => {
      const source = await test.createSandbox({ image: { uri: BUSYBOX_IMAGE }, ...changes });
      const snapshot = await test.takeSnapshot(source.id);
      const config = await configOf(`opensandbox-snapshots:${snapshot.id}`);
      expect(config['Env']).toEqual(['BASE=from-image']);
      for (const key of ['Cmd', 'Entrypoint']) expect(config[key] ?? []).toEqual([]);
      for (const key of ['User', 'WorkingDir'])
        expect(config[key]).toBe((await configOf(BUSYBOX_IMAGE))[key]);
    },
  );

  it('runs as what the command line of Docker makes of it', async () => {
    const source = await test.createSandbox({ image: { uri: RICH_IMAGE }, env: { TOKEN: SECRET } });
    const snapshot = await test.takeSnapshot(source.id);
    const name = `opensandbox-snapshots:${snapshot.id}`;
    const run = ['run', '--rm', '--network=none', '--entrypoint=/bin/sh', name, '-c', 'id -u; pwd; env'];
    const { stdout } = await promisify(execFile)('docker', run);
    expect(stdout.split('\n').slice(0, 2)).toEqual(['1000', '/workspace']);
    expect(stdout).toContain('PATH=/bin:/sbin:/usr/bin:/usr/sbin:/custom');
    expect(stdout).not.toContain('TOKEN');
  });
});

describe('the general way of changing an image, out of the engine and in again', () => {
  it('keeps layers and files and replaces the configuration, over several layers', async () => {
    const endpoint = `unix://${(test.docker.modem as { socketPath?: string }).socketPath ?? ''}`;
    const engine = await DockerEngine.connect(endpoint, process.env);
    const first = await test.createSandbox({ image: { uri: RICH_IMAGE } });
    await execIn(test.docker, test.containerOf(first.id), ['sh', '-c', 'echo kept > /tmp/note']);
    const parent = await test.takeSnapshot(first.id);
    const second = await test.createSandbox({ image: undefined, snapshotId: parent.id });
    const snapshot = await test.takeSnapshot(second.id);
    const image = await engine.images.inspect(`opensandbox-snapshots:${snapshot.id}`);
    const base = await engine.images.inspect(RICH_IMAGE);
    if (image === undefined || base === undefined) throw new Error('The image is not there.');
    const labels = { 'io.opensandbox.desktop.instance': test.instanceId };
    const blob = configBlob(image, snapshotConfig(base, labels), await engine.images.history(image.id));
    const name = `opensandbox-test/rewritten:${snapshot.id}`;
    const made = await rewriteThroughSave(engine, image, blob, name);
    try {
      expect(made.layers).toEqual(image.layers);
      expect(made.sizeBytes).toBe(image.sizeBytes);
      expect(foreign(made.config as Record<string, unknown>)).toEqual(RICH_CONFIG);
      const sandbox = await test.createSandbox({ image: { uri: name } });
      const note = await execIn(test.docker, test.containerOf(sandbox.id), ['cat', '/tmp/note']);
      expect(note).toBe('kept\n');
      await test.call('DELETE', `/v1/sandboxes/${sandbox.id}`);
    } finally {
      await test.docker.getImage(name).remove({ force: true });
    }
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { execIn } from '../support/docker';
import { createTestBackend, type TestBackend } from '../support/test-backend';

let test: TestBackend;
beforeAll(async () => {
  test = await createTestBackend();
});
afterAll(() => test.dispose());

describe('snapshot and restore', () => {
  it('brings back files, and the absence of deleted ones, after the source is gone', async () => {
    const source = await test.createSandbox();
    await execIn(test.docker, test.containerOf(source.id), [
      'sh',
      '-c',
      'dd if=/dev/urandom of=/workspace/data bs=1M count=20 && rm /etc/profile',
    ]);
    const digest = await execIn(test.docker, test.containerOf(source.id), ['sha256sum', '/workspace/data']);
    const snapshot = await test.takeSnapshot(source.id, 'twenty');
    await test.call('DELETE', `/v1/sandboxes/${source.id}`);

    const restored = await test.createSandbox({ image: undefined, snapshotId: snapshot.id });
    const container = test.containerOf(restored.id);
    expect(await execIn(test.docker, container, ['sha256sum', '/workspace/data'])).toBe(digest);
    expect(await execIn(test.docker, container, ['ls', '/etc/profile'])).toContain('No such file');
  });

  it('takes nothing from the source but its filesystem: no environment, command, label or metadata', async () => {
    const source = await test.createSandbox({
      env: { SECRET: 'hunter2' },
      entrypoint: ['sh', '-c', 'echo token=hunter2; sleep 1000'],
      metadata: { team: 'red' },
      timeout: 600,
    });
    const snapshot = await test.takeSnapshot(source.id);
    const image = await test.docker.getImage(`opensandbox-snapshots:${snapshot.id}`).inspect();
    expect(JSON.stringify({ ...image, Config: { ...image.Config, Labels: {} } })).not.toContain('hunter2');
    expect(image.Config.Env).toEqual(['BASE=from-image']);

    const restored = await test.createSandbox({
      image: undefined,
      snapshotId: snapshot.id,
      resourceLimits: {},
    });
    const container = await test.docker.getContainer(test.containerOf(restored.id)).inspect();
    expect(container.Config.Env).toEqual(['BASE=from-image']);
    expect(JSON.stringify(container)).not.toContain('hunter2');
    expect(JSON.stringify(container.Config.Labels)).not.toContain(source.id);
    expect(restored.metadata).toEqual({});
    expect(restored).not.toHaveProperty('expiresAt');
    expect(container.HostConfig.Memory).toBe(0);
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BUSYBOX_IMAGE, SCRATCH_ENTRYPOINT, SCRATCH_IMAGE, execIn } from '../../support/docker';
import { createTestBackend, type SandboxAnswer, type TestBackend } from '../../support/test-backend';

const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const CONCURRENT = 16;
const MISSING_IMAGE = '127.0.0.1:1/opensandbox-test/missing:none';

let test: TestBackend;
beforeAll(async () => {
  test = await createTestBackend();
});
afterAll(() => test.dispose());

function refused(changes: Record<string, unknown>) {
  return test.call<{ code: string; message: string }>('POST', '/v1/sandboxes', {
    image: { uri: BUSYBOX_IMAGE },
    entrypoint: ['tail', '-f', '/dev/null'],
    resourceLimits: {},
    ...changes,
  });
}

/** Whatever this backend has on the engine: containers and volumes, by name. */
async function leftovers(): Promise<string[]> {
  const filters = { label: [`io.opensandbox.desktop.instance=${test.instanceId}`] };
  const containers = await test.docker.listContainers({ all: true, filters });
  const { Volumes: volumes } = await test.docker.listVolumes({ filters });
  return [...containers.flatMap((each) => each.Names), ...volumes.map((each) => each.Name)].sort();
}

describe('the answer to a create', () => {
  it("is the spec's, Running at once, without source, nulls or anything unknown", async () => {
    const { status, headers, body } = await test.call<SandboxAnswer>('POST', '/v1/sandboxes', {
      image: { uri: BUSYBOX_IMAGE },
      entrypoint: ['sh', '-c', 'sleep 1000'],
      resourceLimits: { cpu: '500m', memory: '64Mi' },
      timeout: 600,
      metadata: { name: 'First', 'example.com/team': 'red' },
    });
    expect(status).toBe(202);
    expect(headers['location']).toBe(`/v1/sandboxes/${body.id}`);
    expect(body).toEqual({
      id: expect.stringMatching(/^sbx_[0-9a-z]+$/) as string,
      status: {
        state: 'Running',
        reason: 'CONTAINER_RUNNING',
        message: 'Sandbox container started successfully.',
        lastTransitionAt: expect.stringMatching(ISO) as string,
      },
      metadata: { name: 'First', 'example.com/team': 'red' },
      createdAt: expect.stringMatching(ISO) as string,
      expiresAt: expect.stringMatching(ISO) as string,
      entrypoint: ['sh', '-c', 'sleep 1000'],
    });
    expect(Date.parse(body.expiresAt ?? '') - Date.parse(body.createdAt)).toBe(600_000);

    const got = await test.call<SandboxAnswer>('GET', `/v1/sandboxes/${body.id}`);
    expect(got.body).toEqual({
      ...body,
      image: { uri: BUSYBOX_IMAGE },
      status: { ...body.status, message: 'Sandbox container is running.' },
    });
  });

  it('omits the expiry without timeout, and echoes a platform in lower case', async () => {
    const arch = process.arch === 'arm64' ? 'arm64' : 'amd64';
    const sandbox = await test.createSandbox({ platform: { os: 'LINUX', arch: arch.toUpperCase() } });
    expect(sandbox).not.toHaveProperty('expiresAt');
    expect(sandbox).toMatchObject({ platform: { os: 'linux', arch }, metadata: {} });
  });

  it('keeps extensions, known and unknown, with scalars as text', async () => {
    const { id } = await test.createSandbox({
      extensions: { 'storage.id': 'abc', 'access.renew.extend.seconds': 300, flag: true, none: null },
    });
    const { body } = await test.call('GET', `/v1/sandboxes/${id}`);
    expect(body['extensions']).toEqual({
      'storage.id': 'abc',
      'access.renew.extend.seconds': '300',
      flag: 'true',
    });
  });

  it('names the snapshot and no image after a restore, with the default entrypoint', async () => {
    const source = await test.createSandbox({ metadata: { a: 'b' }, timeout: 600 });
    const snapshot = await test.takeSnapshot(source.id);
    const restored = await test.createSandbox({
      image: undefined,
      entrypoint: undefined,
      snapshotId: snapshot.id,
    });
    const { body } = await test.call<SandboxAnswer>('GET', `/v1/sandboxes/${restored.id}`);
    expect(body).toMatchObject({
      snapshotId: snapshot.id,
      entrypoint: ['tail', '-f', '/dev/null'],
      metadata: {},
    });
    expect(body).not.toHaveProperty('image');
    expect(body).not.toHaveProperty('expiresAt');
    const blankImage = await test.createSandbox({ image: { uri: '' }, snapshotId: snapshot.id });
    expect(blankImage.status.state).toBe('Running');
  });
});

describe('the container of a sandbox', () => {
  it('has every hardening default and exactly the limits, environment and command of the request', async () => {
    const { id } = await test.createSandbox({
      entrypoint: ['sh', '-c', 'sleep 1000'],
      env: { PLAIN: 'a b=c', EMPTY: '', SKIPPED: null, UNICODE: 'ä✓' },
    });
    const { Config, HostConfig, State, Path, Args } = await test.docker
      .getContainer(test.containerOf(id))
      .inspect();
    expect(HostConfig.SecurityOpt).toEqual(['no-new-privileges']);
    expect(HostConfig.PidsLimit).toBe(4096);
    expect(((HostConfig.CapDrop ?? []) as string[]).map((name) => name.replace('CAP_', '')).sort()).toEqual([
      'AUDIT_WRITE',
      'MKNOD',
      'NET_ADMIN',
      'NET_RAW',
      'SYS_ADMIN',
      'SYS_MODULE',
      'SYS_PTRACE',
      'SYS_TIME',
      'SYS_TTY_CONFIG',
    ]);
    expect(HostConfig.Privileged).toBe(false);
    expect([HostConfig.NanoCpus, HostConfig.Memory]).toEqual([5e8, 64 * 2 ** 20]);
    expect([Path, ...Args]).toEqual(['sh', '-c', 'sleep 1000']);
    expect(State.Running).toBe(true);
    expect([...Config.Env].sort()).toEqual(['BASE=from-image', 'EMPTY=', 'PLAIN=a b=c', 'UNICODE=ä✓']);
    expect(
      await execIn(test.docker, test.containerOf(id), [
        'cat',
        '/sys/fs/cgroup/memory.max',
        '/sys/fs/cgroup/memory/memory.limit_in_bytes',
      ]),
    ).toContain(String(64 * 2 ** 20));
  });

  it('has no network at all where the policy denies everything', async () => {
    const denied = await test.createSandbox({ networkPolicy: { defaultAction: 'deny', egress: [] } });
    const devices = await execIn(test.docker, test.containerOf(denied.id), ['cat', '/proc/net/dev']);
    expect(devices).toContain('lo:');
    expect(devices).not.toContain('eth');
    expect(await execIn(test.docker, test.containerOf(denied.id), ['nc', '-w1', '172.17.0.1', '9'])).toMatch(
      /unreachable/i,
    );
    const open = await test.createSandbox();
    expect(await execIn(test.docker, test.containerOf(open.id), ['cat', '/proc/net/dev'])).toContain('eth');
  });

  it('starts from an image without a shell', async () => {
    const { id, status } = await test.createSandbox({
      image: { uri: SCRATCH_IMAGE },
      entrypoint: SCRATCH_ENTRYPOINT,
    });
    expect(status.state).toBe('Running');
    await test.call('POST', `/v1/sandboxes/${id}/pause`);
    expect((await test.call<SandboxAnswer>('GET', `/v1/sandboxes/${id}`)).body.status.state).toBe('Paused');
  });

  it('does not take its labels for metadata', async () => {
    const { id } = await test.createSandbox({ metadata: { a: 'b' } });
    expect((await test.call<SandboxAnswer>('GET', `/v1/sandboxes/${id}`)).body.metadata).toEqual({ a: 'b' });
  });
});

describe('a create that fails on the engine', () => {
  const volume = { name: 'v', pvc: { claimName: 'opensandbox-test-failed-create' }, mountPath: '/data' };

  it.each<[string, Record<string, unknown>, number, string, RegExp]>([
    [
      'a missing image',
      { image: { uri: MISSING_IMAGE } },
      500,
      'DOCKER::SANDBOX_IMAGE_PULL_FAILED',
      /missing/,
    ],
    [
      'a command that is not there',
      { entrypoint: ['/no/such/command'] },
      400,
      'DOCKER::INVALID_ENTRYPOINT',
      /no such file/i,
    ],
    [
      'a command that cannot run',
      { entrypoint: ['/etc/passwd'] },
      400,
      'DOCKER::INVALID_ENTRYPOINT',
      /permission denied/i,
    ],
    [
      'a command that a bare image lacks',
      { image: { uri: SCRATCH_IMAGE }, entrypoint: ['sh'] },
      400,
      'DOCKER::INVALID_ENTRYPOINT',
      /not found/i,
    ],
    [
      'a platform that the image lacks',
      { platform: { os: 'linux', arch: process.arch === 'arm64' ? 'amd64' : 'arm64' } },
      500,
      'DOCKER::SANDBOX_IMAGE_PULL_FAILED',
      /could not be pulled/,
    ],
    [
      'a graphics card that is not there',
      { resourceLimits: { gpu: '1' } },
      500,
      'DOCKER::SANDBOX_START_FAILED',
      /gpu/,
    ],
  ])(
    'for %s says why and leaves no container, volume or record',
    async (_what, changes, status, code, words) => {
      const before = await leftovers();
      const answer = await refused({ ...changes, volumes: [volume] });
      expect([answer.status, answer.body.code]).toEqual([status, code]);
      expect(answer.body.message).toMatch(words);
      expect(await leftovers()).toEqual(before);
      const { body } = await test.call<{ items: SandboxAnswer[] }>(
        'GET',
        '/v1/sandboxes?state=Pending&state=Failed&state=Unknown',
      );
      expect(body.items).toEqual([]);
    },
  );

  it('for a snapshot that is not there or not ready is 404 or 409', async () => {
    const missing = await refused({ image: undefined, snapshotId: 'snap_none' });
    expect([missing.status, missing.body.code]).toEqual([404, 'SNAPSHOT::NOT_FOUND']);
    const source = await test.createSandbox();
    const accepted = await test.call<{ id: string }>('POST', `/v1/sandboxes/${source.id}/snapshots`);
    const early = await refused({ image: undefined, snapshotId: accepted.body.id });
    expect([early.status, early.body.code]).toEqual([409, 'SNAPSHOT::NOT_READY']);
  });
});

it(`runs ${CONCURRENT} creates at once`, async () => {
  const made = await Promise.all(
    Array.from({ length: CONCURRENT }, (_, index) =>
      test.createSandbox({ metadata: { burst: String(index) } }),
    ),
  );
  expect(new Set(made.map((each) => each.id)).size).toBe(CONCURRENT);
  expect(made.every((each) => each.status.state === 'Running')).toBe(true);
  const deleted = await Promise.all(made.map((each) => test.call('DELETE', `/v1/sandboxes/${each.id}`)));
  expect(deleted.map((each) => each.status)).toEqual(made.map(() => 204));
});

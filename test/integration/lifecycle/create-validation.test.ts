import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BUSYBOX_IMAGE } from '../../support/docker';
import { createTestBackend, type TestBackend } from '../../support/test-backend';

const PARAMETER = 'SANDBOX::INVALID_PARAMETER';
const LABEL = 'SANDBOX::INVALID_METADATA_LABEL';
const MIB = 2 ** 20;

let test: TestBackend;
beforeAll(async () => {
  test = await createTestBackend();
});
afterAll(() => test.dispose());

/** Sends a create that is right but for `changes`. */
function create(changes: Record<string, unknown>) {
  return test.call<{ code: string; message: string }>('POST', '/v1/sandboxes', {
    image: { uri: BUSYBOX_IMAGE },
    entrypoint: ['tail', '-f', '/dev/null'],
    resourceLimits: { cpu: '500m', memory: '64Mi' },
    ...changes,
  });
}

async function containers(): Promise<number> {
  const filters = { label: [`io.opensandbox.desktop.instance=${test.instanceId}`] };
  return (await test.docker.listContainers({ all: true, filters })).length;
}

describe('a create is refused with 400 and leaves nothing', () => {
  afterAll(async () => {
    expect(await containers()).toBe(0);
    const { body } = await test.call<{ items: unknown[] }>('GET', '/v1/sandboxes');
    expect(body.items).toEqual([]);
  });

  it.each<[string, Record<string, unknown>, string]>([
    ['without image and snapshot', { image: undefined }, PARAMETER],
    ['with a blank image', { image: { uri: '  ' } }, PARAMETER],
    ['with an image without uri', { image: {} }, PARAMETER],
    ['with image and snapshot', { snapshotId: 'snap_1' }, PARAMETER],
    ['with blank image and blank snapshot', { image: { uri: '' }, snapshotId: ' ' }, PARAMETER],
    ['with an image name that Docker cannot read', { image: { uri: 'Not A Name' } }, PARAMETER],
    ['with an image and no entrypoint', { entrypoint: undefined }, PARAMETER],
    ['with an image and a null entrypoint', { entrypoint: null }, PARAMETER],
    ['with an empty entrypoint', { entrypoint: [] }, 'DOCKER::INVALID_ENTRYPOINT'],
    ['with a blank command', { entrypoint: [' '] }, 'DOCKER::INVALID_ENTRYPOINT'],
    ['with an entrypoint that is no list', { entrypoint: 'sleep' }, PARAMETER],
    ['with a NUL in the entrypoint', { entrypoint: ['sleep', 'a\0b'] }, 'DOCKER::INVALID_ENTRYPOINT'],
    ['without resourceLimits', { resourceLimits: undefined }, PARAMETER],
    ['with null resourceLimits', { resourceLimits: null }, PARAMETER],
    ['with an unreadable cpu', { resourceLimits: { cpu: 'two' } }, PARAMETER],
    ['with no cpu at all', { resourceLimits: { cpu: '0' } }, PARAMETER],
    ['with more cpus than there are', { resourceLimits: { cpu: '4096' } }, PARAMETER],
    ['with an unreadable memory', { resourceLimits: { memory: '1.5Gi' } }, PARAMETER],
    ['with an unknown memory unit', { resourceLimits: { memory: '1Xi' } }, PARAMETER],
    ['with less memory than the engine takes', { resourceLimits: { memory: '1Mi' } }, PARAMETER],
    ['with an unreadable gpu', { resourceLimits: { gpu: 'some' } }, PARAMETER],
    ['with zero gpus', { resourceLimits: { gpu: '0' } }, PARAMETER],
    ['with a timeout below a minute', { timeout: 59 }, PARAMETER],
    ['with a fractional timeout', { timeout: 60.5 }, PARAMETER],
    ['with a textual timeout', { timeout: '600' }, PARAMETER],
    ['with a timeout beyond all dates', { timeout: 1e15 }, PARAMETER],
    ['on Windows', { platform: { os: 'windows', arch: 'amd64' } }, PARAMETER],
    ['on an unknown processor', { platform: { os: 'linux', arch: 'riscv64' } }, PARAMETER],
    ['on half a platform', { platform: { os: 'linux' } }, PARAMETER],
    ['with numbers in env', { env: { A: 1 } }, PARAMETER],
    ['with a variable without name', { env: { '': 'x' } }, PARAMETER],
    ['with "=" in the name of a variable', { env: { 'A=B': 'x' } }, PARAMETER],
    ['with a NUL in a variable', { env: { A: 'x\0y' } }, PARAMETER],
    ['with numbers in metadata', { metadata: { a: 1 } }, PARAMETER],
    ['with a reserved metadata key', { metadata: { 'opensandbox.io/a': 'b' } }, LABEL],
    ['with a metadata key that is no label', { metadata: { 'a b': 'b' } }, LABEL],
    ['with a long metadata key', { metadata: { ['a'.repeat(64)]: 'b' } }, LABEL],
    ['with a metadata value that is no label', { metadata: { a: 'hello world' } }, LABEL],
    ['with a long metadata value', { metadata: { a: 'b'.repeat(64) } }, LABEL],
    ['with secureAccess', { secureAccess: true }, PARAMETER],
    ['with credentialProxy alone', { credentialProxy: { enabled: true } }, PARAMETER],
    [
      'with credentialProxy and a policy',
      { credentialProxy: { enabled: true }, networkPolicy: { defaultAction: 'deny' } },
      'SANDBOX::API_NOT_SUPPORTED',
    ],
    [
      'with an allowed target',
      { networkPolicy: { egress: [{ action: 'allow', target: 'pypi.org' }] } },
      PARAMETER,
    ],
    [
      'with a denied target',
      { networkPolicy: { defaultAction: 'allow', egress: [{ action: 'deny', target: 'a.b' }] } },
      PARAMETER,
    ],
    ['with an unknown default action', { networkPolicy: { defaultAction: 'maybe' } }, PARAMETER],
    ['from a pool', { extensions: { poolRef: 'p' } }, 'SANDBOX::UNSUPPORTED_POOL_REF'],
    [
      'from a pool alone',
      { image: undefined, entrypoint: undefined, resourceLimits: undefined, extensions: { poolRef: 'p' } },
      'SANDBOX::UNSUPPORTED_POOL_REF',
    ],
    ['renewing on access by too little', { extensions: { 'access.renew.extend.seconds': '299' } }, PARAMETER],
    ['renewing on access by too much', { extensions: { 'access.renew.extend.seconds': '86401' } }, PARAMETER],
    ['renewing on access by no number', { extensions: { 'access.renew.extend.seconds': '5m' } }, PARAMETER],
    [
      'renewing on access by a fraction',
      { extensions: { 'access.renew.extend.seconds': '300.0' } },
      PARAMETER,
    ],
  ])('%s', async (_what, changes, code) => {
    const { status, body } = await create(changes);
    expect([status, body.code]).toEqual([400, code]);
    expect(body.message.length).toBeGreaterThan(10);
  });
});

describe('a create is taken', () => {
  it.each<[string, Record<string, unknown>]>([
    [
      'with nulls for everything optional',
      {
        snapshotId: null,
        platform: null,
        timeout: null,
        env: null,
        metadata: null,
        networkPolicy: null,
        credentialProxy: null,
        secureAccess: null,
        volumes: null,
        extensions: null,
      },
    ],
    [
      'with nulls inside',
      {
        image: { uri: BUSYBOX_IMAGE, auth: null },
        networkPolicy: { defaultAction: null, egress: null },
        credentialProxy: { enabled: null },
        extensions: { poolRef: null },
      },
    ],
    [
      'with the empty defaults that SDKs send',
      { env: {}, metadata: {}, extensions: {}, secureAccess: false, timeout: 600, volumes: [] },
    ],
    ['with no limit', { resourceLimits: {} }],
    ['with numbers as limits', { resourceLimits: { cpu: 0.5, memory: 64 * MIB } }],
    ['with limits of its own kind', { resourceLimits: { 'ephemeral-storage': '1Gi' } }],
    ['with an empty policy', { networkPolicy: {} }],
    [
      'with the policy allow',
      { networkPolicy: { defaultAction: 'allow', egress: [{ action: 'allow', target: 'a.b' }] } },
    ],
    [
      'with this platform in capitals',
      { platform: { os: 'Linux', arch: process.arch === 'arm64' ? 'ARM64' : 'AMD64' } },
    ],
    [
      'with empty metadata values and prefixed keys',
      { metadata: { 'example.com/a.b_c-d': '', Name: 'V-1.2_3' } },
    ],
    ['renewing on access within the range', { extensions: { 'access.renew.extend.seconds': '300' } }],
    ['renewing on access by a number', { extensions: { 'access.renew.extend.seconds': 86_400 } }],
  ])('%s', async (_what, changes) => {
    const { status, body } = await create(changes);
    expect([status, body.code]).toEqual([202, undefined]);
  });

  it('with every form of a limit, and sets it exactly', async () => {
    const forms: [Record<string, unknown>, number, number][] = [
      [{ cpu: '250m', memory: '64Mi' }, 250e6, 64 * MIB],
      [{ cpu: '1.5', memory: '64M' }, 1500e6, 64e6],
      [{ cpu: '1', memory: '67108864' }, 1e9, 64 * MIB],
      [{ cpu: '0.1', memory: '65536kib' }, 100e6, 64 * MIB],
      [{ memory: '64MB' }, 0, 64e6],
    ];
    for (const [resourceLimits, nanoCpus, memory] of forms) {
      const { body } = await create({ resourceLimits });
      const { HostConfig } = await test.docker
        .getContainer(test.containerOf((body as unknown as { id: string }).id))
        .inspect();
      expect([HostConfig.NanoCpus, HostConfig.Memory]).toEqual([nanoCpus, memory]);
    }
  });
});

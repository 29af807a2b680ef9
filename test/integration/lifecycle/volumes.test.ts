import { renameSync, symlinkSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { execIn } from '../../support/docker';
import type { TestBackend } from '../../support/test-backend';
import { createNetworklessBackend, NETWORKLESS } from './networkless';

const PREFIX = `opensandbox-test-${process.pid}`;

let test: TestBackend;
/** Allowed for host volumes. */
let root: string;
/** Beside it, and not allowed. */
let outside: string;
beforeAll(async () => {
  const base = await realpath(await mkdtemp(join(tmpdir(), 'opensandbox-volumes-')));
  root = join(base, 'allowed');
  outside = join(base, 'allowed-not');
  await mkdir(join(root, 'tree', 'branch'), { recursive: true });
  await mkdir(outside);
  await writeFile(join(root, 'tree', 'branch', 'leaf'), 'green');
  await writeFile(join(root, 'tree', 'bark'), 'brown');
  await writeFile(join(outside, 'secret'), 'secret');
  await symlink(outside, join(root, 'escape'));
  await symlink(join(root, 'tree'), join(root, 'inner-link'));
  test = await createNetworklessBackend({ hostVolumeRoots: [root] });
});
afterAll(async () => {
  await test.dispose();
  for (const name of await volumes()) await test.docker.getVolume(name).remove();
  await rm(join(root, '..'), { recursive: true, force: true });
});

/** Docker volumes that these tests named. */
async function volumes(): Promise<string[]> {
  const { Volumes: found } = await test.docker.listVolumes();
  return found.map((each) => each.Name).filter((name) => name.startsWith(PREFIX));
}

async function refusal(...list: unknown[]): Promise<[number, string]> {
  const { status, body } = await test.call<{ code: string }>('POST', '/v1/sandboxes', {
    image: { uri: 'opensandbox-test/busybox:latest' },
    entrypoint: ['sleep', '1000'],
    resourceLimits: {},
    ...NETWORKLESS,
    volumes: list,
  });
  return [status, body.code];
}

const mounted = (...list: unknown[]) => test.createSandbox({ volumes: list });
const sh = (id: string, script: string) => execIn(test.docker, test.containerOf(id), ['sh', '-c', script]);
const pvc = (claim: string, more = {}) => ({
  name: 'v',
  mountPath: '/data',
  pvc: { claimName: `${PREFIX}-${claim}`, ...more },
});
const host = (path: string, more = {}) => ({ name: 'v', mountPath: '/data', host: { path }, ...more });

describe('a volume is refused', () => {
  const good = { pvc: { claimName: 'claim' } };
  it.each<[string, unknown[], string]>([
    ['with a name in capitals', [{ name: 'V', mountPath: '/d', ...good }], 'VOLUME::INVALID_NAME'],
    ['with an empty name', [{ name: '', mountPath: '/d', ...good }], 'VOLUME::INVALID_NAME'],
    ['with a long name', [{ name: 'v'.repeat(64), mountPath: '/d', ...good }], 'VOLUME::INVALID_NAME'],
    [
      'with a name used twice',
      [
        { name: 'v', mountPath: '/d', ...good },
        { name: 'v', mountPath: '/e', ...good },
      ],
      'VOLUME::DUPLICATE_NAME',
    ],
    ['without backend', [{ name: 'v', mountPath: '/d' }], 'VOLUME::INVALID_BACKEND'],
    [
      'with two backends',
      [{ name: 'v', mountPath: '/d', ...good, host: { path: '/x' } }],
      'VOLUME::INVALID_BACKEND',
    ],
    [
      'with null backends only',
      [{ name: 'v', mountPath: '/d', host: null, pvc: null, ossfs: null }],
      'VOLUME::INVALID_BACKEND',
    ],
    ['with a relative mount path', [{ name: 'v', mountPath: 'd', ...good }], 'VOLUME::INVALID_MOUNT_PATH'],
    ['with an empty mount path', [{ name: 'v', mountPath: '', ...good }], 'VOLUME::INVALID_MOUNT_PATH'],
    ['mounted over the root', [{ name: 'v', mountPath: '/', ...good }], 'VOLUME::INVALID_MOUNT_PATH'],
    [
      'mounted where another is',
      [
        { name: 'v', mountPath: '/d', ...good },
        { name: 'w', mountPath: '/d/', ...good },
      ],
      'VOLUME::INVALID_MOUNT_PATH',
    ],
    [
      'with an absolute subPath',
      [{ name: 'v', mountPath: '/d', subPath: '/a', ...good }],
      'VOLUME::INVALID_SUB_PATH',
    ],
    [
      'with a climbing subPath',
      [{ name: 'v', mountPath: '/d', subPath: 'a/../../b', ...good }],
      'VOLUME::INVALID_SUB_PATH',
    ],
    [
      'with a relative host path',
      [{ name: 'v', mountPath: '/d', host: { path: 'tmp' } }],
      'VOLUME::INVALID_HOST_PATH',
    ],
    [
      'with a climbing host path',
      [{ name: 'v', mountPath: '/d', host: { path: '/tmp/../etc' } }],
      'VOLUME::INVALID_HOST_PATH',
    ],
    [
      'with a doubled slash',
      [{ name: 'v', mountPath: '/d', host: { path: '/tmp//x' } }],
      'VOLUME::INVALID_HOST_PATH',
    ],
    [
      'with a trailing slash',
      [{ name: 'v', mountPath: '/d', host: { path: '/tmp/' } }],
      'VOLUME::INVALID_HOST_PATH',
    ],
    [
      'outside the allowed folders',
      [{ name: 'v', mountPath: '/d', host: { path: '/etc' } }],
      'VOLUME::HOST_PATH_NOT_ALLOWED',
    ],
    [
      'at the root of the machine',
      [{ name: 'v', mountPath: '/d', host: { path: '/' } }],
      'VOLUME::HOST_PATH_NOT_ALLOWED',
    ],
    [
      'with a claim that is no label',
      [{ name: 'v', mountPath: '/d', pvc: { claimName: 'A_b' } }],
      'VOLUME::INVALID_PVC_NAME',
    ],
    [
      'with a long claim',
      [{ name: 'v', mountPath: '/d', pvc: { claimName: 'c'.repeat(254) } }],
      'VOLUME::INVALID_PVC_NAME',
    ],
    [
      'on an object store',
      [
        {
          name: 'v',
          mountPath: '/d',
          ossfs: { bucket: 'bbb', endpoint: 'e', accessKeyId: 'k', accessKeySecret: 's' },
        },
      ],
      'VOLUME::UNSUPPORTED_BACKEND',
    ],
  ])('%s', async (_what, list, code) => {
    expect(await refusal(...list)).toEqual([400, code]);
  });
});

describe('a host volume', () => {
  it('is shared both ways, and read-only where asked', async () => {
    const { id } = await mounted(host(join(root, 'tree')), {
      name: 'ro',
      mountPath: '/ro',
      host: { path: join(root, 'tree') },
      readOnly: true,
    });
    expect(await sh(id, 'cat /data/bark; echo new > /data/new; cat /ro/new')).toBe('brownnew\n');
    expect(await readFile(join(root, 'tree', 'new'), 'utf8')).toBe('new\n');
    expect(await sh(id, 'echo no > /ro/no')).toMatch(/read-only file system/i);
    expect(await sh(id, 'mount -o remount,rw /ro')).not.toBe('');
    expect(await sh(id, 'echo no > /ro/no')).toMatch(/read-only file system/i);
  });

  it('shows only its subPath, is made where it is missing, and may be one file', async () => {
    const { id } = await mounted(
      host(join(root, 'tree'), { subPath: 'branch' }),
      { name: 'made', mountPath: '/made', host: { path: join(root, 'a', 'b') } },
      { name: 'file', mountPath: '/file', host: { path: join(root, 'tree', 'bark') } },
    );
    expect(await sh(id, 'ls /data; ls /made; cat /file')).toBe('leaf\nbrown');
    await expect(readFile(join(root, 'a', 'b'))).rejects.toMatchObject({ code: 'EISDIR' });
  });

  it('follows links inside the allowed folder and refuses those that lead out', async () => {
    const { id } = await mounted(host(join(root, 'inner-link')));
    expect(await sh(id, 'cat /data/bark')).toBe('brown');
    for (const volume of [
      host(join(root, 'escape')),
      host(join(root, 'escape', 'deeper', 'still')),
      host(root, { subPath: 'escape' }),
      host(outside),
    ]) {
      expect(await refusal(volume)).toEqual([400, 'VOLUME::HOST_PATH_NOT_ALLOWED']);
    }
  });

  it('is not given when a link takes its place between the check and the start', async () => {
    const swapped = join(root, 'swapped');
    await mkdir(swapped);
    const listening = new AbortController();
    const events = await test.docker.getEvents({
      abortSignal: listening.signal,
      filters: { event: ['create'], label: [`io.opensandbox.desktop.instance=${test.instanceId}`] },
    });
    events.on('error', () => undefined);
    events.once('data', () => {
      renameSync(swapped, `${swapped}-before`);
      symlinkSync(outside, swapped);
    });
    try {
      expect(await refusal(host(swapped))).toEqual([400, 'VOLUME::HOST_PATH_NOT_ALLOWED']);
    } finally {
      listening.abort();
    }
    const containers = await test.docker.listContainers({
      all: true,
      filters: { volume: [swapped] },
    });
    expect(containers).toEqual([]);
  });

  it('cannot be made below a file', async () => {
    expect(await refusal(host(join(root, 'tree', 'bark', 'below')))).toEqual([
      500,
      'VOLUME::HOST_PATH_CREATE_FAILED',
    ]);
  });

  it('is not part of a snapshot', async () => {
    const { id } = await mounted(host(join(root, 'tree')));
    const snapshot = await test.takeSnapshot(id);
    const restored = await test.createSandbox({ image: undefined, snapshotId: snapshot.id });
    expect(await sh(restored.id, 'ls /data')).toBe('');
  });

  it('needs no allow-list entry once the setting has its folder', async () => {
    expect(await refusal(host(outside))).toEqual([400, 'VOLUME::HOST_PATH_NOT_ALLOWED']);
    await test.call('PATCH', '/v1/desktop/settings', { hostVolumeRoots: [outside] });
    const { id } = await mounted(host(outside));
    expect(await sh(id, 'cat /data/secret')).toBe('secret');
    await test.call('PATCH', '/v1/desktop/settings', { hostVolumeRoots: [] });
  });
});

describe('the setting of allowed folders', () => {
  it.each([['shared'], [''], ['./shared'], ['/shared\0']])(
    'refuses what is no absolute path: %j',
    async (folder) => {
      const settings = async () => (await test.call('GET', '/v1/desktop/settings')).body;
      const before = await settings();
      const answer = await test.call('PATCH', '/v1/desktop/settings', { hostVolumeRoots: [outside, folder] });
      expect(answer).toMatchObject({ status: 400, body: { code: 'SANDBOX::INVALID_PARAMETER' } });
      expect(await settings()).toEqual(before);
    },
  );
});

describe('a named volume', () => {
  it('is made when missing, shared by sandboxes, and outlives them', async () => {
    const first = await mounted(pvc('shared'));
    await sh(first.id, 'echo kept > /data/file');
    await test.call('DELETE', `/v1/sandboxes/${first.id}`);
    const second = await mounted({ ...pvc('shared'), readOnly: true });
    expect(await sh(second.id, 'cat /data/file; echo no > /data/no')).toMatch(
      /^kept\n.*read-only file system/is,
    );
    await test.call('DELETE', `/v1/sandboxes/${second.id}`);
    expect(await volumes()).toContain(`${PREFIX}-shared`);
  });

  it('is refused when missing and not to be made', async () => {
    expect(await refusal(pvc('absent', { createIfNotExists: false }))).toEqual([
      400,
      'VOLUME::PVC_NOT_FOUND',
    ]);
    expect(await volumes()).not.toContain(`${PREFIX}-absent`);
  });

  it('shows only its subPath', async () => {
    const writer = await mounted(pvc('sub'));
    await sh(writer.id, 'mkdir -p /data/in/ner; echo x > /data/in/ner/file; echo y > /data/outer');
    const reader = await mounted({ ...pvc('sub'), subPath: 'in' });
    expect(await sh(reader.id, 'cd /data; find . | sort')).toBe('.\n./ner\n./ner/file\n');
  });

  it('does not let a link in the volume lead its subPath out of it', async () => {
    const writer = await mounted(pvc('trap'));
    await sh(writer.id, 'ln -s /etc /data/link');
    const [status, code] = await refusal({ ...pvc('trap'), subPath: 'link' });
    expect([status, code]).toEqual([400, 'VOLUME::INVALID_SUB_PATH']);
  });

  it('goes with its sandbox only if that create made it', async () => {
    const own = await mounted(pvc('own', { deleteOnSandboxTermination: true }));
    const borrower = await mounted(pvc('shared', { deleteOnSandboxTermination: true }));
    await test.call('DELETE', `/v1/sandboxes/${own.id}`);
    await test.call('DELETE', `/v1/sandboxes/${borrower.id}`);
    expect(await volumes()).not.toContain(`${PREFIX}-own`);
    expect(await volumes()).toContain(`${PREFIX}-shared`);
  });

  it('is not left behind by a create that fails after it', async () => {
    expect(await refusal(pvc('lost'), { name: 'w', mountPath: '/w', host: { path: '/etc' } })).toEqual([
      400,
      'VOLUME::HOST_PATH_NOT_ALLOWED',
    ]);
    const { status } = await test.call('POST', '/v1/sandboxes', {
      image: { uri: 'opensandbox-test/busybox:latest' },
      entrypoint: ['/no/such/command'],
      resourceLimits: {},
      ...NETWORKLESS,
      volumes: [pvc('lost')],
    });
    expect(status).toBe(400);
    expect(await volumes()).not.toContain(`${PREFIX}-lost`);
  });
});

import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ContainerInfo, ContainerInspectInfo } from 'dockerode';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { DockerEngine } from '../../../src-main/engine/docker-engine';
import { LABEL_ID, LABEL_INSTANCE, LABEL_KIND, networkLabels } from '../../../src-main/engine/labels';
import { HOLDER_IMAGE } from '../../../src-main/engine/network-holders';
import { IN_NETWORK_OF } from '../../../src-main/engine/networks';
import type { DesktopStatus } from '../../../src-main/http/schemas/desktop';
import type { DiskUsage } from '../../../src-main/http/schemas/disk';
import { BUSYBOX_IMAGE, execIn } from '../../support/docker';
import { runTask } from '../../support/tasks';
import { createTestBackend, type SandboxAnswer, type TestBackend } from '../../support/test-backend';
import { waitFor } from '../../support/wait-for';

const SERVER = ['httpd', '-f', '-p', '8000', '-h', '/etc'];

let test: TestBackend;
beforeAll(async () => {
  test = await createTestBackend({ environment: { ...process.env, OPENSANDBOX_PREPARE: 'always' } });
});
afterAll(() => test.dispose());

const made: string[] = [];
afterEach(async () => {
  for (const id of made.splice(0)) await test.call('DELETE', `/v1/sandboxes/${id}`);
});

async function create(overrides: Record<string, unknown> = {}): Promise<SandboxAnswer> {
  const sandbox = await test.createSandbox(overrides);
  made.push(sandbox.id);
  return sandbox;
}

async function remove({ id }: SandboxAnswer): Promise<void> {
  made.splice(made.indexOf(id), 1);
  expect((await test.call('DELETE', `/v1/sandboxes/${id}`)).status).toBe(204);
}

function listed(...labels: string[]): Promise<ContainerInfo[]> {
  const filters = { label: [`${LABEL_INSTANCE}=${test.instanceId}`, ...labels] };
  return test.docker.listContainers({ all: true, filters });
}

const holders = () => listed(`${LABEL_KIND}=network`);

function inspect({ id }: SandboxAnswer): Promise<ContainerInspectInfo> {
  return test.docker.getContainer(test.containerOf(id)).inspect();
}

function ownerOf(info: ContainerInfo | ContainerInspectInfo): string | undefined {
  const mode = info.HostConfig.NetworkMode ?? '';
  return mode.startsWith(IN_NETWORK_OF) ? mode.slice(IN_NETWORK_OF.length) : undefined;
}

/** The running holders that no sandbox is in, once there are so many. */
async function unused(count: number): Promise<string[]> {
  return waitFor(`${count} prepared networks`, async () => {
    const all = await listed();
    const used = new Set(all.map(ownerOf));
    const free = all.filter((each) => each.Labels[LABEL_KIND] === 'network' && !used.has(each.Id));
    return free.length === count && free.every(({ State: state }) => state === 'running')
      ? free.map((each) => each.Id)
      : undefined;
  });
}

/** The id of a network that is ready; a create before asked for it. */
async function prepared(kind = 'bridge'): Promise<string> {
  return waitFor(`a prepared network of kind ${kind}`, async () => {
    const [id = ''] = await unused(1);
    const found = (await holders()).find((each) => each.Id === id);
    return found?.HostConfig.NetworkMode === kind ? id : undefined;
  });
}

function settings(patch: Record<string, unknown>): Promise<unknown> {
  return test.call('PATCH', '/v1/desktop/settings', patch);
}

function shell({ id }: SandboxAnswer, script: string): Promise<string> {
  return execIn(test.docker, test.containerOf(id), ['sh', '-c', script]);
}

async function served({ id }: SandboxAnswer): Promise<number> {
  return (
    await test.backend.http.inject({
      url: `/v1/sandboxes/${id}/proxy/8000/hosts`,
      headers: { 'open-sandbox-api-key': 'test-key', host: 'localhost' },
    })
  ).statusCode;
}

describe('a sandbox in a prepared network', () => {
  it('is what was asked for in everything, and reached, cut off and removed like any other', async () => {
    await create();
    const network = await prepared();
    const before = Date.now();
    const sandbox = await create({
      entrypoint: SERVER,
      env: { TOKEN: 'hunter2' },
      metadata: { name: 'second' },
      resourceLimits: { cpu: '250m', memory: '32Mi' },
      timeout: 600,
    });
    const info = await inspect(sandbox);
    expect(ownerOf(info)).toBe(network);
    expect(Date.parse(sandbox.createdAt)).toBeGreaterThanOrEqual(before);
    expect(Date.parse(sandbox.expiresAt ?? '') - Date.parse(sandbox.createdAt)).toBe(600_000);
    expect(Date.parse(info.State.StartedAt)).toBeGreaterThanOrEqual(before);
    expect(info.Config.Labels[LABEL_ID]).toBe(sandbox.id);
    expect(info.Config.Env).toContain('TOKEN=hunter2');
    expect(info.HostConfig).toMatchObject({ NanoCpus: 250_000_000, Memory: 32 * 2 ** 20, PidsLimit: 4096 });
    expect(info.HostConfig.CapDrop).toContain('NET_ADMIN');
    expect(await shell(sandbox, 'hostname')).toMatch(/^[0-9a-f]{12}\n$/);
    // Its own processes only: nothing of the holder is seen.
    expect(await shell(sandbox, 'cat /proc/1/cmdline | tr "\\0" " "')).toBe(`${SERVER.join(' ')} `);

    const { body } = await test.call<{ items: SandboxAnswer[] }>('GET', '/v1/sandboxes');
    expect(body.items.map(({ id }) => id).sort()).toEqual([...made].sort());
    expect(await served(sandbox)).toBe(200);

    const policy = `/v1/sandboxes/${sandbox.id}/proxy/18080/policy`;
    expect((await test.call('POST', policy, { defaultAction: 'deny' })).body['mode']).toBe('deny_all');
    expect(await shell(sandbox, 'ls /sys/class/net')).toBe('lo\n');
    expect(await served(sandbox)).toBe(200);
    expect((await test.call('POST', policy, { defaultAction: 'allow' })).body['mode']).toBe('allow_all');
    expect(await shell(sandbox, 'ls /sys/class/net')).toContain('eth');

    await remove(sandbox);
    expect((await holders()).map((each) => each.Id)).not.toContain(network);
  });

  it('has it alone: the next one gets another', async () => {
    const sandboxes: SandboxAnswer[] = [await create()];
    for (let count = 0; count < 2; count += 1) {
      await prepared();
      sandboxes.push(await create());
    }
    const owners = await Promise.all(sandboxes.slice(1).map(async (each) => ownerOf(await inspect(each))));
    expect(new Set(owners).size).toBe(2);
    expect(owners).not.toContain(undefined);
    const addresses = await Promise.all(sandboxes.map((each) => shell(each, 'hostname -i')));
    expect(new Set(addresses).size).toBe(3);
  });

  it('has no way out where none was asked for', async () => {
    const networkPolicy = { defaultAction: 'deny', egress: [] };
    await create({ networkPolicy });
    await prepared('none');
    // Of the wrong kind for this one.
    expect(ownerOf(await inspect(await create()))).toBeUndefined();
    await prepared('bridge');
    await create({ networkPolicy });
    const network = await prepared('none');
    const sandbox = await create({ networkPolicy });
    expect(ownerOf(await inspect(sandbox))).toBe(network);
    expect(await shell(sandbox, 'ls /sys/class/net')).toBe('lo\n');
  });

  it('gives the same snapshot as any other, and rolls back into a network of its own', async () => {
    const first = await create();
    const plain = await test.takeSnapshot(first.id);
    const network = await prepared();
    const sandbox = await create();
    expect(ownerOf(await inspect(sandbox))).toBe(network);
    const snapshot = await test.takeSnapshot(sandbox.id);
    const configs = await Promise.all(
      [plain, snapshot].map(async ({ id }) => {
        const image = await test.docker.getImage(`opensandbox-snapshots:${id}`).inspect();
        return { ...image.Config, Labels: Object.keys(image.Config.Labels).sort(), Hostname: '' };
      }),
    );
    expect(configs[1]).toEqual(configs[0]);

    const path = `/v1/desktop/sandboxes/${sandbox.id}/rollback`;
    const task = await runTask(test, path, { snapshotId: snapshot.id, safetySnapshot: false });
    expect(task.state).toBe('Succeeded');
    expect(ownerOf(await inspect(sandbox))).toBeUndefined();
    await waitFor('the network of before to go', async () =>
      (await holders()).some((each) => each.Id === network) ? undefined : true,
    );
    // A restore and a fork of several take what is ready, and the ordinary way for the rest.
    const fork = { count: 2, entrypoint: SERVER };
    const forked = await runTask(test, `/v1/desktop/snapshots/${snapshot.id}/fork`, fork);
    expect(forked.result?.sandboxIds).toHaveLength(2);
    made.push(...(forked.result?.sandboxIds ?? []));
  });

  it('is rebuilt from labels with everything it had, and goes with its network', async () => {
    await create();
    const network = await prepared();
    const sandbox = await create({ metadata: { team: 'red' }, timeout: 3600 });
    expect(ownerOf(await inspect(sandbox))).toBe(network);
    await test.restart(async () => {
      for (const name of await readdir(test.dataDir)) {
        if (name.startsWith('state')) await rm(join(test.dataDir, name));
      }
    });
    const { body } = await test.call<SandboxAnswer>('GET', `/v1/sandboxes/${sandbox.id}`);
    expect(body).toMatchObject({
      createdAt: sandbox.createdAt,
      metadata: { team: 'red' },
      status: { state: 'Running' },
    });
    expect(Date.parse(body.expiresAt ?? '')).toBeGreaterThanOrEqual(Date.parse(sandbox.expiresAt ?? ''));
    await remove(sandbox);
    expect((await holders()).map((each) => each.Id)).not.toContain(network);
  });
});

describe('a prepared network', () => {
  it('that was taken away or stopped past this server leaves no trace', async () => {
    await create();
    const network = await prepared();
    const [, sandbox] = await Promise.all([
      test.docker.getContainer(network).remove({ force: true }),
      create({ entrypoint: SERVER }),
    ]);
    expect(sandbox.status.state).toBe('Running');
    expect(await served(sandbox)).toBe(200);

    const next = await prepared();
    await test.docker.getContainer(next).kill();
    await waitFor('the dead one to go', async () =>
      (await holders()).some((each) => each.Id === next) ? undefined : true,
    );
    expect((await create()).status.state).toBe('Running');
  });

  it('does not change what is said of a command that cannot run', async () => {
    await create();
    await prepared();
    const request = {
      image: { uri: BUSYBOX_IMAGE },
      entrypoint: ['/nowhere'],
      resourceLimits: {},
    };
    const { status, body } = await test.call('POST', '/v1/sandboxes', request);
    expect([status, body['code']]).toEqual([400, 'DOCKER::INVALID_ENTRYPOINT']);
    await unused(0);
    expect(await listed(`${LABEL_KIND}=sandbox`)).toHaveLength(1);
  });

  it('keeps no image of a sandbox or snapshot, and is offered to nobody', async () => {
    const snapshot = await test.takeSnapshot((await create()).id);
    await remove(await create({ image: undefined, entrypoint: undefined, snapshotId: snapshot.id }));
    await prepared();
    const { body: usage } = await test.call<DiskUsage>('GET', '/v1/desktop/disk');
    expect(usage.leftovers).toEqual([]);
    const { body } = await test.call<{ items: { name: string }[] }>('GET', '/v1/desktop/images');
    expect(body.items.map(({ name }) => name)).not.toContain(HOLDER_IMAGE);
    expect((await test.call('DELETE', `/v1/snapshots/${snapshot.id}`)).status).toBe(204);
    await expect(test.docker.getImage(`opensandbox-snapshots:${snapshot.id}`).inspect()).rejects.toThrow();
  });

  it('is one of as many as the settings say, and gone when they say none', async () => {
    await settings({ preparedNetworks: 2 });
    await create();
    await unused(2);
    await settings({ preparedNetworks: 1 });
    await unused(1);
    await settings({ prepareNetworks: false });
    await unused(0);
    await create();
    await settings({ prepareNetworks: true });
    await unused(1);
  });

  it('goes with the server, and what a crash left goes at the next start; one in use stays', async () => {
    await settings({ prepareNetworks: false });
    await unused(0);
    await create();
    await settings({ prepareNetworks: true });
    const network = await prepared();
    const sandbox = await create();
    await prepared();
    const { body } = await test.call<DesktopStatus>('GET', '/v1/desktop/status');
    const endpoint = body.engine.endpoint ?? '';
    await test.restart(async () => {
      expect((await holders()).map((each) => each.Id)).toEqual([network]);
      const engine = await DockerEngine.connect(endpoint, process.env);
      const labels = networkLabels('net_left', test.instanceId);
      await engine.networkHolders.start({ name: `left-${test.instanceId}`, network: 'bridge', labels });
      expect(await holders()).toHaveLength(2);
    });
    await waitFor('what was left to go', async () => ((await holders()).length === 1 ? true : undefined));
    expect(await shell(sandbox, 'ls /sys/class/net')).toContain('eth0');
    // Past this server: its network follows all the same.
    await test.docker.getContainer(test.containerOf(sandbox.id)).remove({ force: true });
    await waitFor('its network to go', async () => ((await holders()).length === 0 ? true : undefined));
  });
});

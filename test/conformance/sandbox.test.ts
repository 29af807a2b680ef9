import {
  ConnectionConfig,
  Sandbox,
  SandboxApiException,
  SandboxManager,
  SandboxReadyTimeoutException,
} from '@alibaba-group/opensandbox';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureNodeImage, NODE_IMAGE, servicesEntrypoint } from '../support/node-image';
import { TEST_API_KEY } from '../support/test-backend';
import { waitFor } from '../support/wait-for';
import { failure, kinds, OfficialSdk } from './official-sdk';

const all = await kinds();
let sdk: OfficialSdk;
beforeAll(async () => {
  sdk = await OfficialSdk.start();
});
afterAll(() => sdk.stop());

describe('Sandbox.create', () => {
  it.each(all)('is ready at once, from $name', async (kind) => {
    const sandbox = await sdk.createOf(kind, { metadata: { suite: 'conformance' } });
    expect(await sandbox.isHealthy()).toBe(true);
    expect(await sandbox.health.ping()).toBe(true);
    const info = await sandbox.getInfo();
    expect(info).toMatchObject({
      id: sandbox.id,
      status: { state: 'Running' },
      metadata: { suite: 'conformance' },
      entrypoint: kind.entrypoint ?? ['tail', '-f', '/dev/null'],
    });
    const lifeMs = (info.expiresAt?.getTime() ?? 0) - info.createdAt.getTime();
    expect(Math.abs(lifeMs - 600_000)).toBeLessThan(3_000);
    await sandbox.kill();
    expect(await sandbox.isHealthy()).toBe(false);
  });

  it('takes no timeout as no expiry', async () => {
    const sandbox = await sdk.create({ timeoutSeconds: null });
    expect((await sandbox.getInfo()).expiresAt).toBeNull();
    await sandbox.kill();
  });

  it('works through the server proxy, and twelve at once', async () => {
    const proxied = new ConnectionConfig({
      domain: `http://localhost:${sdk.server.port}/`,
      apiKey: TEST_API_KEY,
      useServerProxy: true,
    });
    const sandboxes = await Promise.all(
      Array.from({ length: 12 }, (_each, index) =>
        sdk.create({ connectionConfig: index % 2 === 0 ? proxied : sdk.config }),
      ),
    );
    expect(new Set(sandboxes.map((each) => each.id)).size).toBe(12);
    for (const each of sandboxes) expect(await each.isHealthy()).toBe(true);
    await Promise.all(sandboxes.map((each) => each.kill()));
  });

  it('tells why it cannot, and leaves nothing behind', async () => {
    const missing = await failure(sdk.create({ image: 'localhost:1/no/such:image' }));
    expect(missing).toMatchObject({
      statusCode: 500,
      error: { code: 'DOCKER::SANDBOX_IMAGE_PULL_FAILED' },
    });
    expect(missing.requestId).toBeTruthy();
    expect((await failure(sdk.create({ snapshotId: 'snap_none' }))).error.code).toBe('SNAPSHOT::NOT_FOUND');
    expect((await failure(sdk.create({ metadata: { 'bad key!': 'x' } }))).error.code).toBe(
      'SANDBOX::INVALID_METADATA_LABEL',
    );
    expect((await failure(sdk.create({ secureAccess: true }))).statusCode).toBe(400);
    expect((await failure(sdk.create({ platform: { os: 'windows', arch: 'amd64' } }))).statusCode).toBe(400);
    const stranger = new ConnectionConfig({ domain: `localhost:${sdk.server.port}`, apiKey: 'wrong' });
    expect((await failure(sdk.create({ connectionConfig: stranger }))).error.code).toBe('INVALID_API_KEY');
    const manager = SandboxManager.create({ connectionConfig: sdk.config });
    expect((await manager.listSandboxInfos()).items).toEqual([]);
    await manager.close();
  });

  it('gives up on a sandbox that its own check never finds ready, and removes it', async () => {
    let id = '';
    const create = sdk.create({
      readyTimeoutSeconds: 1,
      healthCheck: (sandbox) => {
        ({ id } = sandbox);
        return false;
      },
    });
    await expect(create).rejects.toBeInstanceOf(SandboxReadyTimeoutException);
    expect((await sdk.raw('GET', `/v1/sandboxes/${id}`)).status).toBe(404);
  });
});

describe('Sandbox.connect', () => {
  it('works from an id alone, and fails for one that is unknown', async () => {
    const made = await sdk.create();
    const other = await Sandbox.connect({ connectionConfig: sdk.config, sandboxId: made.id });
    expect(await other.isHealthy()).toBe(true);
    await other.close();
    const error = await failure(Sandbox.connect({ connectionConfig: sdk.config, sandboxId: 'sbx_none' }));
    expect(error).toMatchObject({ statusCode: 404, error: { code: 'DOCKER::SANDBOX_NOT_FOUND' } });
    expect(error.requestId).toBeTruthy();
    await made.kill();
  });
});

describe('pause and resume', () => {
  it('make the sandbox unhealthy at once and healthy again', async () => {
    const sandbox = await sdk.create();
    await sandbox.pause();
    expect((await sandbox.getInfo()).status.state).toBe('Paused');
    const asked = Date.now();
    expect(await sandbox.isHealthy()).toBe(false);
    expect(Date.now() - asked).toBeLessThan(1_000);
    // Other clients resolve both endpoints of a paused sandbox before they resume it.
    for (const port of [44772, 18080])
      expect((await sandbox.getEndpoint(port)).endpoint).toContain(`${port}`);
    expect((await failure(sandbox.pause())).statusCode).toBe(409);

    const resumed = await sandbox.resume();
    expect(await resumed.isHealthy()).toBe(true);
    expect(await sandbox.isHealthy()).toBe(true);
    expect((await failure(resumed.resume())).error.code).toBe('DOCKER::SANDBOX_NOT_PAUSED');
    await resumed.pause();
    const again = await Sandbox.resume({ connectionConfig: sdk.config, sandboxId: sandbox.id });
    expect((await again.getInfo()).status.state).toBe('Running');
    // All three share one connection.
    await sandbox.kill();
    await again.close();
    await resumed.close();
  });
});

describe('a sandbox', () => {
  it('is renewed, patched and killed once', async () => {
    const sandbox = await sdk.create({ metadata: { keep: '1', drop: '2' } });
    const renewed = await sandbox.renew(3_600);
    expect((await sandbox.getInfo()).expiresAt?.getTime()).toBe(renewed.expiresAt?.getTime());
    expect((await sandbox.patchMetadata({ drop: null, add: '3' })).metadata).toEqual({ keep: '1', add: '3' });
    await sandbox.kill();
    for (const call of [
      () => sandbox.kill(),
      () => sandbox.getInfo(),
      () => sandbox.pause(),
      () => sandbox.renew(600),
      () => sandbox.getEndpoint(9_000),
    ]) {
      expect((await failure(call())).statusCode).toBe(404);
    }
  });

  it('serves its own ports, with the headers of the endpoint', async () => {
    await ensureNodeImage(sdk.docker);
    const sandbox = await sdk.create({ image: NODE_IMAGE, entrypoint: await servicesEntrypoint() });
    const { endpoint, headers } = await sandbox.getEndpoint(3_000);
    expect(endpoint).toMatch(new RegExp(`^localhost:\\d+/v1/sandboxes/${sandbox.id}/proxy/3000$`));
    const url = `${await sandbox.getEndpointUrl(3_000)}/hello`;
    expect(url).toBe(`http://${endpoint}/hello`);
    const answer = await waitFor('the service', async () => {
      const each = await fetch(url, headers === undefined ? {} : { headers });
      return each.status === 200 ? each : undefined;
    });
    expect(await answer.text()).toBe('hello');
    expect((await fetch(url)).status).toBe(401);
    expect((await failure(sandbox.getEndpoint(0))).error.code).toBe('DOCKER::INVALID_PORT');
    expect((await failure(sandbox.getSignedEndpoint(3_000, 2_000_000_000))).error.code).toBe(
      'SANDBOX::API_NOT_SUPPORTED',
    );
    await sandbox.kill();
  });
});

describe('egress, vault and isolation', () => {
  it('tell the policy truthfully and refuse what cannot be enforced', async () => {
    const allowed = await sdk.create();
    expect(await allowed.getEgressPolicy()).toEqual({ defaultAction: 'allow', egress: [] });
    const refused = await failure(allowed.patchEgressRules([{ action: 'deny', target: 'example.com' }]));
    expect(refused).toMatchObject({ statusCode: 501, error: { code: 'NOT_SUPPORTED' } });
    await allowed.deleteEgressRules(['example.com']);
    await allowed.kill();

    const denied = await sdk.create({ networkPolicy: {} });
    expect(await denied.getEgressPolicy()).toEqual({ defaultAction: 'deny', egress: [] });
    expect((await denied.commands.run('ls /sys/class/net')).logs.stdout[0]?.text).toBe('lo');
    await denied.kill();
    const withRules = sdk.create({ networkPolicy: { egress: [{ action: 'allow', target: 'example.com' }] } });
    expect((await failure(withRules)).error.code).toBe('SANDBOX::INVALID_PARAMETER');
  });

  it('have no vault', async () => {
    const sandbox = await sdk.create();
    const { credentialVault } = sandbox;
    for (const call of [
      () => credentialVault.get(),
      () => credentialVault.delete(),
      () => credentialVault.listCredentials(),
      () => credentialVault.getCredential('x'),
      () => credentialVault.listBindings(),
      () => credentialVault.getBinding('x'),
    ]) {
      expect((await failure(call())).statusCode).toBe(501);
    }
    await sandbox.kill();
  });

  it('have no isolated sessions, and say so when asked', async () => {
    const sandbox = await sdk.create();
    expect(await sandbox.isolation.capabilities()).toMatchObject({
      available: false,
      commit_supported: false,
      diff_supported: false,
    });
    // For these the SDK throws a plain error with the answer in its message.
    await expect(sandbox.isolation.create({ workspace: { path: '/tmp' } })).rejects.toThrow(
      /501.*NOT_SUPPORTED/,
    );
    await expect(sandbox.isolation.attach('x')).rejects.toThrow(/501/);
    await expect(sandbox.isolation.list()).rejects.toThrow(/501/);
    await sandbox.kill();
  });
});

it('every error is one of the SDK, with a code and the id of the request', async () => {
  const sandbox = await sdk.create();
  await sandbox.kill();
  const error = await failure(sandbox.commands.run('true'));
  expect(error).toBeInstanceOf(SandboxApiException);
  expect(error.error.code).toBe('DOCKER::SANDBOX_NOT_FOUND');
  expect(error.requestId).toBeTruthy();
});

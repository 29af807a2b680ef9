import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { execIn } from '../../support/docker';
import { createTestBackend, type SandboxAnswer, type TestBackend } from '../../support/test-backend';

interface Policy {
  mode: string;
  policy: { defaultAction: string; egress: unknown[] };
}

let test: TestBackend;
/** A listener on this side of Docker's bridge: the nearest thing to an internet that is always there. */
let outside: Server;
let address: string;

beforeAll(async () => {
  test = await createTestBackend();
  const { id } = await test.createSandbox();
  const { NetworkSettings: network } = await test.docker.getContainer(test.containerOf(id)).inspect();
  const gateway = network.Networks['bridge']?.Gateway ?? '';
  outside = createServer((_request, response) => response.end('outside'));
  await new Promise<void>((resolve) => outside.listen(0, gateway, resolve));
  address = `${gateway}:${(outside.address() as AddressInfo).port}`;
});
afterAll(async () => {
  outside.close();
  await test.dispose();
});

/** Whether a command in the sandbox gets an answer from outside. */
async function reaches({ id }: SandboxAnswer): Promise<boolean> {
  const command = ['sh', '-c', `timeout 3 wget -q -O - http://${address}/ || echo refused`];
  return (await execIn(test.docker, test.containerOf(id), command)).includes('outside');
}

function policy(method: 'GET' | 'POST' | 'PATCH' | 'DELETE', { id }: SandboxAnswer, body?: unknown) {
  return test.call<Policy & { code: string }>(method, `/v1/sandboxes/${id}/proxy/18080/policy`, body);
}

describe('what a sandbox may reach', () => {
  it('is everything without a policy, and the policy says so', async () => {
    const sandbox = await test.createSandbox();
    expect(await reaches(sandbox)).toBe(true);
    expect((await policy('GET', sandbox)).body).toMatchObject({
      status: 'ok',
      mode: 'allow_all',
      policy: { defaultAction: 'allow', egress: [] },
    });
  });

  it('is nothing at all with deny and no rules, while commands inside still run', async () => {
    const sandbox = await test.createSandbox({ networkPolicy: { defaultAction: 'deny', egress: [] } });
    expect(await reaches(sandbox)).toBe(false);
    const interfaces = await execIn(test.docker, test.containerOf(sandbox.id), ['ls', '/sys/class/net']);
    expect(interfaces.trim()).toBe('lo');
    expect((await policy('GET', sandbox)).body).toMatchObject({
      mode: 'deny_all',
      policy: { defaultAction: 'deny', egress: [] },
    });
  });

  it('changes at once, both ways, on a running and on a paused sandbox, and outlives a restart', async () => {
    const sandbox = await test.createSandbox();
    const denied = await policy('POST', sandbox, { defaultAction: 'deny' });
    expect(denied).toMatchObject({ status: 200, body: { mode: 'deny_all' } });
    expect(await reaches(sandbox)).toBe(false);
    await test.restart();
    expect((await policy('GET', sandbox)).body.mode).toBe('deny_all');

    await test.call('POST', `/v1/sandboxes/${sandbox.id}/pause`);
    expect((await policy('POST', sandbox, { defaultAction: 'allow' })).body.mode).toBe('allow_all');
    await test.call('POST', `/v1/sandboxes/${sandbox.id}/resume`);
    expect(await reaches(sandbox)).toBe(true);
    // An empty body resets to denying everything.
    expect((await policy('POST', sandbox)).body.mode).toBe('deny_all');
    expect(await reaches(sandbox)).toBe(false);
  });

  it('can be given to a sandbox that began without', async () => {
    const sandbox = await test.createSandbox({ networkPolicy: { defaultAction: 'deny' } });
    expect((await policy('POST', sandbox, { defaultAction: 'allow', egress: [] })).status).toBe(200);
    expect(await reaches(sandbox)).toBe(true);
  });

  it('is told by what the engine does, not by what was asked for', async () => {
    const sandbox = await test.createSandbox();
    await test.docker.getNetwork('bridge').disconnect({ Container: test.containerOf(sandbox.id) });
    expect((await policy('GET', sandbox)).body.mode).toBe('deny_all');
  });

  it('never pretends: rules for single targets are refused and change nothing', async () => {
    const allowed = await test.createSandbox();
    const rule = (action: string) => ({ action, target: 'example.com' });
    expect((await policy('PATCH', allowed, [rule('deny')])).body.code).toBe('NOT_SUPPORTED');
    expect((await policy('PATCH', allowed, [rule('deny')])).status).toBe(501);
    expect((await policy('POST', allowed, { egress: [rule('allow')] })).status).toBe(501);
    expect((await policy('GET', allowed)).body.mode).toBe('allow_all');
    expect(await reaches(allowed)).toBe(true);
    // What is allowed anyway may be allowed once more, and a rule that is not there may be removed.
    expect((await policy('PATCH', allowed, [rule('allow')])).status).toBe(200);
    expect((await policy('DELETE', allowed, ['example.com'])).status).toBe(200);
    for (const method of ['PATCH', 'DELETE'] as const)
      expect((await policy(method, allowed, [])).status).toBe(400);
    const created = await test.call('POST', '/v1/sandboxes', {
      image: { uri: 'any' },
      entrypoint: ['true'],
      resourceLimits: {},
      networkPolicy: { defaultAction: 'deny', egress: [rule('allow')] },
    });
    expect(created).toMatchObject({ status: 400, body: { code: 'SANDBOX::INVALID_PARAMETER' } });
  });

  it('answers 501 for the credential vault', async () => {
    const { id } = await test.createSandbox();
    for (const path of ['credential-vault', 'credential-vault/credentials/x']) {
      const answer = await test.call<{ code: string }>('GET', `/v1/sandboxes/${id}/proxy/18080/${path}`);
      expect(answer).toMatchObject({ status: 501, body: { code: 'NOT_SUPPORTED' } });
    }
  });
});

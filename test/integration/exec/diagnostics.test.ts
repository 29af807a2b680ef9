import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createTestBackend,
  TEST_API_KEY,
  type SandboxAnswer,
  type TestBackend,
} from '../../support/test-backend';
import { waitFor } from '../../support/wait-for';

interface Descriptor {
  sandboxId: string;
  kind: string;
  scope: string;
  delivery: string;
  contentType: string;
  content: string;
  truncated: boolean;
  code?: string;
}

let test: TestBackend;
let sandbox: SandboxAnswer;
beforeAll(async () => {
  test = await createTestBackend();
  sandbox = await test.createSandbox({
    entrypoint: [
      'sh',
      '-c',
      'for i in 1 2 3 4 5; do echo line $i; done; sleep 0.1; echo to-stderr >&2; sleep 1000',
    ],
    env: {
      PLAIN: 'shown',
      MY_SECRET: 'hidden-1',
      api_token: 'hidden-2',
      DB_PASSWORD: 'hidden-3',
      SSH_KEY: 'hidden-4',
    },
  });
  await waitFor('the log to be written', async () =>
    (await text('logs')).body.includes('to-stderr') ? true : undefined,
  );
});
afterAll(() => test.dispose());

async function text(path: string) {
  const response = await test.backend.http.inject({
    url: `/v1/sandboxes/${sandbox.id}/diagnostics/${path}`,
    headers: { 'open-sandbox-api-key': TEST_API_KEY, host: 'localhost' },
  });
  return { status: response.statusCode, headers: response.headers, body: response.body };
}

async function scoped(path: string): Promise<{ status: number; body: Descriptor }> {
  const { status, body } = await text(path);
  return { status, body: JSON.parse(body) as Descriptor };
}

describe('diagnostics as plain text', () => {
  it('shows logs with times, the newest when asked for few, and says that the form is old', async () => {
    const all = await text('logs');
    expect(all.status).toBe(200);
    expect(all.headers['content-type']).toBe('text/plain; charset=utf-8');
    expect(all.headers['deprecation']).toBe('true');
    expect(all.body).toMatch(/^\d{4}-\d\d-\d\dT\S+Z line 1\n/);
    const two = await text('logs?tail=2');
    expect(two.body.trim().split('\n')).toHaveLength(2);
    expect((await text('logs?since=10m')).body).toContain('line 1');
    await waitFor('the lines to be more than a second old', async () =>
      (await text('logs?since=1s')).body === '(no logs)' ? true : undefined,
    );
    for (const query of ['tail=0', 'tail=10001', 'since=soon', 'since=10']) {
      expect((await text(`logs?${query}`)).status, query).toBe(400);
    }
  });

  it('shows events of the engine and of this server in one order of time', async () => {
    await test.call('POST', `/v1/sandboxes/${sandbox.id}/pause`);
    await test.call('POST', `/v1/sandboxes/${sandbox.id}/resume`);
    const { body, headers } = await text('events');
    expect(headers['deprecation']).toBe('true');
    const lines = body.trim().split('\n');
    expect(lines.some((line) => line.includes('runtime container start'))).toBe(true);
    expect(lines.some((line) => line.includes('runtime container unpause'))).toBe(true);
    expect(lines.some((line) => line.includes('sandbox.resumed (api)'))).toBe(true);
    const times = lines.map((line) => line.split(' ')[0] ?? '');
    expect(times).toEqual([...times].sort());
    expect((await text('events?limit=1')).body.trim().split('\n')).toHaveLength(1);
    expect((await text('events?limit=501')).status).toBe(400);
  });

  it('masks what looks secret, in the description and in the summary', async () => {
    for (const path of ['inspect', 'summary?tail=3&event_limit=2']) {
      const { status, body } = await text(path);
      expect(status).toBe(200);
      expect(body).toContain('PLAIN=shown');
      expect(body).toContain('MY_SECRET=***');
      expect(body).not.toMatch(/hidden-\d/);
    }
    const { body } = await text('summary?tail=1');
    expect(body).toMatch(/== Inspect ==[\s\S]*== Events ==[\s\S]*== Logs ==\n.*(line 5|to-stderr)\n$/);
  });
});

describe('diagnostics with a scope', () => {
  it.each([
    ['logs', 'container', 'line 5'],
    ['logs', 'lifecycle', 'sandbox.created'],
    ['logs', 'all', 'line 5'],
    ['events', 'lifecycle', 'status Running CONTAINER_RUNNING'],
    ['events', 'runtime', 'runtime container start'],
    ['events', 'all', 'runtime container start'],
  ])('answers %s of scope %s inline', async (kind, scope, content) => {
    const { status, body } = await scoped(`${kind}?scope=${scope}`);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      sandboxId: sandbox.id,
      kind,
      scope,
      delivery: 'inline',
      contentType: 'text/plain; charset=utf-8',
      truncated: false,
    });
    expect(body.content).toContain(content);
  });

  it('keeps the newest of a long log and says that it was cut', async () => {
    const loud = await test.createSandbox({
      entrypoint: ['sh', '-c', 'yes $(printf "%0999d" 0) | head -n 3000; echo the-end; sleep 1000'],
    });
    const body = await waitFor('the whole log', async () => {
      const answer = await test.call<Descriptor>(
        'GET',
        `/v1/sandboxes/${loud.id}/diagnostics/logs?scope=container`,
      );
      return answer.body.content.includes('the-end') ? answer.body : undefined;
    });
    expect(body.truncated).toBe(true);
    expect(Buffer.byteLength(body.content)).toBeLessThanOrEqual(2 ** 20);
    expect(body.content).toMatch(/^\d{4}-/);
  });

  it('refuses an unknown scope, an unknown sandbox and a caller without key', async () => {
    expect((await scoped('logs?scope=nothing')).body.code).toBe('SANDBOX::INVALID_PARAMETER');
    const missing = await test.call<Descriptor>(
      'GET',
      '/v1/sandboxes/sbx_none/diagnostics/logs?scope=container',
    );
    expect(missing).toMatchObject({ status: 404, body: { code: 'DOCKER::SANDBOX_NOT_FOUND' } });
    const { body } = await test.call<{ headers: Record<string, string> }>(
      'GET',
      `/v1/sandboxes/${sandbox.id}/endpoints/44772`,
    );
    const stranger = await test.backend.http.inject({
      url: `/v1/sandboxes/${sandbox.id}/diagnostics/inspect`,
      headers: { host: 'localhost', ...body.headers },
    });
    expect(stranger.statusCode).toBe(401);
  });
});

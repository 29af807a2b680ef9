import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createTestBackend,
  TEST_API_KEY,
  type SandboxAnswer,
  type TestBackend,
} from '../../support/test-backend';

interface EndpointAnswer {
  endpoint: string;
  headers: Record<string, string>;
}

let test: TestBackend;
let sandbox: SandboxAnswer;
beforeAll(async () => {
  test = await createTestBackend();
  sandbox = await test.createSandbox();
});
afterAll(() => test.dispose());

async function endpoint(port: number, id = sandbox.id): Promise<EndpointAnswer> {
  const { status, body } = await test.call<EndpointAnswer>('GET', `/v1/sandboxes/${id}/endpoints/${port}`);
  expect(status).toBe(200);
  return body;
}

async function get(path: string, headers: Record<string, string>) {
  const response = await test.backend.http.inject({
    url: path,
    headers: { host: 'localhost:8080', ...headers },
  });
  return { status: response.statusCode, headers: response.headers, body: response.json<{ code: string }>() };
}

describe('access to the endpoints of a sandbox', () => {
  it('hands out a token with every endpoint, the same for all ports and after a restart', async () => {
    const before = await endpoint(44772);
    expect(before.endpoint).toBe(`localhost:8080/v1/sandboxes/${sandbox.id}/proxy/44772`);
    expect(before.headers['X-EXECD-ACCESS-TOKEN']).toMatch(/^[\w-]{43}$/);
    expect((await endpoint(3000)).headers).toEqual(before.headers);
    await test.restart();
    expect(await endpoint(44772)).toEqual(before);
  });

  it('opens with the token, or with the API key in either header, and with nothing else', async () => {
    const other = await test.createSandbox();
    const path = `/v1/sandboxes/${sandbox.id}/proxy/18080/policy`;
    const { headers } = await endpoint(18080);
    expect((await get(path, headers)).status).toBe(200);
    expect((await get(path, { 'open-sandbox-api-key': TEST_API_KEY })).status).toBe(200);
    expect((await get(path, { 'x-execd-access-token': TEST_API_KEY })).status).toBe(200);

    const refused = await get(path, {});
    expect(refused.status).toBe(401);
    expect(refused.body.code).toBe('MISSING_API_KEY');
    expect(refused.headers['x-request-id']).toBeTruthy();
    const { headers: foreign } = await endpoint(18080, other.id);
    expect((await get(path, foreign)).body.code).toBe('INVALID_API_KEY');
    expect((await get(path, { 'x-execd-access-token': 'x' })).status).toBe(401);
    expect((await get(path, { 'open-sandbox-api-key': 'wrong' })).body.code).toBe('INVALID_API_KEY');
  });

  it('does not open the API of the server with a token', async () => {
    const { headers } = await endpoint(44772);
    expect((await get(`/v1/sandboxes/${sandbox.id}`, headers)).status).toBe(401);
  });

  it('answers 404 for a sandbox that does not exist, and the policy also while paused', async () => {
    const missing = await get('/v1/sandboxes/sbx_none/proxy/44772/ping', {
      'open-sandbox-api-key': TEST_API_KEY,
    });
    expect(missing.status).toBe(404);
    expect(missing.body.code).toBe('DOCKER::SANDBOX_NOT_FOUND');

    const { headers } = await endpoint(44772);
    await test.call('POST', `/v1/sandboxes/${sandbox.id}/pause`);
    expect(await endpoint(44772)).toHaveProperty('headers', headers);
    const paused = await get(`/v1/sandboxes/${sandbox.id}/proxy/44772/ping`, headers);
    expect(paused.status).toBe(503);
    expect(paused.body.code).toBe('DOCKER::SANDBOX_NOT_RUNNING');
    expect((await get(`/v1/sandboxes/${sandbox.id}/proxy/18080/policy`, headers)).status).toBe(200);
    await test.call('POST', `/v1/sandboxes/${sandbox.id}/resume`);
  });
});

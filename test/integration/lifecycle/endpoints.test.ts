import { afterAll, beforeAll, expect, it } from 'vitest';
import type { TestBackend } from '../../support/test-backend';
import { createNetworklessBackend } from './networkless';

let test: TestBackend;
let id: string;
beforeAll(async () => {
  test = await createNetworklessBackend();
  ({ id } = await test.createSandbox());
});
afterAll(() => test.dispose());

const endpoint = (port: string, query = '') =>
  test.call<{ endpoint: string; headers?: unknown; code?: string }>(
    'GET',
    `/v1/sandboxes/${id}/endpoints/${port}${query}`,
  );

it.each(['', '?use_server_proxy=true', '?use_server_proxy=false'])(
  'answers 44772, 18080 and any other port%s through this server, without scheme, ending in the port',
  async (query) => {
    for (const port of ['44772', '18080', '1', '65535', '8000']) {
      const { status, body } = await endpoint(port, query);
      expect([status, body.endpoint]).toEqual([200, `localhost:8080/v1/sandboxes/${id}/proxy/${port}`]);
    }
  },
);

it.each(['0', '65536', 'http', '-1', '80.5', '1e3'])('refuses the port %s', async (port) => {
  const { status, body } = await endpoint(port);
  expect([status, body.code]).toEqual([400, 'DOCKER::INVALID_PORT']);
});

it('refuses signed routes, and a proxy flag that is no boolean', async () => {
  expect((await endpoint('80', '?expires=2000000000')).body.code).toBe('SANDBOX::API_NOT_SUPPORTED');
  expect((await endpoint('80', '?expires=2000000000&use_server_proxy=false')).body.code).toBe(
    'SANDBOX::API_NOT_SUPPORTED',
  );
  expect((await endpoint('80', '?expires=2000000000&use_server_proxy=true')).body.code).toBe(
    'SANDBOX::INVALID_PARAMETER',
  );
  expect((await endpoint('80', '?use_server_proxy=perhaps')).status).toBe(400);
});

it('stays the same while paused, after resume and after a restart of the server', async () => {
  const before = await endpoint('44772');
  await test.call('POST', `/v1/sandboxes/${id}/pause`);
  expect((await endpoint('44772')).body).toEqual(before.body);
  expect((await endpoint('18080')).status).toBe(200);
  await test.call('POST', `/v1/sandboxes/${id}/resume`);
  await test.restart();
  expect((await endpoint('44772')).body).toEqual(before.body);
});

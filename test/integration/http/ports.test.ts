import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { createTestBackend, type TestBackend } from '../../support/test-backend';
import { exchange } from './wire';

let test: TestBackend;
let other: Server | undefined;
beforeAll(async () => {
  test = await createTestBackend();
});
afterEach(() => {
  other?.close();
});
afterAll(() => test.dispose());

it.each(['127.0.0.1', '::1'])(
  'says who holds a port that is taken on %s, and can be given another one then',
  async (host) => {
    other = createServer();
    other.listen({ port: 0, host, ipv6Only: true });
    await once(other, 'listening');
    // A TCP server's address is not a path.
    const { port } = other.address() as AddressInfo;
    await expect(test.backend.listen(port)).rejects.toMatchObject({
      code: 'SERVER::PORT_TAKEN',
      message: expect.stringContaining(`(process ${process.pid})`) as string,
    });
    await test.backend.listen(0);
    for (const address of ['127.0.0.1', '::1']) {
      const free = Number(new URL(test.backend.address).port);
      expect((await exchange(free, 'GET /health', { host: address })).status).toBe(200);
    }
    await test.restart();
  },
);

import { once } from 'node:events';
import { connect, type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import fastify, { type FastifyInstance } from 'fastify';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { installBodyDeadline } from '../../../src-main/http/slow-bodies';

let app: FastifyInstance;
beforeAll(async () => {
  app = fastify({ requestTimeout: 0 });
  installBodyDeadline(app, 100);
  app.addHook('onRequest', (_request, reply) => reply.code(401).send({ code: 'NO', message: 'no' }));
  app.post('/', () => 'never');
  await app.listen({ port: 0, host: '127.0.0.1' });
});
afterAll(() => app.close());

function asking(sent: string): ReturnType<typeof connect> {
  const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1');
  socket.write(`POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\n${sent}`);
  return socket;
}

it('hangs up on who was answered and never sends the rest of a body', async () => {
  expect(await text(asking('ab'))).toMatch(/^HTTP\/1\.1 401 /);
});

it('keeps the connection of who sends it after all', async () => {
  const socket = asking('ab');
  await once(socket, 'data');
  socket.write('cde');
  socket.write('POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n');
  const [second] = (await once(socket, 'data')) as [Buffer];
  expect(second.toString()).toMatch(/^HTTP\/1\.1 401 /);
  socket.destroy();
});

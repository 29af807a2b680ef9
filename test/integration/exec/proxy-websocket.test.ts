import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket, type RawData } from 'ws';
import { ensureNodeImage, NODE_IMAGE, servicesEntrypoint } from '../../support/node-image';
import {
  createTestBackend,
  TEST_API_KEY,
  type SandboxAnswer,
  type TestBackend,
} from '../../support/test-backend';
import { waitFor } from '../../support/wait-for';

const LARGE_BYTES = 24 * 2 ** 20;

let test: TestBackend;
let sandboxes: Record<'bridged' | 'isolated', SandboxAnswer>;
let base: string;

beforeAll(async () => {
  test = await createTestBackend();
  await ensureNodeImage(test.docker);
  const services = {
    image: { uri: NODE_IMAGE },
    entrypoint: await servicesEntrypoint(),
    resourceLimits: {},
  };
  sandboxes = {
    bridged: await test.createSandbox(services),
    isolated: await test.createSandbox({ ...services, networkPolicy: { defaultAction: 'deny' } }),
  };
  await test.backend.listen();
  base = test.backend.address.replace('http', 'ws');
  for (const { id } of Object.values(sandboxes)) {
    await waitFor('the server in the sandbox', async () => {
      const answer = await fetch(`${test.backend.address}/v1/sandboxes/${id}/proxy/3000/hello`, {
        headers: { 'open-sandbox-api-key': TEST_API_KEY },
      });
      return answer.status === 200 ? true : undefined;
    });
  }
});
afterAll(() => test.dispose());

function open(
  target: string,
  protocols: string[] = [],
  headers: Record<string, string> = withKey,
): WebSocket {
  return new WebSocket(`${base}/v1/sandboxes/${target}`, protocols, {
    headers,
    origin: 'http://localhost:5173',
    maxPayload: 0,
  });
}
const withKey = { 'open-sandbox-api-key': TEST_API_KEY };

async function message(socket: WebSocket): Promise<{ data: Buffer; isBinary: boolean }> {
  const [data, isBinary] = (await once(socket, 'message')) as [RawData, boolean];
  return { data: data as Buffer, isBinary };
}

async function closed(socket: WebSocket): Promise<{ code: number; reason: string }> {
  const [code, reason] = (await once(socket, 'close')) as [number, Buffer];
  return { code, reason: reason.toString() };
}

describe.each(['bridged', 'isolated'] as const)('a WebSocket into a sandbox (%s)', (which) => {
  it('relays path, origin, subprotocol, text, binary, large messages and the close', async () => {
    const socket = open(`${sandboxes[which].id}/proxy/3000/live?room=1`, ['first', 'second']);
    const greeting = JSON.parse((await message(socket)).data.toString()) as {
      url: string;
      origin: string;
      headers: Record<string, string>;
    };
    expect(greeting).toMatchObject({ url: '/live?room=1', origin: 'http://localhost:5173' });
    expect(greeting.headers).not.toHaveProperty('open-sandbox-api-key');
    expect(socket.protocol).toBe('second');

    socket.send('grüße');
    expect(await message(socket)).toEqual({ data: Buffer.from('grüße'), isBinary: false });
    const large = Buffer.alloc(LARGE_BYTES, 7);
    socket.send(large);
    const echoed = await message(socket);
    expect(echoed.isBinary).toBe(true);
    expect(echoed.data.equals(large)).toBe(true);

    socket.send('close');
    expect(await closed(socket)).toEqual({ code: 4321, reason: 'as asked' });
  });

  it('closes with 1008 when the service refuses and with 1011 when nothing is there', async () => {
    expect((await closed(open(`${sandboxes[which].id}/proxy/3000/refused`))).code).toBe(1008);
    expect((await closed(open(`${sandboxes[which].id}/proxy/4000/`))).code).toBe(1011);
  });
});

describe('a WebSocket into a sandbox', () => {
  it('is refused in plain HTTP without a right to it, and at paths that have none', async () => {
    const refusal = async (target: string, headers: Record<string, string>) => {
      const [, answer] = (await once(open(target, [], headers), 'unexpected-response')) as [
        unknown,
        { statusCode: number; headers: Record<string, string> },
      ];
      expect(answer.headers['x-request-id']).toBeTruthy();
      return answer.statusCode;
    };
    const { id } = sandboxes.bridged;
    expect(await refusal(`${id}/proxy/3000/`, {})).toBe(401);
    expect(await refusal(`${id}/proxy/3000/`, { 'x-execd-access-token': 'wrong' })).toBe(401);
    expect(await refusal(`${id}/proxy/18080/policy`, withKey)).toBe(404);
    expect(await refusal(id, withKey)).toBe(404);
  });

  it('closes with 1011 for a sandbox that does not run', async () => {
    expect((await closed(open('sbx_none/proxy/3000/'))).code).toBe(1011);
  });

  it('ends when the sandbox does, and does not hold up the end of the server', async () => {
    const doomed = await test.createSandbox({
      image: { uri: NODE_IMAGE },
      entrypoint: await servicesEntrypoint(),
      resourceLimits: {},
    });
    const socket = await waitFor('the server in the sandbox', async () => {
      const attempt = open(`${doomed.id}/proxy/3000/`);
      return Promise.race([message(attempt).then(() => attempt), closed(attempt).then(() => undefined)]);
    });
    await test.call('DELETE', `/v1/sandboxes/${doomed.id}`);
    if (socket.readyState !== WebSocket.CLOSED) await closed(socket);

    const other = open(`${sandboxes.bridged.id}/proxy/3000/`);
    await message(other);
    const end = closed(other);
    await test.restart();
    await end;
  });
});

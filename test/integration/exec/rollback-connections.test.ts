import { once } from 'node:events';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { WebSocket, type RawData } from 'ws';
import { execIn } from '../../support/docker';
import { runTask } from '../../support/tasks';
import { createTestBackend, TEST_API_KEY, type TestBackend } from '../../support/test-backend';
import { waitFor } from '../../support/wait-for';

/** Says over HTTP and on a terminal which files it has. */
const SERVICE = ['sh', '-c', 'mkdir -p /www; httpd -p 8000 -h /www; exec tail -f /dev/null'];

interface Endpoint {
  endpoint: string;
  headers: Record<string, string>;
}

let test: TestBackend;
let id: string;
let snapshotId: string;
const open = new Set<WebSocket>();
beforeAll(async () => {
  test = await createTestBackend();
  await test.backend.listen();
  ({ id } = await test.createSandbox({ entrypoint: SERVICE }));
  await write('old');
  snapshotId = (await test.takeSnapshot(id)).id;
  await write('new');
});
afterAll(async () => {
  for (const socket of open) socket.terminate();
  await test.dispose();
});

async function write(text: string): Promise<void> {
  await execIn(test.docker, test.containerOf(id), ['sh', '-c', `echo ${text} > /www/file`]);
}

async function endpoint(port: number): Promise<Endpoint> {
  return (await test.call<Endpoint>('GET', `/v1/sandboxes/${id}/endpoints/${port}`)).body;
}

/** What the service says by way of an endpoint, with nothing but the endpoint's own headers. */
async function served({ endpoint: address, headers }: Endpoint): Promise<string> {
  const url = `http://${address}/file`.replace('localhost:8080', new URL(test.backend.address).host);
  return waitFor('the service to answer', async () => {
    const answer = await fetch(url, { headers });
    return answer.status === 200 ? answer.text() : undefined;
  });
}

async function newTerminal(): Promise<{ socket: WebSocket; read: () => string }> {
  const path = `/v1/sandboxes/${id}/proxy/44772/pty`;
  const { status, body } = await test.call<{ session_id: string }>('POST', path);
  expect(status).toBe(201);
  const address = `${test.backend.address.replace('http', 'ws')}${path}/${body.session_id}/ws`;
  const socket = new WebSocket(address, { headers: { 'open-sandbox-api-key': TEST_API_KEY } });
  open.add(socket);
  let text = '';
  socket.on('message', (data: RawData, isBinary) => {
    if (isBinary) text += (data as Buffer).subarray(1).toString();
  });
  // Says that the session is connected: what is typed from now on arrives.
  await once(socket, 'message');
  return { socket, read: () => text };
}

function type({ socket }: { socket: WebSocket }, line: string): void {
  socket.send(Buffer.concat([Buffer.of(0), Buffer.from(`${line}\n`)]));
}

it('keeps endpoints and their token valid across a roll back, and gives a terminal of the new container', async () => {
  const before = await endpoint(8000);
  expect(await served(before)).toBe('new\n');
  const first = await newTerminal();
  type(first, 'cat /www/file');
  await waitFor('the first terminal', () => (first.read().includes('\nnew') ? true : undefined));
  const closed = once(first.socket, 'close');

  const path = `/v1/desktop/sandboxes/${id}/rollback`;
  const task = await runTask(test, path, { snapshotId, safetySnapshot: false });
  expect(task.state).toBe('Succeeded');

  // The shell went with the container of before, and its terminal is told so rather than left hanging.
  await closed;
  expect(await endpoint(8000)).toEqual(before);
  expect(await served(before)).toBe('old\n');
  const second = await newTerminal();
  type(second, 'cat /www/file');
  await waitFor('the second terminal', () => (second.read().includes('\nold') ? true : undefined));
});

it('ends requests that are under way with an answer, and serves the next ones', async () => {
  const address = await endpoint(8000);
  const path = `/v1/desktop/sandboxes/${id}/rollback`;
  const url = `${test.backend.address}/v1/sandboxes/${id}/proxy/8000/file`;
  const statuses: number[] = [];
  const over = new AbortController();
  const asking = (async () => {
    while (!over.signal.aborted) statuses.push((await fetch(url, { headers: address.headers })).status);
  })();
  expect((await runTask(test, path, { snapshotId, safetySnapshot: false })).state).toBe('Succeeded');
  over.abort();
  await asking;
  expect(statuses).toContain(200);
  // Neither a refusal of the token nor a sandbox that is not found.
  expect(statuses.filter((status) => status === 401 || status === 403 || status === 404)).toEqual([]);
  expect(await served(address)).toBe('old\n');
});

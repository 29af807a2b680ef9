import { afterAll, beforeAll, expect, it } from 'vitest';
import { snapshotSeed } from '../../bench/support/seeded-snapshots';
import { memoryGroup, type MemoryGroup } from '../../support/memory-group';
import { startTestServer, type TestServer } from '../../support/server-api';

const MIB = 2 ** 20;
const MEMORY_MIB = 256;
const SNAPSHOTS = 10_000;
/** More than the server may have. */
const FILE_MIB = 270;
const COMMANDS = 40;
const LINES_EACH = 20_000;

let group: MemoryGroup | undefined;
let server: TestServer;
beforeAll(async () => {
  group = await memoryGroup(MEMORY_MIB * MIB);
  server = await startTestServer(process.env, {
    seed: await snapshotSeed(SNAPSHOTS),
    ...(group === undefined ? {} : { preparation: group.enter }),
  });
});
afterAll(async () => {
  await server.dispose();
  await group?.remove();
});

function ask(path: string, body?: unknown): Promise<Response> {
  return fetch(`http://127.0.0.1:${server.process.port}${path}`, {
    headers: { 'open-sandbox-api-key': 'test-key', 'content-type': 'application/json' },
    ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
  });
}

async function lengthOf({ status, body }: Response): Promise<number> {
  expect(status).toBe(200);
  let length = 0;
  for await (const chunk of body as unknown as AsyncIterable<Uint8Array>) length += chunk.length;
  return length;
}

it(`works with ${MEMORY_MIB} MiB of memory for the server and ${SNAPSHOTS} snapshots in its store`, async (context) => {
  if (group === undefined) return context.skip('No control group for memory can be made here.');
  const { id } = await server.createSandbox();
  const execd = `/v1/sandboxes/${id}/proxy/44772`;
  const run = (command: string) => ask(`${execd}/command`, { command });
  const commands = Array.from({ length: COMMANDS }, async (_, index) => {
    const text = await (await run(`seq ${LINES_EACH}; echo end-${index}`)).text();
    expect(text).toContain(`end-${index}`);
  });
  const lists = Array.from({ length: COMMANDS }, () => ask('/v1/snapshots?pageSize=200').then(lengthOf));
  await Promise.all([...commands, ...lists]);

  // Nothing that compresses or is sparse.
  const made = await run(`dd if=/dev/urandom of=/large bs=1048576 count=${FILE_MIB} 2>/dev/null; echo made`);
  expect(await made.text()).toContain('made');
  expect(await lengthOf(await ask(`${execd}/files/download?path=/large`))).toBe(FILE_MIB * MIB);

  const snapshot = await server.settled((await server.acceptSnapshot(id)).id);
  expect(snapshot.status.state).toBe('Ready');
  const exported = await ask(`/v1/desktop/snapshots/${snapshot.id}/export`);
  expect(await lengthOf(exported)).toBeGreaterThan(FILE_MIB * MIB);

  expect(await group.kills()).toBe(0);
  expect(server.process.child.exitCode).toBeNull();
});

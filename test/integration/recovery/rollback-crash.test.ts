import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LABEL_ID } from '../../../src-main/engine/labels';
import { execIn } from '../../support/docker';
import { startTestServer, type TestServer } from '../../support/server-api';
import { waitFor } from '../../support/wait-for';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.dispose());

/** The sandbox's containers now: name without its sandbox's part, and state. */
async function containers(sandboxId: string): Promise<string[]> {
  const found = await server.docker.listContainers({
    all: true,
    filters: { label: [`${LABEL_ID}=${sandboxId}`] },
  });
  return found.map((each) => `${each.Names.join().replace(`/opensandbox-${sandboxId}`, '')} ${each.State}`);
}

function shell(sandboxId: string, script: string): Promise<string> {
  return execIn(server.docker, `opensandbox-${sandboxId}`, ['sh', '-c', script]);
}

/** The moments of a roll back that can be seen from outside, in their order. */
const MOMENTS: readonly { name: string; isThere: (found: string[]) => boolean }[] = [
  { name: 'accepted', isThere: () => true },
  { name: 'the second container is made', isThere: (found) => found.length === 2 },
  { name: 'the first one is frozen', isThere: (found) => found.includes(' paused') },
  { name: 'both are started', isThere: (found) => found.includes('-rollback running') },
  {
    name: 'the first one is gone',
    isThere: (found) => !found.some((each) => /^ (paused|running)/.test(each)),
  },
];

/**
 * Kills the server at that moment of a roll back and starts it again.
 * @returns the sandbox, and where its roll backs are asked for
 */
async function killedAt(
  moment: (typeof MOMENTS)[number],
  beforeRestart: () => Promise<void> = () => Promise.resolve(),
): Promise<{ id: string; snapshotId: string; path: string }> {
  const { id } = await server.createSandbox({ env: { TOKEN: 'hunter2' } });
  await shell(id, 'echo old > /file');
  const { id: snapshotId } = await server.acceptSnapshot(id);
  await server.settled(snapshotId);
  await shell(id, 'echo new > /file');
  const path = `/v1/desktop/sandboxes/${id}/rollback`;
  const { status } = await server.call('POST', path, { snapshotId, safetySnapshot: false });
  expect(status).toBe(202);
  // A step that is over before it was seen is as good a moment to be killed as any.
  const begunAt = Date.now();
  while (!moment.isThere(await containers(id)) && Date.now() - begunAt < 3_000);
  await server.process.end('SIGKILL');
  await beforeRestart();
  await server.start();
  return { id, snapshotId, path };
}

/** One container, with the files of before or of the snapshot, as the API says, and with the values of the environment. */
async function expectOneWorking(id: string): Promise<void> {
  await waitFor('one container to be left', async () =>
    (await containers(id)).join() === ' running' ? true : undefined,
  );
  const { body } = await server.call<{ status: { state: string }; snapshotId?: string }>(
    'GET',
    `/v1/sandboxes/${id}`,
  );
  expect(body.status.state).toBe('Running');
  expect(await shell(id, 'cat /file; echo $TOKEN')).toBe(
    body.snapshotId === undefined ? 'new\nhunter2\n' : 'old\nhunter2\n',
  );
}

/** Nothing of the roll back that was cut off is in the way of the next one, or of the end. */
async function expectNextOneWorks(id: string, snapshotId: string, path: string): Promise<void> {
  const again = await server.call<{ id: string }>('POST', path, { snapshotId });
  expect(again.status).toBe(202);
  await waitFor('the next roll back to end', async () => {
    const task = await server.call<{ state: string }>('GET', `/v1/desktop/tasks/${again.body.id}`);
    return task.body.state === 'Succeeded' ? true : undefined;
  });
  expect(await shell(id, 'cat /file')).toBe('old\n');
  expect((await server.call('DELETE', `/v1/sandboxes/${id}`)).status).toBe(204);
  expect(await containers(id)).toEqual([]);
}

describe('a server that is killed during a roll back', () => {
  it.each(MOMENTS)(
    'once $name has one working sandbox and no other container after the restart',
    async (moment) => {
      const { id, snapshotId, path } = await killedAt(moment);
      await expectOneWorking(id);
      await expectNextOneWorks(id, snapshotId, path);
    },
  );

  it.each(MOMENTS.slice(1))(
    'once $name, and then loses its store, has one working sandbox by the labels',
    async (moment) => {
      const { id, snapshotId, path } = await killedAt(moment, async () => {
        const names = await readdir(server.dataDir);
        for (const name of names.filter((each) => each.startsWith('state')))
          await rm(join(server.dataDir, name));
      });
      await expectOneWorking(id);
      expect((await server.settled(snapshotId)).status.state).toBe('Ready');
      await expectNextOneWorks(id, snapshotId, path);
    },
  );
});

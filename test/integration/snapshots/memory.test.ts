import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DockerEngine } from '../../../src-main/engine/docker-engine';
import { importFilesystem } from '../../../src-main/snapshots/flatten';
import { configBlob, rewriteThroughSave } from '../../../src-main/snapshots/image-rewrite';
import { execIn } from '../../support/docker';
import { startTestServer, type TestServer } from '../../support/server-api';
import { waitFor } from '../../support/wait-for';

const SNAPSHOT_MIB = 600;
/** Far below the image, and above what the collector of garbage leaves lying about. */
const GROWTH_LIMIT_MIB = 96;

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.dispose());

async function residentMib(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
}

/** The most that the memory of a process grew while the work ran. */
async function growthDuring(pid: number, work: () => Promise<unknown>): Promise<number> {
  const before = await residentMib(pid);
  let most = before;
  let ended = false;
  const working = work().finally(() => (ended = true));
  await waitFor('the work to end', async () => {
    most = Math.max(most, await residentMib(pid));
    return ended ? true : undefined;
  });
  await working;
  return most - before;
}

async function largeSandbox(overrides: Record<string, unknown> = {}): Promise<string> {
  const { id } = await server.createSandbox(overrides);
  const fill = ['dd', 'if=/dev/zero', 'of=/workspace/big', 'bs=1M', `count=${SNAPSHOT_MIB}`];
  await execIn(server.docker, `opensandbox-${id}`, fill);
  return id;
}

describe(`the memory of the server during a snapshot of ${SNAPSHOT_MIB} MiB`, () => {
  it.each([{}, { env: { TOKEN: 'value' } }])('stays flat (%o)', async (overrides) => {
    const id = await largeSandbox(overrides);
    const pid = server.process.child.pid ?? 0;
    const growth = await growthDuring(pid, async () => {
      const snapshot = await server.acceptSnapshot(id);
      expect((await server.settled(snapshot.id)).status.state).toBe('Ready');
    });
    expect(growth).toBeLessThan(GROWTH_LIMIT_MIB);
    await server.call('DELETE', `/v1/sandboxes/${id}`);
  });

  it('stays flat where the image passes through this process: rewriting and flattening', async () => {
    const id = await largeSandbox();
    const snapshot = await server.acceptSnapshot(id);
    await server.settled(snapshot.id);
    const { body: status } = await server.call<{ engine: { endpoint: string } }>('GET', '/v1/desktop/status');
    const engine = await DockerEngine.connect(status.engine.endpoint, process.env);
    const image = await engine.images.inspect(`opensandbox-snapshots:${snapshot.id}`);
    if (image === undefined) throw new Error('The image is not there.');
    const name = `opensandbox-test/rewritten:${snapshot.id}`;
    const blob = configBlob(image, { Env: ['REWRITTEN=1'] }, await engine.images.history(image.id));
    try {
      const rewriting = () => rewriteThroughSave(engine, image, blob, name);
      expect(await growthDuring(process.pid, rewriting)).toBeLessThan(GROWTH_LIMIT_MIB);
      let flat: string | undefined;
      const flattening = async () => {
        flat = await importFilesystem(engine, `opensandbox-${id}`, {});
      };
      expect(await growthDuring(process.pid, flattening)).toBeLessThan(GROWTH_LIMIT_MIB);
      const made = await engine.images.inspect(flat ?? '');
      expect(made?.sizeBytes).toBeGreaterThan(SNAPSHOT_MIB * 2 ** 20);
      await engine.images.remove(flat ?? '', true);
    } finally {
      await engine.images.remove(name, true);
    }
  });
});

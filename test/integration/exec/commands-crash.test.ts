import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConnectionConfig, Sandbox } from '@alibaba-group/opensandbox';
import { expect, it } from 'vitest';
import { BUSYBOX_IMAGE, connectDocker, ensureBaseImages, removeInstance } from '../../support/docker';
import { startServerProcess } from '../../support/server-process';
import { TEST_API_KEY } from '../../support/test-backend';
import { waitFor } from '../../support/wait-for';

it('leaves no shell in the sandbox when the server is killed, and lets a running command go on', async () => {
  const docker = await connectDocker();
  await ensureBaseImages(docker);
  const dataDir = await mkdtemp(join(tmpdir(), 'opensandbox-test-'));
  const server = await startServerProcess({ dataDir, environment: { OPEN_SANDBOX_API_KEY: TEST_API_KEY } });
  try {
    const connectionConfig = new ConnectionConfig({
      domain: `127.0.0.1:${server.port}`,
      apiKey: TEST_API_KEY,
    });
    const sandbox = await waitFor('the engine to be connected', () =>
      Sandbox.create({ connectionConfig, image: BUSYBOX_IMAGE }).catch(() => undefined),
    );
    const container = docker.getContainer(`opensandbox-${sandbox.id}`);
    const commandLines = async () => {
      const { Processes } = (await container.top({ ps_args: '-o pid,args' })) as { Processes: string[][] };
      return Processes.map((fields) => fields.slice(1).join(' '));
    };
    await sandbox.commands.run('true');
    expect((await commandLines()).some((line) => line.startsWith('sh '))).toBe(true);
    await sandbox.commands.run('sleep 2; echo went on >/tmp/done', { background: true });
    await server.end('SIGKILL');
    await waitFor('the shells to end', async () => {
      const lines = await commandLines();
      return lines.length === 1 ? true : undefined;
    });
    const changed = (await container.changes()) as { Path: string }[];
    expect(changed.map(({ Path: path }) => path)).toContain('/tmp/done');
  } finally {
    if (server.child.signalCode === null) await server.end('SIGKILL');
    const instanceId = (await readFile(join(dataDir, 'instance'), 'utf8')).trim();
    await removeInstance(docker, instanceId);
    await rm(dataDir, { recursive: true, force: true });
  }
});

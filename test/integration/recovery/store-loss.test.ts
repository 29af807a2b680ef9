import { mkdtemp, readFile, readdir, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { BUSYBOX_IMAGE, execIn } from '../../support/docker';
import { startServerProcess } from '../../support/server-process';
import { ownImage } from '../../support/own-image';
import { startTestServer, type TestServer } from '../../support/server-api';
import type { SandboxAnswer, SnapshotAnswer } from '../../support/test-backend';

interface StoreStatus {
  state: string;
  recovery?: {
    kind: string;
    message: string;
    setAside: string[];
    sandboxesRebuilt: number;
    snapshotsRebuilt: number;
    notRecovered: string[];
  };
}

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.dispose());

async function stateFiles(): Promise<string[]> {
  const names = await readdir(server.dataDir);
  return names.filter((name) => name.startsWith('state') && !name.includes('damaged'));
}

async function furnish(): Promise<{ sandbox: SandboxAnswer; snapshot: SnapshotAnswer }> {
  const sandbox = await server.createSandbox({
    metadata: { team: 'red' },
    timeout: 3600,
    env: { TOKEN: 'value' },
    resourceLimits: { cpu: '250m' },
  });
  const { body } = await server.call<SnapshotAnswer>('POST', `/v1/sandboxes/${sandbox.id}/snapshots`, {
    name: 'kept',
  });
  const snapshot = await server.settled(body.id);
  await ownImage(server.docker, body.id);
  return { sandbox, snapshot };
}

async function storeStatus(): Promise<StoreStatus> {
  return (await server.call<{ store: StoreStatus }>('GET', '/v1/desktop/status')).body.store;
}

const DAMAGES: Record<string, (file: string) => Promise<void>> = {
  'cut in half': async (file) => truncate(file, Math.floor((await stat(file)).size / 2)),
  removed: (file) => rm(file),
  'filled with garbage': (file) => writeFile(file, Buffer.alloc(4096, 'not json \u0000')),
};

let current: { sandbox: SandboxAnswer; snapshot: SnapshotAnswer } | undefined;
afterEach(async () => {
  if (current === undefined) return;
  expect((await server.call('DELETE', `/v1/sandboxes/${current.sandbox.id}`)).status).toBe(204);
  expect((await server.call('DELETE', `/v1/snapshots/${current.snapshot.id}`)).status).toBe(204);
  current = undefined;
});

describe('a store whose every file was', () => {
  it.each(Object.keys(DAMAGES))('%s: the server starts, rebuilds from Docker, and says so', async (how) => {
    current = await furnish();
    await server.process.end('SIGKILL');
    const files = await stateFiles();
    expect(files.length).toBeGreaterThan(0);
    for (const name of files) await DAMAGES[how]?.(join(server.dataDir, name));
    await server.start();

    const { sandbox, snapshot } = current;
    const { body: rebuilt } = await server.call<SandboxAnswer>('GET', `/v1/sandboxes/${sandbox.id}`);
    expect(rebuilt).toMatchObject({
      id: sandbox.id,
      status: { state: 'Running' },
      metadata: { team: 'red' },
      entrypoint: sandbox.entrypoint,
      createdAt: sandbox.createdAt,
      image: { uri: BUSYBOX_IMAGE },
    });
    // Labels know nothing of renewals, so the sandbox may get more time, never less.
    expect(Date.parse(rebuilt.expiresAt ?? '')).toBeGreaterThanOrEqual(Date.parse(sandbox.expiresAt ?? ''));
    // Where the cut left a capture that had begun, its recovery goes on after the start.
    expect(await server.settled(snapshot.id)).toMatchObject({
      name: 'kept',
      sandboxId: sandbox.id,
      createdAt: snapshot.createdAt,
      status: { state: 'Ready' },
    });
    const { state, recovery } = await storeStatus();
    expect(state).toBe('recovered');
    expect(recovery?.message).not.toBe('');
    expect(recovery?.notRecovered.length).toBeGreaterThan(0);
    if (how !== 'cut in half') expect(recovery).toMatchObject({ sandboxesRebuilt: 1, snapshotsRebuilt: 1 });
    if (how === 'filled with garbage') {
      expect(recovery?.setAside.length).toBeGreaterThan(0);
      for (const path of recovery?.setAside ?? [])
        expect((await readFile(resolve(server.dataDir, path))).includes('not json')).toBe(true);
    }
  });
});

describe('a store that knows of a snapshot only that it was accepted', () => {
  it('finds it as it was taken, and does not take it again', async () => {
    const { sandbox, snapshot } = await furnish();
    current = { sandbox, snapshot };
    await execIn(server.docker, `opensandbox-${sandbox.id}`, ['touch', '/made-later']);
    await server.process.end('SIGKILL');
    for (const name of await stateFiles()) {
      const file = join(server.dataDir, name);
      const content = await readFile(file, 'utf8');
      const first = content.indexOf(`"id":"${snapshot.id}"`);
      if (first >= 0) await writeFile(file, content.slice(0, content.indexOf('\n', first) + 1));
    }
    await server.start();

    expect((await server.settled(snapshot.id)).status).toMatchObject({
      state: 'Ready',
      reason: 'snapshot_recovery_ready',
    });
    const restored = await server.createSandbox({ image: undefined, snapshotId: snapshot.id });
    const listed = await execIn(server.docker, `opensandbox-${restored.id}`, ['ls', '/']);
    expect(listed).not.toContain('made-later');
    await server.call('DELETE', `/v1/sandboxes/${restored.id}`);
  });
});

async function startFailure(options: { dataDir: string; port?: number }): Promise<string> {
  try {
    await (await startServerProcess(options)).end('SIGKILL');
    return 'It started.';
  } catch (error) {
    return String(error);
  }
}

describe('a second server', () => {
  it('on the same data folder ends with code 1 and says who has it', async () => {
    const failure = await startFailure({ dataDir: server.dataDir });
    expect(failure).toContain('ended with 1');
    expect(failure).toContain(String(server.process.child.pid));
    expect(failure).toContain(server.dataDir);
    expect(failure).not.toMatch(/\n\s+at /);
  });

  it('on the same port ends with code 1, names the holder and how to choose another', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'opensandbox-second-'));
    try {
      const { port } = server.process;
      const failure = await startFailure({ dataDir, port });
      expect(failure).toContain('ended with 1');
      expect(failure).toContain(`Port ${port} is taken by`);
      expect(failure).toContain(`process ${server.process.child.pid ?? 0}`);
      expect(failure).toContain('--port');
      expect(failure).not.toMatch(/\n\s+at /);
    } finally {
      await rm(dataDir, { recursive: true, force: true });
    }
  });

  it('may have the folder of one that was killed', async () => {
    await server.process.end('SIGKILL');
    await server.start();
    expect((await server.call('GET', '/v1/sandboxes')).status).toBe(200);
  });
});

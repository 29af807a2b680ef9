import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type Docker from 'dockerode';
import { BUSYBOX_IMAGE, connectDocker, ensureBaseImages, removeInstance } from './docker';
import { startServerProcess, type ServerProcess } from './server-process';
import type { Answer, SandboxAnswer, SnapshotAnswer, TestBackend } from './test-backend';
import { waitFor } from './wait-for';

const API_KEY = 'test-key';

/** A real server process on a data folder of its own, called over HTTP, that can be killed and started again. */
export interface TestServer {
  readonly process: ServerProcess;
  docker: Docker;
  dataDir: string;
  instanceId(): Promise<string>;
  call: TestBackend['call'];
  createSandbox(overrides?: Record<string, unknown>): Promise<SandboxAnswer>;
  /** Asks for a snapshot; answers as soon as it was accepted. */
  acceptSnapshot(sandboxId: string): Promise<SnapshotAnswer>;
  /** Waits until a snapshot is Ready or Failed. */
  settled(snapshotId: string): Promise<SnapshotAnswer>;
  /** Starts the process again on the same folder and waits for the engine. */
  start(): Promise<void>;
  dispose(): Promise<void>;
}

export async function startTestServer(
  environment: NodeJS.ProcessEnv = process.env,
  {
    preparation,
    seed,
  }: {
    /** A shell line that comes before the server in the same process. */
    preparation?: string;
    /** Fills the data folder before the first start. */
    seed?: (dataDir: string) => Promise<void>;
  } = {},
): Promise<TestServer> {
  const docker = await connectDocker(environment);
  await ensureBaseImages(docker);
  const dataDir = await mkdtemp(join(tmpdir(), 'opensandbox-server-'));
  const launch = () =>
    startServerProcess({
      ...(preparation === undefined ? {} : { preparation }),
      dataDir,
      environment: { ...environment, OPEN_SANDBOX_API_KEY: API_KEY },
    });
  await seed?.(dataDir);
  let process_ = await launch();
  const instanceId = async () => (await readFile(join(dataDir, 'instance'), 'utf8')).trim();

  const server: TestServer = {
    get process() {
      return process_;
    },
    docker,
    dataDir,
    instanceId,
    async call<T>(method: string, path: string, body?: unknown) {
      const response = await fetch(`http://localhost:${process_.port}${path}`, {
        method,
        headers: { 'open-sandbox-api-key': API_KEY, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      const answer: Answer<T> = {
        status: response.status,
        headers: Object.fromEntries(response.headers),
        // Whoever asks says what the answer holds.
        body: (text === '' ? undefined : JSON.parse(text)) as T,
      };
      return answer;
    },
    async createSandbox(overrides = {}) {
      const { status, body } = await server.call<SandboxAnswer>('POST', '/v1/sandboxes', {
        image: { uri: BUSYBOX_IMAGE },
        entrypoint: ['tail', '-f', '/dev/null'],
        resourceLimits: {},
        ...overrides,
      });
      if (status !== 202) throw new Error(`create answered ${status}: ${JSON.stringify(body)}`);
      return body;
    },
    async acceptSnapshot(sandboxId) {
      const { status, body } = await server.call<SnapshotAnswer>(
        'POST',
        `/v1/sandboxes/${sandboxId}/snapshots`,
        {},
      );
      if (status !== 202) throw new Error(`snapshot answered ${status}: ${JSON.stringify(body)}`);
      return body;
    },
    settled: (snapshotId) =>
      waitFor(`snapshot ${snapshotId} to settle`, async () => {
        const { status, body } = await server.call<SnapshotAnswer>('GET', `/v1/snapshots/${snapshotId}`);
        return status === 200 && ['Ready', 'Failed'].includes(body.status.state) ? body : undefined;
      }),
    async start() {
      process_ = await launch();
      await connected(server);
    },
    async dispose() {
      await process_.end('SIGKILL');
      await removeInstance(docker, await instanceId());
      await rm(dataDir, { recursive: true, force: true });
    },
  };
  await connected(server);
  return server;
}

/** Waits until a server has found its engine. */
export async function connected(server: TestServer): Promise<void> {
  await waitFor('the engine to be connected', async () => {
    const { body } = await server.call<{ engine: { state: string } }>('GET', '/v1/desktop/status');
    return body.engine.state === 'connected' ? true : undefined;
  });
}

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type Docker from 'dockerode';
import type { Backend } from '../../src-main/backend/backend-types';
import type { BackendConfig } from '../../src-main/backend/config';
import { createBackend } from '../../src-main/backend/create-backend';
import { engineStatus } from '../../src-main/engine/engine-errors';
import { BUSYBOX_IMAGE, connectDocker, ensureBaseImages, removeInstance } from './docker';
import { ownImage } from './own-image';
import { waitFor } from './wait-for';

export const TEST_API_KEY = 'test-key';
const KEEP_ALIVE = ['tail', '-f', '/dev/null'];

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export interface Answer<T> {
  status: number;
  headers: Record<string, unknown>;
  body: T;
}

/** A whole backend of this test's own: own data folder, own instance label, real engine, no port unless asked. */
export interface TestBackend {
  backend: Backend;
  docker: Docker;
  dataDir: string;
  instanceId: string;
  /** Calls the API with the key; `path` starts at `/v1`. */
  call<T = Record<string, unknown>>(method: Method, path: string, body?: unknown): Promise<Answer<T>>;
  /** Creates a sandbox from busybox; `overrides` replace fields of the request. */
  createSandbox(overrides?: Record<string, unknown>): Promise<SandboxAnswer>;
  /** Takes a snapshot and waits until it is Ready and its image its own; fails the test when it ends otherwise. */
  takeSnapshot(sandboxId: string, name?: string): Promise<SnapshotAnswer>;
  containerOf(sandboxId: string): string;
  /**
   * Closes the backend, keeping the data folder, and opens a new one on it; `between` runs while there is none.
   * @param engineState what the new one is to find
   */
  restart(between?: () => Promise<void> | void, engineState?: 'connected' | 'unavailable'): Promise<void>;
  /** Closes everything and removes whatever was made. */
  dispose(): Promise<void>;
}

export interface StatusAnswer {
  state: string;
  reason: string;
  message: string;
  lastTransitionAt: string;
}

export interface SandboxAnswer {
  id: string;
  status: StatusAnswer;
  metadata: Record<string, string>;
  createdAt: string;
  expiresAt?: string;
  entrypoint: string[];
  image?: { uri: string };
  snapshotId?: string;
}

export interface SnapshotAnswer {
  id: string;
  sandboxId: string;
  name?: string;
  status: StatusAnswer;
  createdAt: string;
}

export async function createTestBackend(overrides: Partial<BackendConfig> = {}): Promise<TestBackend> {
  const docker = await connectDocker(overrides.environment);
  await ensureBaseImages(docker);
  const dataDir = overrides.dataDir ?? (await mkdtemp(join(tmpdir(), 'opensandbox-test-')));
  const config: BackendConfig = {
    port: 0,
    dataDir,
    apiKey: TEST_API_KEY,
    hostVolumeRoots: [],
    logLevel: 'silent',
    rendererDir: resolve('out/renderer'),
    environment: process.env,
    ...overrides,
  };
  let backend = await startBackend(config, 'connected');
  const instanceId = (await readFile(join(dataDir, 'instance'), 'utf8')).trim();

  const test: TestBackend = {
    get backend() {
      return backend;
    },
    docker,
    dataDir,
    instanceId,
    // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- each test names the answer it expects
    async call<T = Record<string, unknown>>(method: Method, path: string, body?: unknown) {
      const response = await backend.http.inject({
        method,
        url: path,
        headers: { 'open-sandbox-api-key': TEST_API_KEY, host: 'localhost:8080' },
        ...(body === undefined ? {} : { payload: body as object }),
      });
      return {
        status: response.statusCode,
        headers: response.headers,
        body: (response.body === '' ? undefined : JSON.parse(response.body)) as T,
      };
    },
    async createSandbox(changes = {}) {
      const { status, body } = await test.call<SandboxAnswer>('POST', '/v1/sandboxes', {
        image: { uri: BUSYBOX_IMAGE },
        entrypoint: KEEP_ALIVE,
        resourceLimits: { cpu: '500m', memory: '64Mi' },
        ...changes,
      });
      if (status !== 202) throw new Error(`create answered ${status}: ${JSON.stringify(body)}`);
      return body;
    },
    async takeSnapshot(sandboxId, name) {
      const path = `/v1/sandboxes/${sandboxId}/snapshots`;
      const { status, body } = await test.call<SnapshotAnswer>(
        'POST',
        path,
        name === undefined ? {} : { name },
      );
      if (status !== 202) throw new Error(`snapshot answered ${status}: ${JSON.stringify(body)}`);
      const settled = await waitFor(`snapshot ${body.id} to settle`, async () => {
        const { body: current } = await test.call<SnapshotAnswer>('GET', `/v1/snapshots/${body.id}`);
        return current.status.state === 'Creating' ? undefined : current;
      });
      if (settled.status.state !== 'Ready') throw new Error(`snapshot failed: ${settled.status.message}`);
      // The backend may have been told to use another engine, which this client does not speak to.
      await ownImage(docker, body.id).catch((error: unknown) => {
        if (engineStatus(error) !== 404) throw error;
      });
      return settled;
    },
    containerOf: (sandboxId) => `opensandbox-${sandboxId}`,
    async restart(between, engineState = 'connected') {
      await backend.close();
      await between?.();
      backend = await startBackend(config, engineState);
    },
    async dispose() {
      await backend.close();
      await removeInstance(docker, instanceId);
      await rm(dataDir, { recursive: true, force: true });
    },
  };
  return test;
}

async function startBackend(config: BackendConfig, engineState: string): Promise<Backend> {
  const backend = await createBackend(config);
  await waitFor(`the engine to be ${engineState}`, async () => {
    const response = await backend.http.inject({
      url: '/v1/desktop/status',
      headers: { 'open-sandbox-api-key': config.apiKey, host: 'localhost' },
    });
    const { engine } = response.json<{ engine: { state: string } }>();
    return engine.state === engineState ? true : undefined;
  });
  return backend;
}

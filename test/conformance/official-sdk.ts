import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  ConnectionConfig,
  Sandbox,
  SandboxApiException,
  type SandboxCreateOptions,
} from '@alibaba-group/opensandbox';
import type Docker from 'dockerode';
import { DEBIAN_IMAGE, ensureDebianImage } from '../support/debian-image';
import {
  BUSYBOX_IMAGE,
  connectDocker,
  ensureBaseImages,
  removeInstance,
  SCRATCH_ENTRYPOINT,
  SCRATCH_IMAGE,
} from '../support/docker';
import { startServerProcess, type ServerProcess } from '../support/server-process';
import { TEST_API_KEY } from '../support/test-backend';
import { waitFor } from '../support/wait-for';

/** What a sandbox can start from, by what there is inside. */
export interface Kind {
  name: 'busybox' | 'debian' | 'scratch';
  image: string;
  hasShell: boolean;
  entrypoint?: string[];
}

/** A real server process and the official SDK, unmodified, connected to it as a user would. */
export class OfficialSdk {
  private readonly open = new Set<Sandbox>();

  private constructor(
    readonly docker: Docker,
    readonly server: ServerProcess,
    readonly config: ConnectionConfig,
    private readonly dataDir: string,
  ) {}

  static async start(): Promise<OfficialSdk> {
    const docker = await connectDocker();
    await ensureBaseImages(docker);
    const dataDir = await mkdtemp(join(tmpdir(), 'opensandbox-conformance-'));
    const server = await startServerProcess({
      dataDir,
      environment: { OPEN_SANDBOX_API_KEY: TEST_API_KEY },
    });
    const config = new ConnectionConfig({ domain: `localhost:${server.port}`, apiKey: TEST_API_KEY });
    const sdk = new OfficialSdk(docker, server, config, dataDir);
    await waitFor('the engine to be connected', async () => {
      const answer = await sdk.raw('GET', '/v1/desktop/status');
      const { engine } = (await answer.json()) as { engine: { state: string } };
      return engine.state === 'connected' ? true : undefined;
    });
    return sdk;
  }

  /** A sandbox of busybox unless told otherwise, closed with everything else. */
  async create(options: Partial<SandboxCreateOptions> = {}): Promise<Sandbox> {
    const sandbox = await Sandbox.create({
      connectionConfig: this.config,
      ...(options.snapshotId === undefined ? { image: BUSYBOX_IMAGE } : {}),
      resource: { cpu: '1', memory: '512Mi' },
      ...options,
    });
    this.open.add(sandbox);
    return sandbox;
  }

  createOf(kind: Kind, options: Partial<SandboxCreateOptions> = {}): Promise<Sandbox> {
    return this.create({
      image: kind.image,
      ...(kind.entrypoint === undefined ? {} : { entrypoint: kind.entrypoint }),
      ...options,
    });
  }

  /** A request as no SDK would make it. */
  raw(method: string, path: string, init: RequestInit = {}): Promise<Response> {
    const headers = { 'OPEN-SANDBOX-API-KEY': TEST_API_KEY, ...(init.headers as Record<string, string>) };
    return fetch(`http://localhost:${this.server.port}${path}`, { method, ...init, headers });
  }

  async stop(): Promise<void> {
    for (const sandbox of this.open) await sandbox.close();
    await this.server.end('SIGTERM');
    const instanceId = (await readFile(join(this.dataDir, 'instance'), 'utf8')).trim();
    await removeInstance(this.docker, instanceId);
    await rm(this.dataDir, { recursive: true, force: true });
  }
}

/** Every kind of image that this machine has; Debian is left out, and says why, where it cannot be made. */
export async function kinds(): Promise<Kind[]> {
  const missing = await ensureDebianImage(await connectDocker());
  if (missing !== undefined) process.stderr.write(`Not tried in Debian: ${missing}\n`);
  return [
    { name: 'busybox', image: BUSYBOX_IMAGE, hasShell: true },
    ...(missing === undefined ? [{ name: 'debian' as const, image: DEBIAN_IMAGE, hasShell: true }] : []),
    { name: 'scratch', image: SCRATCH_IMAGE, hasShell: false, entrypoint: SCRATCH_ENTRYPOINT },
  ];
}

/** The error of a call that must fail, as the SDK tells it to its user. */
export async function failure(call: Promise<unknown>): Promise<SandboxApiException> {
  try {
    await call;
  } catch (error) {
    if (error instanceof SandboxApiException) return error;
    throw error;
  }
  throw new Error('The call succeeded, but it must fail.');
}

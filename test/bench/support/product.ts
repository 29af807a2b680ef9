import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ConnectionConfig, Sandbox } from '@alibaba-group/opensandbox';
import type Docker from 'dockerode';
import { LABEL_INSTANCE, LABEL_KIND } from '../../../src-main/engine/labels';
import { networkOwner } from '../../../src-main/engine/networks';
import { BUSYBOX_IMAGE, removeInstance } from '../../support/docker';
import { startServerProcess, type ServerProcess } from '../../support/server-process';
import { TEST_API_KEY } from '../../support/test-backend';
import { waitFor } from '../../support/wait-for';
import { ApiClient } from './api-client';
import { EventStream } from './event-stream';
import { residentMemory } from './process-memory';
import { timed } from './samples';

/** How often a polling client asks. */
const POLL_MS = 5;
export const KEEP_ALIVE = ['tail', '-f', '/dev/null'];

interface Entity {
  id: string;
  status: { state: string; message: string };
}

/** The real headless server in its own process, with its own data folder. */
export class Product {
  private constructor(
    readonly server: ServerProcess,
    readonly api: ApiClient,
    readonly events: EventStream,
    private readonly docker: Docker,
    private readonly dataDir: string,
    /** From the start of the process to its ready line. */
    readonly startMillis: number,
    /** From the start of the process until the engine is connected. */
    readonly connectedMillis: number,
  ) {}

  /**
   * @param prepare fills the data folder before the server opens it.
   * @param environment beyond this process's own
   */
  static async start(
    docker: Docker,
    prepare?: (dataDir: string) => Promise<void>,
    environment: NodeJS.ProcessEnv = {},
  ): Promise<Product> {
    const dataDir = await mkdtemp(join(tmpdir(), 'opensandbox-bench-'));
    await prepare?.(dataDir);
    const start = performance.now();
    const server = await startServerProcess({
      dataDir,
      environment: { ...environment, OPEN_SANDBOX_API_KEY: TEST_API_KEY },
    });
    const startMillis = performance.now() - start;
    const api = new ApiClient(server.port, TEST_API_KEY);
    await waitFor('the engine to be connected', async () => {
      const status = await api.expect<{ engine: { state: string } }>(200, 'GET', '/v1/desktop/status');
      return status.engine.state === 'connected' ? true : undefined;
    });
    const connectedMillis = performance.now() - start;
    const events = await EventStream.open(api);
    return new Product(server, api, events, docker, dataDir, startMillis, connectedMillis);
  }

  /** Creates a sandbox; the answer comes when it runs. */
  async create(overrides: Record<string, unknown> = {}): Promise<string> {
    const { id, status } = await this.api.expect<Entity>(202, 'POST', '/v1/sandboxes', {
      image: { uri: BUSYBOX_IMAGE },
      entrypoint: KEEP_ALIVE,
      resourceLimits: { cpu: '1', memory: '512Mi' },
      ...overrides,
    });
    if (status.state !== 'Running') throw new Error(`The sandbox is ${status.state}: ${status.message}`);
    return id;
  }

  /** The sandbox as a program of the official SDK sees it. */
  connect(sandboxId: string): Promise<Sandbox> {
    const domain = `127.0.0.1:${this.server.port}`;
    return Sandbox.connect({
      sandboxId,
      connectionConfig: new ConnectionConfig({ domain, apiKey: TEST_API_KEY }),
    });
  }

  restore(snapshotId: string): Promise<string> {
    return this.create({ image: undefined, entrypoint: undefined, snapshotId });
  }

  /** Forks a snapshot; answers when all of the sandboxes run. */
  async fork(snapshotId: string, count: number): Promise<string[]> {
    // The event may overtake the answer that tells the id; nothing else is a task here.
    const ended = this.events.next(({ type, value }) => type === 'task' && value?.state !== 'Running');
    const path = `/v1/desktop/snapshots/${snapshotId}/fork`;
    const [{ value }] = await Promise.all([ended, this.api.expect(202, 'POST', path, { count })]);
    const made = value?.result?.sandboxIds ?? [];
    if (made.length < count) throw new Error(`Only ${made.length} of ${count} forks run.`);
    return made;
  }

  async removeSandbox(id: string): Promise<void> {
    await this.api.expect(204, 'DELETE', `/v1/sandboxes/${id}`);
  }

  /** Takes a snapshot and learns from the event stream that it is Ready. */
  async snapshotByEvent(sandboxId: string): Promise<string> {
    // The event may overtake the answer that tells the id, so the name says which snapshot it is.
    const name = `bench-${performance.now()}`;
    const settled = this.events.next(
      ({ value }) => value?.snapshot?.name === name && value.snapshot.status.state !== 'Creating',
    );
    const [event] = await Promise.all([settled, this.accept(sandboxId, name)]);
    if (event.value?.snapshot?.status.state !== 'Ready') {
      throw new Error(`The snapshot failed: ${event.value?.snapshot?.status.message ?? 'it is gone'}`);
    }
    return event.id;
  }

  /** Takes a snapshot and asks until it is Ready. */
  async snapshotByPolling(sandboxId: string): Promise<string> {
    const { id } = await this.accept(sandboxId, `bench-${performance.now()}`);
    for (;;) {
      const { status } = await this.api.expect<Entity>(200, 'GET', `/v1/snapshots/${id}`);
      if (status.state === 'Ready') return id;
      if (status.state !== 'Creating') throw new Error(`The snapshot failed: ${status.message}`);
      await delay(POLL_MS);
    }
  }

  async removeSnapshot(id: string): Promise<void> {
    await this.api.expect(204, 'DELETE', `/v1/snapshots/${id}`);
  }

  /** From the request that renames a snapshot to the event that shows the new name. */
  eventLatency(snapshotId: string, name: string): Promise<number> {
    return timed(() =>
      Promise.all([
        this.events.next(({ value }) => value?.snapshot?.name === name),
        this.api.expect(200, 'PATCH', `/v1/desktop/snapshots/${snapshotId}`, { name }),
      ]),
    );
  }

  /** Waits until the network of the next sandbox is ready. */
  async prepared(): Promise<void> {
    const instanceId = await this.instanceId();
    const filters = { label: [`${LABEL_INSTANCE}=${instanceId}`] };
    await waitFor('a prepared network', async () => {
      const all = await this.docker.listContainers({ filters });
      const used = new Set(all.map((each) => networkOwner(each.HostConfig.NetworkMode)));
      return all.some(({ Id: id, Labels: labels }) => labels[LABEL_KIND] === 'network' && !used.has(id))
        ? true
        : undefined;
    });
  }

  containerOf(sandboxId: string): string {
    return `opensandbox-${sandboxId}`;
  }

  memory(): Promise<number> {
    return residentMemory(this.server.child.pid ?? 0);
  }

  /** Ends the server and removes whatever it made. */
  async dispose(): Promise<void> {
    this.events.close();
    this.api.close();
    await this.server.end('SIGTERM');
    await removeInstance(this.docker, await this.instanceId());
    await rm(this.dataDir, { recursive: true, force: true });
  }

  private async instanceId(): Promise<string> {
    return (await readFile(join(this.dataDir, 'instance'), 'utf8')).trim();
  }

  private accept(sandboxId: string, name: string): Promise<Entity> {
    return this.api.expect(202, 'POST', `/v1/sandboxes/${sandboxId}/snapshots`, { name });
  }
}

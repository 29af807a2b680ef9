import { setTimeout as delay } from 'node:timers/promises';
import { execIn } from '../support/docker';
import type { TestServer } from '../support/server-api';
import type { SnapshotAnswer } from '../support/test-backend';
import type { Task } from '../../src-main/http/schemas/desktop';
import { waitFor } from '../support/wait-for';
import type { Ledger, SandboxEntry, SnapshotEntry } from './ledger';
import type { Random } from './random';

/** The one file whose content tells which state a sandbox or a snapshot has. */
export const MARK_FILE = '/mark';
const WORKERS = 4;
const ANSWER_POLL_MS = 5;
const MOST_SANDBOXES = 6;
const MOST_SNAPSHOTS = 12;
const END_DEADLINE_MS = 60_000;

/** Thrown by work that the server's end has cut off. */
class CutOff extends Error {}

/** Random operations, several at once, until the server is gone. Every refusal but a legal one is a failure. */
export class Workload {
  private ended = false;
  private total = 0;
  private readonly operations: readonly [name: string, run: () => Promise<boolean>][] = [
    ['create', () => this.create()],
    ['write', () => this.write()],
    ['snapshot', () => this.snapshot()],
    ['snapshot', () => this.snapshot()],
    ['restore', () => this.restore()],
    ['roll back', () => this.rollBack()],
    ['fork', () => this.fork()],
    ['move', () => this.moveSnapshot()],
    ['delete sandbox', () => this.deleteSandbox()],
    ['delete snapshot', () => this.deleteSnapshot()],
  ];
  /** How many operations of each name were answered, and how many cut off. */
  readonly done = new Map<string, number>();

  constructor(
    private readonly server: TestServer,
    private readonly ledger: Ledger,
    private readonly random: Random,
  ) {}

  /**
   * Works until {@link end}.
   * @returns what the server refused and may not refuse; a worker stops at its first
   */
  async run(): Promise<string[]> {
    const failures: string[] = [];
    const work = async (): Promise<void> => {
      while (!this.ended) {
        const [name, operate] = this.random.pick(this.operations) ?? [];
        try {
          if ((await operate?.()) === true) {
            this.total += 1;
            this.count(`${name}`);
          }
        } catch (error) {
          if (error instanceof CutOff) this.count(`${name} cut off`);
          else failures.push(`${name}: ${String(error)}`);
          return;
        }
        // What has nothing to do yet must not keep the loop from ending.
        await new Promise(setImmediate);
      }
    };
    await Promise.all(Array.from({ length: WORKERS }, work));
    return failures;
  }

  /** Resolves once so many operations were answered. */
  async answered(count: number): Promise<void> {
    while (this.total < count) await delay(ANSWER_POLL_MS);
  }

  /** From now on a lost connection is the server's end, not a fault. */
  end(): void {
    this.ended = true;
  }

  private count(what: string): void {
    this.done.set(what, (this.done.get(what) ?? 0) + 1);
  }

  private async create(): Promise<boolean> {
    if (this.ledger.livingSandboxes().length >= MOST_SANDBOXES) return false;
    const { id } = await this.reach(this.server.createSandbox({ env: { TOKEN: 'hunter2' } }));
    this.ledger.addSandbox(id, ['']);
    return true;
  }

  private async restore(): Promise<boolean> {
    const source = this.random.pick(this.ledger.readySnapshots());
    if (source === undefined || this.ledger.livingSandboxes().length >= MOST_SANDBOXES) return false;
    return this.holding(source, async () => {
      const { id } = await this.reach(this.server.createSandbox({ image: undefined, snapshotId: source.id }));
      this.ledger.addSandbox(id, source.contents ?? []);
    });
  }

  private async write(): Promise<boolean> {
    const target = this.random.pick(this.ledger.livingSandboxes());
    if (target === undefined) return false;
    return this.holding(target, async () => {
      const mark = this.ledger.freshMark();
      target.contents.push(mark);
      const command = [
        'sh',
        '-c',
        `printf %s ${mark} > ${MARK_FILE}.new && mv ${MARK_FILE}.new ${MARK_FILE}`,
      ];
      await execIn(this.server.docker, `opensandbox-${target.id}`, command);
      target.contents = [mark];
    });
  }

  private async snapshot(): Promise<boolean> {
    const source = this.random.pick(this.ledger.livingSandboxes());
    if (source === undefined || this.ledger.readySnapshots().length >= MOST_SNAPSHOTS) return false;
    return this.holding(source, async () => {
      const { id } = await this.reach(this.server.acceptSnapshot(source.id));
      const entry = this.ledger.addSnapshot(id, source.contents);
      const { status } = await this.until(`snapshot ${id} to settle`, async () => {
        const answer = await this.call<SnapshotAnswer>('GET', `/v1/snapshots/${id}`, undefined, [200]);
        return ['Ready', 'Failed'].includes(answer.status.state) ? answer : undefined;
      });
      if (status.state === 'Failed') throw new Error(`Snapshot ${id} failed: ${status.message}`);
      entry.ready = true;
    });
  }

  private async rollBack(): Promise<boolean> {
    const target = this.random.pick(this.ledger.livingSandboxes());
    const goal = this.random.pick(this.ledger.readySnapshots());
    if (target === undefined || goal === undefined) return false;
    const safetySnapshot = this.random.below(2) === 0;
    return this.holding(target, () =>
      this.holding(goal, async () => {
        target.contents.push(...(goal.contents ?? []));
        const path = `/v1/desktop/sandboxes/${target.id}/rollback`;
        await this.task(path, { snapshotId: goal.id, safetySnapshot });
        target.contents = [...(goal.contents ?? [])];
      }),
    );
  }

  private async fork(): Promise<boolean> {
    const source = this.random.pick(this.ledger.readySnapshots());
    if (source === undefined || this.ledger.livingSandboxes().length + 2 > MOST_SANDBOXES) return false;
    return this.holding(source, async () => {
      const { result } = await this.task(`/v1/desktop/snapshots/${source.id}/fork`, { count: 2 });
      for (const id of result?.sandboxIds ?? []) this.ledger.addSandbox(id, source.contents ?? []);
    });
  }

  /** Export, delete and import again: the same snapshot must be back, with all it holds. */
  private async moveSnapshot(): Promise<boolean> {
    const entry = this.random.pick(this.ledger.readySnapshots());
    if (entry === undefined) return false;
    return this.holding(entry, async () => {
      const headers = { 'open-sandbox-api-key': 'test-key' };
      const base = `http://localhost:${this.server.process.port}/v1/desktop/snapshots`;
      const exported = await this.reach(
        fetch(`${base}/${entry.id}/export`, { headers }).then(async (response) => ({
          status: response.status,
          bytes: await response.arrayBuffer(),
        })),
      );
      if (exported.status !== 200) throw new Error(`Export of ${entry.id} answered ${exported.status}`);
      entry.exists = 'maybe';
      await this.call('DELETE', `/v1/snapshots/${entry.id}`, undefined, [204]);
      entry.exists = 'no';
      entry.ready = false;
      // From the moment it is sent it may arrive; only an answer says that it has.
      entry.exists = 'maybe';
      const imported = await this.reach(
        fetch(`${base}/import`, {
          method: 'POST',
          headers: { ...headers, 'content-type': 'application/x-tar' },
          body: exported.bytes,
        }).then(async (response) => ({ status: response.status, text: await response.text() })),
      );
      if (imported.status !== 202) throw new Error(`Import answered ${imported.status}: ${imported.text}`);
      entry.exists = 'yes';
      entry.ready = true;
    });
  }

  private async deleteSandbox(): Promise<boolean> {
    const target = this.random.pick(this.ledger.livingSandboxes());
    if (target === undefined) return false;
    return this.remove(target, `/v1/sandboxes/${target.id}`);
  }

  private async deleteSnapshot(): Promise<boolean> {
    const target = this.random.pick(this.ledger.readySnapshots());
    if (target === undefined) return false;
    return this.remove(target, `/v1/snapshots/${target.id}`);
  }

  private async remove(entry: SandboxEntry | SnapshotEntry, path: string): Promise<boolean> {
    return this.holding(entry, async () => {
      entry.exists = 'maybe';
      await this.call('DELETE', path, undefined, [204]);
      entry.exists = 'no';
    });
  }

  private async holding({ id }: { id: string }, work: () => Promise<unknown>): Promise<boolean> {
    if (this.ledger.busy.has(id)) return false;
    this.ledger.busy.add(id);
    try {
      await work();
      return true;
    } finally {
      this.ledger.busy.delete(id);
    }
  }

  private async task(path: string, body: Record<string, unknown>): Promise<Task> {
    const { id } = await this.call<Task>('POST', path, body, [202]);
    const task = await this.until(`task ${id} to end`, async () => {
      const now = await this.call<Task>('GET', `/v1/desktop/tasks/${id}`, undefined, [200]);
      return now.state === 'Running' ? undefined : now;
    });
    if (task.state !== 'Succeeded') throw new Error(`${task.title} ${task.state}: ${task.error?.message}`);
    return task;
  }

  private async call<T>(
    method: 'GET' | 'POST' | 'DELETE',
    path: string,
    body: unknown,
    legal: readonly number[],
  ): Promise<T> {
    const answer = await this.reach(this.server.call<T>(method, path, body));
    if (legal.includes(answer.status)) return answer.body;
    throw new Error(`${method} ${path} answered ${answer.status}: ${JSON.stringify(answer.body)}`);
  }

  private until<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
    return waitFor(what, look, END_DEADLINE_MS);
  }

  private async reach<T>(answer: Promise<T>): Promise<T> {
    try {
      return await answer;
    } catch (error) {
      if (this.ended) throw new CutOff('the server is gone', { cause: error });
      throw error;
    }
  }
}

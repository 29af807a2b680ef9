import type { EngineMonitor } from '../engine/engine-monitor';
import { AppError, messageOf } from '../errors';
import type { ForkRequest } from '../http/schemas/rollback-fork';
import type { CreateSandboxRequest } from '../http/schemas/sandboxes';
import { planCreate } from '../sandboxes/create-plan';
import { ownVariables } from '../sandboxes/replacement';
import type { SandboxRegistry } from '../sandboxes/sandbox-registry';
import { notFound, type SandboxService } from '../sandboxes/sandbox-service';
import { sandboxDisplayName } from '../sandboxes/sandbox-views';
import type { ActivityCause, SandboxRecord, TaskFailure, TaskRecord, TaskResult } from '../store/records';
import type { TaskHandle, TaskService } from '../tasks/task-service';
import type { SnapshotService } from './snapshot-service';

/** The engine has no limit of its own (docs/decisions/003); more side by side are not faster. */
const CREATES_AT_ONCE = 8;
const DEFAULT_NAME = 'fork';

export interface ForkServiceOptions {
  engines: EngineMonitor;
  registry: SandboxRegistry;
  sandboxes: SandboxService;
  snapshots: SnapshotService;
  tasks: TaskService;
}

type Overrides = Omit<CreateSandboxRequest, 'image' | 'snapshotId'>;

/** Several sandboxes from one snapshot, or from a running sandbox by way of one. */
export class ForkService {
  constructor(private readonly options: ForkServiceOptions) {}

  /**
   * Accepts N sandboxes from a snapshot; the task tells which were made and why others were not.
   * @throws AppError 404, 409 for the snapshot; 400 with the code of a create for a request that none could follow
   */
  async ofSnapshot(snapshotId: string, request: ForkRequest, cause: ActivityCause): Promise<TaskRecord> {
    const { snapshots, tasks } = this.options;
    this.options.engines.require();
    await snapshots.imageToRestore(snapshotId);
    const { restoreDefaults, name, id, sandboxName } = snapshots.get(snapshotId);
    const overrides = overlay(restoreDefaults, request);
    const { count } = request;
    const names = namesOf(request, request.metadata?.['name'] ?? nameLike(sandboxName));
    check(overrides, names);
    const { task } = await tasks.start(
      { kind: 'snapshot.fork', title: `Fork ${name ?? id} ×${count}`, unit: 'steps', cause },
      (handle) => this.createAll({ snapshotId, overrides, names }, { handle, cause, stepsBefore: 0 }),
    );
    return task;
  }

  /**
   * Accepts N copies of a running sandbox: it is captured first, and they start from that snapshot.
   * @throws AppError 404, 409 for the sandbox; 400 as {@link ofSnapshot}
   */
  async ofSandbox(sandboxId: string, request: ForkRequest, cause: ActivityCause): Promise<TaskRecord> {
    const { registry, tasks, engines, snapshots } = this.options;
    const engine = engines.require();
    const record = registry.records.get(sandboxId);
    if (record === undefined || record.phase === 'deleting') throw notFound(sandboxId);
    const display = sandboxDisplayName(record);
    const names = namesOf(request, request.metadata?.['name'] ?? record.metadata['name']);
    const inherited = { ...record, env: {} };
    check(overlay(inherited, request), names);
    const env = await ownVariables(record, engine);
    const overrides = overlay({ ...record, env: variables(env) }, request);
    // Refused before it is promised: only a running sandbox can be captured.
    const { id: snapshotId } = await snapshots.accept(sandboxId, { name: `Fork of ${display}` }, cause);
    const { task } = await tasks.start(
      { kind: 'sandbox.fork', title: `Fork ${display} ×${request.count}`, unit: 'steps', cause },
      async (handle) => {
        await this.captured(sandboxId, snapshotId);
        return this.createAll({ snapshotId, overrides, names }, { handle, cause, stepsBefore: 1 });
      },
    );
    return task;
  }

  private async captured(sandboxId: string, snapshotId: string): Promise<void> {
    const { snapshots } = this.options;
    await snapshots.capturesSettled(sandboxId);
    const { state, message } = snapshots.get(snapshotId);
    if (state === 'Ready') return;
    throw new AppError(
      409,
      'SNAPSHOT::NOT_READY',
      `The snapshot to fork from ended ${state}: ${message} No sandbox was made; try again.`,
    );
  }

  private async createAll(
    { snapshotId, overrides, names }: { snapshotId: string; overrides: Overrides; names: readonly string[] },
    { handle, cause, stepsBefore }: { handle: TaskHandle; cause: ActivityCause; stepsBefore: number },
  ): Promise<TaskResult> {
    const made = new Map<number, string>();
    const failures: TaskFailure[] = [];
    const total = names.length + stepsBefore;
    const report = () =>
      handle.report({ done: stepsBefore + made.size + failures.length, total, unit: 'steps' });
    report();
    const waiting = [...names.entries()];
    const work = async (): Promise<void> => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        const [place, name] = next;
        try {
          if (handle.signal.aborted) throw cancelled();
          const request = requestFor(snapshotId, overrides, name);
          made.set(place, (await this.options.sandboxes.create(request, cause)).id);
        } catch (error) {
          const code = error instanceof AppError ? error.code : 'SANDBOX::UNKNOWN_ERROR';
          failures.push({ index: place + 1, code, message: messageOf(error) });
        }
        report();
      }
    };
    await Promise.all(Array.from({ length: CREATES_AT_ONCE }, work));
    const [first] = failures;
    if (made.size === 0 && first !== undefined) throw noneMade(names.length, first);
    const sandboxIds = [...made].sort(([a], [b]) => a - b).map(([, id]) => id);
    return { snapshotId, sandboxIds, failures: failures.sort((a, b) => a.index - b.index) };
  }
}

/** What the source gives wherever the request says nothing. */
function overlay(
  source: Pick<SandboxRecord, 'entrypoint' | 'resourceLimits'> &
    Partial<Pick<SandboxRecord, 'metadata' | 'network' | 'platform'>> & { env?: Record<string, string> },
  request: ForkRequest,
): Overrides {
  return {
    ...request,
    ...(source.entrypoint.length === 0 ? {} : { entrypoint: request.entrypoint ?? source.entrypoint }),
    resourceLimits: request.resourceLimits ?? source.resourceLimits,
    env: { ...source.env, ...request.env },
    metadata: { ...source.metadata, ...request.metadata },
    ...(source.platform === undefined ? {} : { platform: request.platform ?? source.platform }),
    // A sandbox without any way out must not get one by being copied.
    ...(source.network === 'none'
      ? { networkPolicy: request.networkPolicy ?? { defaultAction: 'deny' as const } }
      : {}),
  };
}

function requestFor(snapshotId: string, overrides: Overrides, name: string): CreateSandboxRequest {
  return { ...overrides, snapshotId, metadata: { ...overrides.metadata, name } };
}

function namesOf({ count, name }: ForkRequest, fallback: string | undefined): string[] {
  const base = name ?? fallback ?? DEFAULT_NAME;
  return Array.from({ length: count }, (_, place) => `${base}-${place + 1}`);
}

/** A name for people may be more than a metadata value may hold. */
function nameLike(text: string | undefined): string | undefined {
  const fit = text?.replaceAll(/[^A-Za-z0-9_.-]+/g, '-').replaceAll(/^[^A-Za-z0-9]+|[^A-Za-z0-9]+$/g, '');
  return fit === undefined || fit === '' ? undefined : fit.slice(0, 48);
}

/** @throws AppError 400 for what no create would accept; the longest name is the last one. */
function check(overrides: Overrides, names: readonly string[]): void {
  planCreate(requestFor('snap', overrides, names.at(-1) ?? DEFAULT_NAME));
}

function variables(env: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    env.map((variable) => {
      const equals = variable.indexOf('=');
      return [variable.slice(0, equals), variable.slice(equals + 1)];
    }),
  );
}

function cancelled(): AppError {
  return new AppError(409, 'TASK::CANCELLED', 'The fork was cancelled before this sandbox was begun.');
}

function noneMade(count: number, first: TaskFailure): AppError {
  const words =
    count === 1 ? 'The sandbox could not be made' : `None of the ${count} sandboxes could be made`;
  return new AppError(500, first.code, `${words}: ${first.message}`);
}

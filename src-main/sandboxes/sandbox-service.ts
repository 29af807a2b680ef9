import type { Logger } from 'pino';
import type { ActivityLog } from '../activity/activity-log';
import type { EngineMonitor } from '../engine/engine-monitor';
import { AppError } from '../errors';
import { newId, nowIso } from '../ids';
import type { CreateSandboxRequest, ListSandboxesQuery } from '../http/schemas/sandboxes';
import { isWriteFailure } from '../store/journal-adapter';
import { pageOf, type Page } from '../store/pages';
import type { ActivityCause, SandboxRecord } from '../store/records';
import { removeStrayCopies, type HeldVolume } from './copied-volumes';
import { planCreate, type CreatePlan } from './create-plan';
import { Expiry } from './expiry';
import { readFutureTime } from './expiry-time';
import { parseMetadataFilter, patchMetadata } from './metadata-rules';
import type { PreparedNetworks } from './prepared-networks';
import { provision } from './provision';
import { containersOf } from './rollback-settle';
import { sandboxDisplayName } from './sandbox-views';
import type { SandboxRegistry } from './sandbox-registry';
import { removeVolumes } from './volume-mounts';

/** Clients wait 30 s for a create; one that takes longer, whatever it waits for, is answered with Pending. */
const LONG_WAIT_MS = 20_000;

/** What the snapshots room does for this one; passed in, because snapshots depend on sandboxes. */
export interface SnapshotSource {
  /**
   * The image to restore from, once it is the snapshot's own: what is made from it tells by that where it came from.
   * @throws AppError 404 `SNAPSHOT::NOT_FOUND`, 409 `SNAPSHOT::NOT_READY`
   */
  imageToRestore(snapshotId: string): Promise<string>;
  /** The volumes that it holds copies of. */
  volumesToRestore(snapshotId: string): HeldVolume[];
  /** A sandbox was started from it. */
  noteRestored(snapshotId: string): void;
  /** Resolves when no accepted capture of the sandbox waits or runs. */
  capturesSettled(sandboxId: string): Promise<void>;
  /** A container is gone: images that only it kept alive may go now. */
  sweepImages(): void;
}

/** What the rules room does for this one; passed in, because rules depend on snapshots. */
export interface LastSnapshots {
  /**
   * A sandbox is about to go. Before it first waits, this accepts the snapshot that the rules ask for; it is durable
   * when this resolves.
   */
  beforeEnd(record: SandboxRecord, cause: ActivityCause): Promise<void>;
  /** No capture of the sandbox runs any more: tells it if the snapshot of before failed. */
  tellFailed(record: SandboxRecord): void;
}

export interface SandboxServiceOptions {
  engines: EngineMonitor;
  registry: SandboxRegistry;
  snapshots: SnapshotSource;
  lastSnapshots: LastSnapshots;
  networks: PreparedNetworks;
  activity: ActivityLog;
  instanceId: string;
  hostVolumeRoots: () => readonly string[];
  logger: Logger;
}

/** The life of sandboxes: create, list, pause, resume, renew, expire, delete. */
export class SandboxService {
  private readonly expiry: Expiry;

  constructor(private readonly options: SandboxServiceOptions) {
    this.expiry = new Expiry(
      options.registry.records,
      (record) => this.end(record, 'expiry', 'expired'),
      () => options.engines.current.state === 'connected',
      options.logger,
    );
  }

  /** Begins to watch expiry times; to be called when the engine is there and records are reconciled. */
  watchExpiry(): void {
    this.expiry.tryAgain();
  }

  stop(): void {
    this.expiry.stop();
  }

  /**
   * Creates and starts a sandbox (spec: POST /sandboxes). Answers when it runs or, if it does not after 20 s, with phase
   * `creating`: who made it can then look at it and delete it.
   * @throws AppError with the codes of CONTRACT.md 2.1; nothing remains of a create that failed.
   */
  async create(request: CreateSandboxRequest, cause: ActivityCause): Promise<SandboxRecord> {
    const { engines, registry, snapshots } = this.options;
    const plan = planCreate(request);
    const engine = engines.require();
    const { source } = plan;
    const image = source.kind === 'image' ? source.uri : await snapshots.imageToRestore(source.snapshotId);
    const record = newRecord(plan, engine.info.id);
    let settled: 'waiting' | 'answered' = 'waiting';
    let noteLongWork: () => void = () => undefined;
    const takingLong = new Promise<void>((resolve) => (noteLongWork = resolve));
    registry.provisioning.add(record.id);
    const provisioning = provision(record, plan, image, {
      engine,
      registry,
      networks: this.options.networks,
      instanceId: this.options.instanceId,
      hostVolumeRoots: this.options.hostVolumeRoots(),
      logger: this.options.logger,
      heldVolumes: source.kind === 'image' ? [] : snapshots.volumesToRestore(source.snapshotId),
      onLongWork: noteLongWork,
    })
      .then(
        (active) => this.created(active, cause),
        async (error: unknown) => {
          if (settled === 'answered') await this.failLate(record, error, cause);
          else await registry.forget(record.id);
          throw error;
        },
      )
      .finally(() => {
        registry.provisioning.delete(record.id);
        registry.endedEarly.delete(record.id);
      });
    const active = await Promise.race([provisioning, takingLong.then(() => longWait(provisioning))]);
    if (active !== undefined) return active;
    settled = 'answered';
    const pending: SandboxRecord = { ...this.get(record.id), answeredPending: true };
    await registry.save(pending);
    return pending;
  }

  /** @throws AppError 404 `DOCKER::SANDBOX_NOT_FOUND` */
  get(id: string): SandboxRecord {
    const record = this.options.registry.records.get(id);
    if (record === undefined) throw notFound(id);
    return record;
  }

  /** One page, newest first (CONTRACT.md 2.4). */
  list(query: ListSandboxesQuery): Page<SandboxRecord> {
    const { registry } = this.options;
    const states = query.state?.map((state) => state.toLowerCase());
    const metadata = query.metadata === undefined ? undefined : parseMetadataFilter(query.metadata);
    let found: readonly SandboxRecord[] = registry.records.inCreationOrder();
    if (states !== undefined && states.length > 0) {
      found = found.filter((record) => states.includes(registry.status(record).state.toLowerCase()));
    }
    if (metadata !== undefined) {
      found = found.filter((record) => [...metadata].every(([key, value]) => record.metadata[key] === value));
    }
    return pageOf(found, query.page ?? 1, query.pageSize ?? 20);
  }

  async patchMetadata(id: string, patch: Record<string, string | null>): Promise<SandboxRecord> {
    const record = this.get(id);
    const patched: SandboxRecord = { ...record, metadata: patchMetadata(record.metadata, patch) };
    await this.options.registry.save(patched);
    return patched;
  }

  /** @throws AppError 409 `DOCKER::SANDBOX_NOT_RUNNING`; 503 when the engine says nothing of its container */
  async pause(id: string, cause: ActivityCause): Promise<void> {
    this.requireState(id, 'Running', 'DOCKER::SANDBOX_NOT_RUNNING');
    await this.options.registry.exclusively(id, async () => {
      const record = this.requireState(id, 'Running', 'DOCKER::SANDBOX_NOT_RUNNING');
      const { engine, containerId } = this.container(record);
      // Said before it is done: a pause that a crash interrupts must not be taken for a capture's freeze.
      await this.options.registry.save({ ...record, pausedByUser: true, lastTransitionAt: nowIso() });
      try {
        await engine.containers.pause(containerId);
      } catch (error) {
        await this.options.registry.save({ ...this.get(id), pausedByUser: false });
        throw error;
      }
      this.options.registry.noteContainer(id, await engine.containers.inspect(containerId));
    });
    this.note('sandbox.paused', id, cause, 'was paused');
  }

  /** @throws AppError 409 `DOCKER::SANDBOX_NOT_PAUSED`; 503 when the engine says nothing of its container */
  async resume(id: string, cause: ActivityCause): Promise<void> {
    this.requireState(id, 'Paused', 'DOCKER::SANDBOX_NOT_PAUSED');
    await this.options.registry.exclusively(id, async () => {
      const record = this.requireState(id, 'Paused', 'DOCKER::SANDBOX_NOT_PAUSED');
      const { engine, containerId } = this.container(record);
      await engine.containers.unpause(containerId);
      await this.options.registry.save({ ...this.get(id), pausedByUser: false, lastTransitionAt: nowIso() });
      this.options.registry.noteContainer(id, await engine.containers.inspect(containerId));
    });
    this.note('sandbox.resumed', id, cause, 'was resumed');
  }

  /**
   * Moves the expiry (CONTRACT.md 2.4: any future instant, shortening included).
   * @returns the new `expiresAt`
   * @throws AppError 400 for a past or unreadable time, 409 for a sandbox without expiry
   */
  async renew(id: string, expiresAt: string, cause: ActivityCause): Promise<string> {
    const record = this.get(id);
    if (record.phase === 'deleting') throw notFound(id);
    if (record.expiresAt === undefined) {
      throw new AppError(
        409,
        'DOCKER::INVALID_EXPIRATION',
        `Sandbox ${id} has no expiry, so there is nothing to renew. Create it with a timeout to have one.`,
      );
    }
    const renewed = readFutureTime(expiresAt);
    await this.options.registry.save({ ...record, expiresAt: renewed });
    this.expiry.schedule();
    this.note('sandbox.renewed', id, cause, `now expires at ${renewed}`);
    return renewed;
  }

  /** @throws AppError 404 also while an earlier delete is under way: delete is not idempotent. */
  async delete(id: string, cause: ActivityCause): Promise<void> {
    const record = this.get(id);
    if (record.phase === 'deleting') throw notFound(id);
    await this.end(record, cause, 'was deleted');
  }

  /** Carries on with removals that a crash interrupted. */
  async resumeDeletions(): Promise<void> {
    const unfinished = this.options.registry.records
      .inCreationOrder()
      .filter((each) => each.phase === 'deleting');
    const removals = await Promise.allSettled(unfinished.map((record) => this.remove(record)));
    for (const removal of removals) {
      if (removal.status === 'rejected') throw removal.reason;
    }
  }

  /** Marks first, without waiting for anything, so that a renew either came before or finds nothing. */
  private async end(record: SandboxRecord, cause: ActivityCause, words: string): Promise<void> {
    const { registry, lastSnapshots } = this.options;
    this.options.engines.require();
    registry.requireSpokenOf(record.id);
    // Both in this turn: the snapshot is accepted while the sandbox is still there, and no renew comes between.
    const accepting = lastSnapshots.beforeEnd(record, cause);
    const marking = registry.save({ ...record, phase: 'deleting', lastTransitionAt: nowIso() });
    try {
      await Promise.all([accepting, marking]);
      await this.remove(record);
    } catch (error) {
      const current = registry.records.get(record.id);
      // On a full disk it stays marked, and goes when that takes changes again (Reconciler.catchUp).
      if (current !== undefined && !isWriteFailure(error))
        await registry.save({ ...current, phase: record.phase });
      throw error;
    }
    this.noteRecord('sandbox.deleted', record, cause, words);
  }

  private async remove(record: SandboxRecord): Promise<void> {
    const { registry, snapshots, engines, lastSnapshots } = this.options;
    // What was accepted is kept: a capture that waits for this sandbox comes first.
    await snapshots.capturesSettled(record.id);
    lastSnapshots.tellFailed(record);
    await registry.exclusively(record.id, async () => {
      const engine = engines.require();
      // A capture that was cut off by the silence has still to be looked after.
      registry.requireSpokenOf(record.id);
      // Read again: a roll back that came first has put another container in its place.
      const current = registry.records.get(record.id) ?? record;
      if (current.containerId !== undefined) await engine.containers.remove(current.containerId);
      if (current.rollback !== undefined) {
        const context = { engine, instanceId: this.options.instanceId };
        for (const { id } of await containersOf(record.id, context)) await engine.containers.remove(id);
        const owned = current.ownedVolumes;
        await removeStrayCopies(engine, record.id, { instanceId: this.options.instanceId, owned });
      }
      if (current.networkContainerId !== undefined)
        await engine.networkHolders.remove(current.networkContainerId);
      await removeVolumes(engine, current.ownedVolumes);
      await registry.forget(record.id);
    });
    if (record.source.kind === 'snapshot') snapshots.sweepImages();
  }

  private async created(active: SandboxRecord, cause: ActivityCause): Promise<SandboxRecord> {
    // An event that overtook the engine's answer to the start found no active record to change.
    if (this.options.registry.endedEarly.has(active.id)) await this.reread(active);
    if (active.source.kind === 'snapshot') this.options.snapshots.noteRestored(active.source.snapshotId);
    this.expiry.schedule();
    this.options.networks.noteUse(active.network);
    const from = active.source.kind === 'image' ? active.source.uri : `snapshot ${active.source.snapshotId}`;
    this.noteRecord('sandbox.created', active, cause, `was created from ${from}`);
    return active;
  }

  private async reread(record: SandboxRecord): Promise<void> {
    const { engine, containerId } = this.container(record);
    try {
      this.options.registry.noteContainer(record.id, await engine.containers.inspect(containerId));
    } catch (error) {
      this.options.logger.warn({ error }, 'a new container will be looked at when the engine is back');
    }
  }

  private async failLate(record: SandboxRecord, error: unknown, cause: ActivityCause): Promise<void> {
    const message = error instanceof AppError ? error.message : 'The sandbox could not be provisioned.';
    const current = this.options.registry.records.get(record.id);
    if (current?.phase !== 'creating') return;
    await this.options.registry.save({
      ...current,
      phase: 'failed',
      failure: { reason: 'PROVISIONING_ERROR', message },
      lastTransitionAt: nowIso(),
    });
    this.noteRecord('sandbox.failed', record, cause, `could not be created: ${message}`);
  }

  private requireState(id: string, wanted: 'Running' | 'Paused', code: string): SandboxRecord {
    const record = this.get(id);
    this.options.registry.requireSpokenOf(id);
    const { state } = this.options.registry.status(record);
    if (state === wanted) return record;
    throw new AppError(409, code, `Sandbox ${id} is ${state}; this needs it ${wanted}.`);
  }

  private container(record: SandboxRecord) {
    const engine = this.options.engines.require();
    if (record.containerId === undefined) throw notFound(record.id);
    return { engine, containerId: record.containerId };
  }

  private note(kind: string, id: string, cause: ActivityCause, words: string): void {
    const record = this.options.registry.records.get(id);
    if (record !== undefined) this.noteRecord(kind, record, cause, words);
  }

  private noteRecord(kind: string, record: SandboxRecord, cause: ActivityCause, words: string): void {
    this.options.activity.note({
      cause,
      kind,
      sandboxId: record.id,
      message: `Sandbox ${sandboxDisplayName(record)} ${words}`,
      severity: kind === 'sandbox.failed' ? 'error' : 'info',
    });
  }
}

/** The 404 of every route that names a sandbox. */
export function notFound(id: string): AppError {
  return new AppError(
    404,
    'DOCKER::SANDBOX_NOT_FOUND',
    `There is no sandbox ${id}. It may have expired or been deleted.`,
  );
}

function newRecord(plan: CreatePlan, engineId: string): SandboxRecord {
  const now = Date.now();
  const createdAt = new Date(now).toISOString();
  return {
    id: newId('sbx'),
    engineId,
    phase: 'creating',
    source: plan.source,
    entrypoint: plan.entrypoint,
    metadata: plan.metadata,
    resourceLimits: plan.resourceLimits,
    extensions: plan.extensions,
    envNames: Object.keys(plan.env).sort(),
    volumes: [],
    ownedVolumes: [],
    network: plan.network,
    pausedByUser: false,
    createdAt,
    lastTransitionAt: createdAt,
    ...(plan.platform === undefined ? {} : { platform: plan.platform }),
    ...(plan.timeoutSeconds === undefined
      ? {}
      : { expiresAt: new Date(now + plan.timeoutSeconds * 1000).toISOString() }),
  };
}

/** Undefined after 20 s; a failure of the provisioning before that reaches the caller through the race. */
async function longWait(provisioning: Promise<unknown>): Promise<undefined> {
  let timer: NodeJS.Timeout | undefined;
  const waited = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, LONG_WAIT_MS);
  });
  await Promise.race([waited, provisioning.catch(() => undefined)]);
  clearTimeout(timer);
  // After the answer a failure is written to the record; nobody else listens for it.
  provisioning.catch(() => undefined);
  return undefined;
}

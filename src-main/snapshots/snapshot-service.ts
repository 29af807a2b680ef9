import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { ActivityLog } from '../activity/activity-log';
import type { Changes } from '../activity/changes';
import type { DockerEngine } from '../engine/docker-engine';
import type { EngineMonitor } from '../engine/engine-monitor';
import type { ImageFacts } from '../engine/engine-types';
import { readLabels } from '../engine/labels';
import { AppError, messageOf } from '../errors';
import type { PatchDesktopSnapshotRequest } from '../http/schemas/desktop';
import type { ListSnapshotsQuery } from '../http/schemas/snapshots';
import { newId, nowIso } from '../ids';
import type { HeldVolume } from '../sandboxes/copied-volumes';
import { imageGone } from '../sandboxes/provision';
import type { SandboxRegistry } from '../sandboxes/sandbox-registry';
import { notFound as sandboxNotFound, type SnapshotSource } from '../sandboxes/sandbox-service';
import { sandboxDisplayName } from '../sandboxes/sandbox-views';
import type { OrderedCollection } from '../store/ordered-collection';
import { isWriteFailure } from '../store/journal-adapter';
import { pageOf, type Page } from '../store/pages';
import type {
  ActivityCause,
  AutomaticReason,
  SandboxRecord,
  SnapshotRecord,
  StatusReason,
} from '../store/records';
import { AUTOMATIC_WORDS } from './automatic-names';
import { CaptureQueue, type CaptureJob } from './capture-queue';
import { recoverCapture } from './capture-recovery';
import { capture, type CaptureContext } from './capture';
import type { Ghosts } from './ghosts';
import { removeSnapshotImage, sweepUnusedImages } from './image-cleanup';
import { readStory } from './labelled-record';
import { OwnImages, isLabelledAs } from './own-images';
import { predictCaptureMillis } from './prediction';
import { newestOfLine } from './snapshot-lines';
import { snapshotImageName } from './snapshot-tag';
import { SourceImages } from './source-images';
import { ChangedContainers } from './unchanged-capture';
import { UnnamedImages } from './unnamed-images';
import { CaptureWitness } from './verify/capture-witness';
import { heldVolumes, namedVolumesOf, removeVolumeImages } from './volume-capture';

/** Reasons and messages of CONTRACT.md 2.6. */
export const ACCEPTED: StatusReason = {
  reason: 'snapshot_accepted',
  message: 'Snapshot creation accepted.',
};
const READY: StatusReason = {
  reason: 'snapshot_runtime_ready',
  message: 'Docker snapshot image created successfully.',
};
const RECOVERED: StatusReason = {
  reason: 'snapshot_recovery_ready',
  message: 'Recovered snapshot image after server restart.',
};
const LOST: StatusReason = {
  reason: 'snapshot_recovery_missing_image',
  message: 'The capture was interrupted and no snapshot image was found. Take the snapshot again.',
};
export const IMAGE_MISSING_REASON = 'snapshot_runtime_missing_image';

/** An engine that does not answer is asked again after this, unless its event stream says that it is gone. */
const ENGINE_RETRY_MS = 250;

/** What a new snapshot is to be called, and which rule asks for it, if one does. */
export interface SnapshotWish {
  name?: string | undefined;
  automatic?: AutomaticReason;
  /** Also copy the named volumes. */
  withVolumes?: boolean | undefined;
}

export interface SnapshotServiceOptions {
  engines: EngineMonitor;
  records: OrderedCollection<SnapshotRecord>;
  ghosts: Ghosts;
  sandboxes: SandboxRegistry;
  activity: ActivityLog;
  changes: Changes;
  instanceId: string;
  maxConcurrentCaptures: () => number;
  /** Told of each capture that came to an end well, with who saw it. */
  afterCapture: (snapshotId: string, witness: CaptureWitness) => void;
  logger: Logger;
}

/** The life of snapshots: accept, capture, list, rename, delete, and hand out for restore. */
export class SnapshotService implements SnapshotSource {
  readonly queue: CaptureQueue;
  /** Whether each queued record reached the disk; a capture starts only then. */
  private readonly admissions = new Map<string, Promise<boolean>>();
  private readonly deleting = new Set<string>();
  /** Snapshots whose images an import brings at this moment; nobody else takes them in. */
  readonly arriving = new Set<string>();
  readonly sourceImages = new SourceImages();
  readonly unnamedImages = new UnnamedImages();
  private readonly changedContainers = new ChangedContainers();
  readonly ownImages: OwnImages;

  constructor(private readonly options: SnapshotServiceOptions) {
    this.ownImages = new OwnImages({
      ...options,
      unnamedImages: this.unnamedImages,
      keep: (record, image) => this.save({ ...record, ...factsOf(image) }),
    });
    this.queue = new CaptureQueue((job) => this.runCapture(job), options.maxConcurrentCaptures);
  }

  /**
   * Accepts a snapshot (spec: POST /sandboxes/{id}/snapshots). The record is on disk when this resolves; the capture
   * goes on by itself. Whatever is checked is checked before this first waits.
   * @throws AppError 404; 409 `SNAPSHOT::INVALID_SOURCE_STATE` unless the sandbox is Running; 409
   * `SNAPSHOT::NO_NAMED_VOLUMES` when volumes are to be copied and there are none; 503 when the engine says nothing of
   * the container
   */
  async accept(sandboxId: string, wish: SnapshotWish, cause: ActivityCause): Promise<SnapshotRecord> {
    const { sandboxes, engines } = this.options;
    const sandbox = sandboxes.records.get(sandboxId);
    if (sandbox === undefined) throw sandboxNotFound(sandboxId);
    sandboxes.requireSpokenOf(sandboxId);
    const { state } = sandboxes.status(sandbox);
    if (state !== 'Running' && !isLast(wish)) {
      throw new AppError(
        409,
        'SNAPSHOT::INVALID_SOURCE_STATE',
        `Sandbox ${sandboxId} is ${state}; a snapshot needs it Running.${state === 'Paused' ? ' Resume it first.' : ''}`,
      );
    }
    if (wish.withVolumes === true && namedVolumesOf(sandbox).length === 0) throw noNamedVolumes(sandboxId);
    const engine = engines.require();
    const record = this.newRecord(sandbox, wish, engine.info.id);
    const writing = this.save(record);
    if (sandbox.containerId !== undefined) this.sourceImages.prepare(engine, sandbox.containerId);
    // Queued in the same turn: a delete that comes next already sees that there is a capture to wait for.
    const admitted = writing.then(
      () => true,
      () => false,
    );
    this.admissions.set(record.id, admitted);
    this.queue.add({ snapshotId: record.id, sandboxId });
    this.tellOrigins(record);
    await writing;
    this.note('snapshot.accepted', record, cause, requestedWords(wish));
    return record;
  }

  /** @throws AppError 404 `SNAPSHOT::NOT_FOUND` */
  get(id: string): SnapshotRecord {
    const record = this.options.records.get(id);
    if (record !== undefined) return record;
    throw new AppError(404, 'SNAPSHOT::NOT_FOUND', `There is no snapshot ${id}. It may have been deleted.`);
  }

  /** One page, newest first (CONTRACT.md 2.4, 2.6). */
  list(query: ListSnapshotsQuery): Page<SnapshotRecord> {
    const { sandboxId, name } = query;
    const states = query.state?.map((state) => state.toLowerCase()) ?? [];
    let found = this.options.records.inCreationOrder();
    if (states.length > 0 || sandboxId !== undefined || name !== undefined) {
      found = found.filter(
        (record) =>
          (states.length === 0 || states.includes(record.state.toLowerCase())) &&
          (sandboxId === undefined || record.sandboxId === sandboxId) &&
          (name === undefined || record.name === name),
      );
    }
    return pageOf(found, query.page ?? 1, query.pageSize ?? 20);
  }

  /** Changes what people may change; null takes a value away. */
  async patch(id: string, patch: PatchDesktopSnapshotRequest): Promise<SnapshotRecord> {
    const record = this.get(id);
    if (record.origin === 'adopted') throw readOnly(id);
    const { name: oldName, notes: oldNotes, labels: oldLabels, ...rest } = record;
    const labels = patch.labels ?? oldLabels ?? {};
    const name = patch.name === undefined ? oldName : (patch.name ?? undefined);
    const notes = patch.notes === undefined ? oldNotes : (patch.notes ?? undefined);
    const patched: SnapshotRecord = {
      ...rest,
      ...(name === undefined ? {} : { name }),
      ...(notes === undefined ? {} : { notes }),
      ...(Object.keys(labels).length === 0 ? {} : { labels }),
      pinned: patch.pinned ?? record.pinned,
    };
    await this.save(patched);
    return patched;
  }

  /**
   * Deletes a snapshot and its image. Containers that run from the image keep its layers until they are gone.
   * @param words how Activity tells it
   * @throws AppError 409 `SNAPSHOT::INVALID_STATE` while it is being created
   */
  async delete(id: string, cause: ActivityCause, words = 'was deleted'): Promise<void> {
    await this.ownImages.settled(id);
    const record = this.get(id);
    if (record.origin === 'adopted') throw readOnly(id);
    if (record.state === 'Creating' || record.state === 'Deleting') {
      throw new AppError(
        409,
        'SNAPSHOT::INVALID_STATE',
        `Snapshot ${id} is ${record.state}. Wait until it is Ready or Failed, then delete it.`,
      );
    }
    const engine = this.options.engines.require();
    this.deleting.add(id);
    try {
      await this.save({
        ...record,
        state: 'Deleting',
        reason: 'snapshot_delete_requested',
        message: 'Snapshot deletion requested.',
        lastTransitionAt: nowIso(),
      });
      await this.removeImage(engine, record);
      await this.forget(id);
    } finally {
      this.deleting.delete(id);
    }
    this.note('snapshot.deleted', record, cause, words);
  }

  /** Whether a request of this process is deleting it now; otherwise `Deleting` was left by a crash. */
  isDeleting(id: string): boolean {
    return this.deleting.has(id);
  }

  /** Whether what lies on the engine for this snapshot may still be needed by its capture. */
  isUnsettled(id: string): boolean {
    return this.queue.has(id) || this.options.records.get(id)?.state === 'Creating';
  }

  /** The engine may have frozen the source for a capture that this process did not begin: that is no pause. */
  expectRecovery(record: SnapshotRecord): void {
    if (this.isUnderWay(record.id) && !this.queue.has(record.id))
      this.options.sandboxes.beginCapture(record.sandboxId, record.id);
  }

  /**
   * Takes up, after a crash or an outage, every accepted capture that nobody works on, in the order of acceptance, and
   * what is left to be done for images.
   */
  resumeCaptures(): void {
    for (const record of this.options.records.inCreationOrder()) {
      if (record.state === 'Creating' && !this.queue.has(record.id))
        this.queue.add({ snapshotId: record.id, sandboxId: record.sandboxId });
      if (record.borrowsImage === true) this.ownImages.begin(record.id);
    }
  }

  /** The image of a snapshot that was not Ready is there after all. */
  async recovered(record: SnapshotRecord, image: ImageFacts): Promise<void> {
    const borrowsImage = record.origin === 'local' && !isLabelledAs(record.id, image);
    await this.save({
      ...record,
      ...factsOf(image),
      ...copiesIn(image),
      ...(borrowsImage ? { borrowsImage } : {}),
      ...RECOVERED,
      state: 'Ready',
      lastTransitionAt: nowIso(),
    });
    if (borrowsImage) this.ownImages.begin(record.id);
    this.note('snapshot.ready', record, 'recovery', 'was recovered');
  }

  async forget(id: string): Promise<void> {
    const { records, ghosts, changes } = this.options;
    const record = records.get(id);
    const remembering = record === undefined ? undefined : ghosts.noteSnapshot(record);
    const writing = records.delete(id);
    changes.emit('snapshot', id);
    if (record !== undefined) this.tellOrigins(record);
    await Promise.all([remembering, writing]);
  }

  /** What a snapshot came from says how many there are of it. */
  private tellOrigins({ sandboxId, parentSnapshotId }: SnapshotRecord): void {
    const { sandboxes, records, changes } = this.options;
    if (sandboxes.records.get(sandboxId) !== undefined) changes.emit('sandbox', sandboxId);
    if (parentSnapshotId !== undefined && records.get(parentSnapshotId) !== undefined)
      changes.emit('snapshot', parentSnapshotId);
  }

  async save(record: SnapshotRecord): Promise<void> {
    const { records, changes } = this.options;
    const writing = records.put(record);
    changes.emit('snapshot', record.id);
    try {
      await writing;
    } catch (error) {
      // The change was undone: whoever was told of it has to look again.
      changes.emit('snapshot', record.id);
      throw error;
    }
  }

  /** Ends a snapshot as Failed with a reason that a person can act on. */
  async fail(record: SnapshotRecord, status: StatusReason, cause: ActivityCause): Promise<void> {
    await this.save({ ...record, state: 'Failed', ...status, lastTransitionAt: nowIso() });
    this.note('snapshot.failed', record, cause, `failed: ${status.message}`, 'error');
  }

  async imageToRestore(snapshotId: string): Promise<string> {
    const record = this.get(snapshotId);
    if (record.state === 'Ready') {
      await this.ownImages.settled(snapshotId);
      return record.imageTag;
    }
    if (record.reason === IMAGE_MISSING_REASON) throw imageGone(snapshotId);
    throw new AppError(
      409,
      'SNAPSHOT::NOT_READY',
      `Snapshot ${snapshotId} is ${record.state}; only a Ready one can be restored. ${record.message}`,
    );
  }

  volumesToRestore(snapshotId: string): HeldVolume[] {
    return heldVolumes(this.get(snapshotId));
  }

  noteRestored(snapshotId: string): void {
    const record = this.options.records.get(snapshotId);
    if (record === undefined) return;
    this.inBackground(
      this.save({ ...record, restoredCount: record.restoredCount + 1, lastRestoredAt: nowIso() }),
      'a restore could not be counted',
    );
  }

  capturesSettled(sandboxId: string): Promise<void> {
    return this.queue.settled(sandboxId);
  }

  sweepImages(): void {
    const { engines, instanceId } = this.options;
    const { current } = engines;
    // When the engine is back, reconciliation sweeps anyway.
    if (current.state !== 'connected') return;
    this.inBackground(
      sweepUnusedImages(current.engine, instanceId, this.unnamedImages, (id) => this.isUnsettled(id)),
      'unused images could not be removed now',
    );
  }

  note(
    kind: string,
    record: SnapshotRecord,
    cause: ActivityCause,
    words: string,
    severity: 'info' | 'error' = 'info',
  ): void {
    this.options.activity.note({
      cause,
      kind,
      severity,
      snapshotId: record.id,
      sandboxId: record.sandboxId,
      message: `Snapshot ${record.name ?? record.id} of ${record.sandboxName ?? record.sandboxId} ${words}`,
    });
  }

  /**
   * Whatever happens ends as Ready or Failed in the record, unless the engine goes, or says nothing of the source any
   * more: then it is resumed later.
   */
  private async runCapture(job: CaptureJob): Promise<void> {
    const { sandboxes, logger } = this.options;
    const admitted = await (this.admissions.get(job.snapshotId) ?? true);
    this.admissions.delete(job.snapshotId);
    if (!admitted) return;
    await sandboxes.exclusively(job.sandboxId, async () => {
      if (sandboxes.isSilent(job.sandboxId)) return;
      sandboxes.beginCapture(job.sandboxId, job.snapshotId);
      try {
        await this.captureUntilSettled(job);
      } catch (error) {
        logger.error({ error, snapshotId: job.snapshotId }, 'the end of a capture could not be recorded');
      } finally {
        await this.rereadSource(job.sandboxId);
        // The engine may freeze the source yet, or thaw it, for a capture that it was given.
        const isCutOff = sandboxes.isSilent(job.sandboxId) && this.isUnderWay(job.snapshotId);
        if (!isCutOff) sandboxes.endCapture(job.sandboxId);
      }
    });
  }

  private isUnderWay(snapshotId: string): boolean {
    const record = this.options.records.get(snapshotId);
    return record?.state === 'Creating' && record.captureStartedAt !== undefined;
  }

  /**
   * What happened to the source by hand during the capture was taken for its freeze. Read before the next capture may
   * begin: a freeze of that one would be taken for a pause.
   */
  private async rereadSource(sandboxId: string): Promise<void> {
    const { sandboxes, engines, logger } = this.options;
    const containerId = sandboxes.records.get(sandboxId)?.containerId;
    const { current } = engines;
    if (containerId === undefined || current.state !== 'connected' || sandboxes.isSilent(sandboxId)) return;
    try {
      const inspection = await current.engine.containers.inspectSoon(containerId);
      sandboxes.noteInspection(sandboxId, containerId, inspection);
    } catch (error) {
      logger.warn({ error, sandboxId }, 'the source of a capture could not be inspected');
    }
  }

  private async captureUntilSettled(job: CaptureJob): Promise<void> {
    const { engines, records, sandboxes, logger } = this.options;
    while (!this.queue.isClosed && !sandboxes.isSilent(job.sandboxId)) {
      const record = records.get(job.snapshotId);
      const { current } = engines;
      if (record?.state !== 'Creating' || current.state !== 'connected') return;
      if (current.engine.info.id !== record.engineId) return;
      const isNew = record.captureStartedAt === undefined;
      try {
        await (isNew ? this.captureNow(record, current.engine) : this.recover(record, current.engine));
        return;
      } catch (error) {
        if (error instanceof AppError && error.status === 503) {
          await delay(ENGINE_RETRY_MS);
          continue;
        }
        // What the engine holds is taken in once the disk takes changes again (Reconciler.catchUp).
        if (isWriteFailure(error)) throw error;
        logger.error({ error, snapshotId: job.snapshotId }, 'a capture failed');
        const reason = isNew ? 'snapshot_runtime_failed' : 'snapshot_recovery_inspect_failed';
        const latest = records.get(job.snapshotId) ?? record;
        await this.fail(latest, { reason, message: messageOf(error) }, isNew ? 'engine' : 'recovery');
        return;
      }
    }
  }

  private async captureNow(queued: SnapshotRecord, engine: DockerEngine): Promise<void> {
    const { sandboxes } = this.options;
    const sandbox = sandboxes.records.get(queued.sandboxId);
    if (sandbox?.containerId === undefined) throw sandboxNotFound(queued.sandboxId);
    const startedAt = performance.now();
    const started: SnapshotRecord = { ...queued, captureStartedAt: nowIso() };
    const witness = new CaptureWitness(engine, this.options.engines, sandbox.containerId);
    const saving = this.save(started);
    const capturing = capture(started, sandbox, this.captureContext(engine)).finally(() => witness.close());
    // Whoever comes next must find no commit of this one under way.
    await Promise.allSettled([saving, capturing]);
    await saving;
    const made = await capturing;
    const recording = this.save({
      ...this.get(queued.id),
      ...made,
      ...READY,
      state: 'Ready',
      verification: { state: 'pending' },
      captureMillis: Math.round(performance.now() - startedAt),
      lastTransitionAt: nowIso(),
    });
    if (made.borrowsImage === true) {
      witness.sawNothing();
      this.ownImages.begin(queued.id);
    }
    // At once, while the container is still as the capture left it; nothing waits for it.
    this.options.afterCapture(queued.id, witness);
    await recording;
    this.note('snapshot.ready', queued, 'engine', 'is ready');
  }

  private async recover(record: SnapshotRecord, engine: DockerEngine): Promise<void> {
    const { sandboxes, records } = this.options;
    const image = await recoverCapture(record, {
      ...this.captureContext(engine),
      sandboxes,
      predictedMillis: predictCaptureMillis(records.inCreationOrder(), record.sandboxId),
    });
    const latest = this.get(record.id);
    if (image === undefined) await this.fail(latest, LOST, 'recovery');
    else await this.recovered(latest, image);
  }

  private captureContext(engine: DockerEngine): CaptureContext {
    const { engines, instanceId, logger } = this.options;
    const { sourceImages, changedContainers, unnamedImages } = this;
    return { engine, engines, instanceId, sourceImages, changedContainers, unnamedImages, logger };
  }

  /** @throws AppError 503 when the engine is away: the deletion goes on when it is back. */
  private async removeImage(engine: DockerEngine, record: SnapshotRecord): Promise<void> {
    const { instanceId } = this.options;
    try {
      await removeSnapshotImage(engine, record.imageTag);
      if (record.volumeCopies !== undefined) await removeVolumeImages(record.id, { engine, instanceId });
    } catch (error) {
      if (error instanceof AppError && error.status === 503) throw error;
      await this.save(record);
      throw new AppError(
        409,
        'SNAPSHOT::DELETE_CONFLICT',
        `The image of snapshot ${record.id} could not be removed: ${messageOf(error)}. Nothing was changed; try again.`,
        { cause: error },
      );
    }
  }

  private newRecord(sandbox: SandboxRecord, wish: SnapshotWish, engineId: string): SnapshotRecord {
    const id = newId('snap');
    const createdAt = nowIso();
    const parent =
      sandbox.source.kind === 'snapshot' ? this.options.records.get(sandbox.source.snapshotId) : undefined;
    const baseImage = sandbox.source.kind === 'image' ? sandbox.source.uri : parent?.baseImage;
    const previous = newestOfLine(this.options.records.inCreationOrder(), sandbox);
    return {
      id,
      engineId,
      sandboxId: sandbox.id,
      state: 'Creating',
      ...ACCEPTED,
      createdAt,
      lastTransitionAt: createdAt,
      sandboxName: sandboxDisplayName(sandbox),
      imageTag: snapshotImageName(id),
      restoreDefaults: {
        entrypoint: sandbox.entrypoint,
        resourceLimits: sandbox.resourceLimits,
        envNames: sandbox.envNames,
      },
      pinned: false,
      origin: 'local',
      restoredCount: 0,
      ...(wish.name === undefined ? {} : { name: wish.name }),
      ...(wish.automatic === undefined ? {} : { automatic: wish.automatic }),
      ...(wish.withVolumes === true ? { withVolumes: true } : {}),
      ...(sandbox.source.kind === 'snapshot' ? { parentSnapshotId: sandbox.source.snapshotId } : {}),
      ...(previous === undefined ? {} : { previousSnapshotId: previous.id }),
      ...(sandbox.containerId === undefined ? {} : { containerId: sandbox.containerId }),
      ...(baseImage === undefined ? {} : { baseImage }),
    };
  }

  private inBackground(work: Promise<unknown>, complaint: string): void {
    work.catch((error: unknown) => this.options.logger.warn({ error }, complaint));
  }
}

/** A sandbox that is about to go is captured in whatever state it is: the engine commits paused and ended ones too. */
function isLast({ automatic }: SnapshotWish): boolean {
  return automatic === 'before-delete' || automatic === 'before-expiry';
}

function requestedWords({ automatic }: SnapshotWish): string {
  return automatic === undefined
    ? 'was requested'
    : `was requested by the rule “${AUTOMATIC_WORDS[automatic]}”`;
}

/** What a record repeats of its image. */
export function factsOf(image: ImageFacts): Pick<SnapshotRecord, 'imageId' | 'sizeBytes' | 'layers'> {
  return { imageId: image.id, sizeBytes: image.sizeBytes, layers: image.layers.length };
}

/** The copies of volumes that an image's labels tell of: what a capture cannot have written into its record. */
function copiesIn(image: ImageFacts): Pick<SnapshotRecord, 'volumeCopies'> {
  const { volumeCopies } = readStory(readLabels(image.config.Labels ?? {})?.story ?? {});
  return volumeCopies === undefined ? {} : { volumeCopies };
}

function noNamedVolumes(sandboxId: string): AppError {
  return new AppError(
    409,
    'SNAPSHOT::NO_NAMED_VOLUMES',
    `Sandbox ${sandboxId} mounts no named volume, so there is none to copy. Take the snapshot without volumes; folders of this machine are never copied.`,
  );
}

function readOnly(id: string): AppError {
  return new AppError(
    409,
    'SNAPSHOT::INVALID_STATE',
    `Snapshot ${id} was made by another OpenSandbox server and is read-only here. Change it there, or restore it and take your own snapshot.`,
  );
}

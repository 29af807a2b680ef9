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
import { nowIso } from '../ids';
import type { HeldVolume } from '../sandboxes/copied-volumes';
import { imageGone } from '../sandboxes/provision';
import type { SandboxRegistry } from '../sandboxes/sandbox-registry';
import { notFound as sandboxNotFound, type SnapshotSource } from '../sandboxes/sandbox-service';
import type { OrderedCollection } from '../store/ordered-collection';
import { pageOf, type Page } from '../store/pages';
import type { ActivityCause, SnapshotRecord, StatusReason } from '../store/records';
import { acceptedRecord, type SnapshotWish } from './accepted-record';
import { AUTOMATIC_WORDS } from './automatic-names';
import type { CaptureQueue } from './capture-queue';
import { CaptureRuns } from './capture-runs';
import type { Ghosts } from './ghosts';
import { removeSnapshotImage, sweepUnusedImages } from './image-cleanup';
import { readStory } from './labelled-record';
import { OwnImages, isBorrowed } from './own-images';
import { SourceImages } from './source-images';
import { UnnamedImages } from './unnamed-images';
import type { CaptureWitness } from './verify/capture-witness';
import { heldVolumes, namedVolumesOf, removeVolumeImages } from './volume-capture';

/** Reason and message of CONTRACT.md 2.6. */
const RECOVERED: StatusReason = {
  reason: 'snapshot_recovery_ready',
  message: 'Recovered snapshot image after server restart.',
};
export const IMAGE_MISSING_REASON = 'snapshot_runtime_missing_image';

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

/** The life of snapshots: accept, list, rename, delete, and hand out for restore. `capture-runs.ts` captures. */
export class SnapshotService implements SnapshotSource {
  private readonly runs: CaptureRuns;
  private readonly deleting = new Set<string>();
  /** Snapshots whose images an import brings at this moment; nobody else takes them in. */
  readonly arriving = new Set<string>();
  readonly sourceImages = new SourceImages();
  readonly unnamedImages = new UnnamedImages();
  readonly ownImages: OwnImages;

  constructor(private readonly options: SnapshotServiceOptions) {
    this.ownImages = new OwnImages({
      ...options,
      unnamedImages: this.unnamedImages,
      keep: (record, image) => this.save({ ...record, ...factsOf(image) }),
    });
    const { sourceImages, unnamedImages, ownImages } = this;
    this.runs = new CaptureRuns({ ...options, book: this, sourceImages, unnamedImages, ownImages });
  }

  get queue(): CaptureQueue {
    return this.runs.queue;
  }

  /**
   * Accepts a snapshot (spec: POST /sandboxes/{id}/snapshots). The record is on disk when this resolves; the capture
   * goes on by itself. Whatever is checked is checked before this first waits.
   * @throws AppError 404; 409 `SNAPSHOT::INVALID_SOURCE_STATE` unless the sandbox is Running; 409
   * `SNAPSHOT::NO_NAMED_VOLUMES` when volumes are to be copied and there are none; 503 when the engine says nothing of
   * the container
   */
  async accept(sandboxId: string, wish: SnapshotWish, cause: ActivityCause): Promise<SnapshotRecord> {
    const { sandboxes, engines, records } = this.options;
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
    const record = acceptedRecord(sandbox, wish, { records, engineId: engine.info.id });
    const writing = this.save(record);
    if (sandbox.containerId !== undefined) this.sourceImages.prepare(engine, sandbox.containerId);
    // Queued in the same turn: a delete that comes next already sees that there is a capture to wait for.
    this.runs.add(record, writing);
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
    this.runs.expectRecovery(record);
  }

  /**
   * Takes up, after a crash or an outage, every accepted capture that nobody works on, in the order of acceptance, and
   * what is left to be done for images.
   */
  resumeCaptures(): void {
    this.runs.resume();
    for (const record of this.options.records.inCreationOrder())
      if (record.borrowsImage === true) this.ownImages.begin(record.id);
  }

  /** The image of a snapshot that was not Ready is there after all. */
  async recovered(record: SnapshotRecord, image: ImageFacts): Promise<void> {
    const borrowsImage = isBorrowed(record, image);
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
    if (record.state === 'Ready') return this.ownImages.nameOf(record);
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

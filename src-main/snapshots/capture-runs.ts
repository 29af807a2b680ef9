import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { DockerEngine } from '../engine/docker-engine';
import type { EngineMonitor } from '../engine/engine-monitor';
import type { ImageFacts } from '../engine/engine-types';
import { AppError, messageOf } from '../errors';
import { nowIso } from '../ids';
import type { SandboxRegistry } from '../sandboxes/sandbox-registry';
import { notFound as sandboxNotFound } from '../sandboxes/sandbox-service';
import { isWriteFailure } from '../store/journal-adapter';
import type { OrderedCollection } from '../store/ordered-collection';
import type { ActivityCause, SnapshotRecord, StatusReason } from '../store/records';
import { capture, type CaptureContext } from './capture';
import { CaptureQueue, type CaptureJob } from './capture-queue';
import { recoverCapture } from './capture-recovery';
import type { OwnImages } from './own-images';
import { predictCaptureMillis } from './prediction';
import type { SourceImages } from './source-images';
import { ChangedContainers } from './unchanged-capture';
import type { UnnamedImages } from './unnamed-images';
import { CaptureWitness } from './verify/capture-witness';

/** Reasons and messages of CONTRACT.md 2.6. */
const READY: StatusReason = {
  reason: 'snapshot_runtime_ready',
  message: 'Docker snapshot image created successfully.',
};
const LOST: StatusReason = {
  reason: 'snapshot_recovery_missing_image',
  message: 'The capture was interrupted and no snapshot image was found. Take the snapshot again.',
};

/** An engine that does not answer is asked again after this, unless its event stream says that it is gone. */
const ENGINE_RETRY_MS = 250;

/** Where it is written down how captures go. */
export interface CaptureBook {
  /** @throws AppError 404 */
  get(id: string): SnapshotRecord;
  save(record: SnapshotRecord): Promise<void>;
  fail(record: SnapshotRecord, status: StatusReason, cause: ActivityCause): Promise<void>;
  recovered(record: SnapshotRecord, image: ImageFacts): Promise<void>;
  note(kind: string, record: SnapshotRecord, cause: ActivityCause, words: string): void;
}

export interface CaptureRunsOptions {
  engines: EngineMonitor;
  records: OrderedCollection<SnapshotRecord>;
  book: CaptureBook;
  sandboxes: SandboxRegistry;
  sourceImages: SourceImages;
  unnamedImages: UnnamedImages;
  ownImages: OwnImages;
  instanceId: string;
  maxConcurrentCaptures: () => number;
  /** Told of each capture that came to an end well, with who saw it. */
  afterCapture: (snapshotId: string, witness: CaptureWitness) => void;
  logger: Logger;
}

/** Carries out accepted captures, and brings to their end those that a crash, an outage or a silence cut off. */
export class CaptureRuns {
  readonly queue: CaptureQueue;
  /** Whether each queued record reached the disk; a capture starts only then. */
  private readonly admissions = new Map<string, Promise<boolean>>();
  private readonly changedContainers = new ChangedContainers();

  constructor(private readonly options: CaptureRunsOptions) {
    this.queue = new CaptureQueue((job) => this.run(job), options.maxConcurrentCaptures);
  }

  /** @param writing of the record, without which nothing is captured */
  add(record: SnapshotRecord, writing: Promise<void>): void {
    const admitted = writing.then(
      () => true,
      () => false,
    );
    this.admissions.set(record.id, admitted);
    this.queue.add({ snapshotId: record.id, sandboxId: record.sandboxId });
  }

  /** Takes up every accepted capture that nobody works on, in the order of acceptance. */
  resume(): void {
    for (const record of this.options.records.inCreationOrder()) {
      if (record.state === 'Creating' && !this.queue.has(record.id))
        this.queue.add({ snapshotId: record.id, sandboxId: record.sandboxId });
    }
  }

  /** The engine may have frozen the source for a capture that this process did not begin: that is no pause. */
  expectRecovery(record: SnapshotRecord): void {
    if (this.isUnderWay(record.id) && !this.queue.has(record.id))
      this.options.sandboxes.beginCapture(record.sandboxId, record.id);
  }

  /**
   * Whatever happens ends as Ready or Failed in the record, unless the engine goes, or says nothing of the source any
   * more: then it is resumed later.
   */
  private async run(job: CaptureJob): Promise<void> {
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
        await this.options.book.fail(
          latest,
          { reason, message: messageOf(error) },
          isNew ? 'engine' : 'recovery',
        );
        return;
      }
    }
  }

  private async captureNow(queued: SnapshotRecord, engine: DockerEngine): Promise<void> {
    const { sandboxes, engines, book, ownImages, afterCapture } = this.options;
    const sandbox = sandboxes.records.get(queued.sandboxId);
    if (sandbox?.containerId === undefined) throw sandboxNotFound(queued.sandboxId);
    const startedAt = performance.now();
    const started: SnapshotRecord = { ...queued, captureStartedAt: nowIso() };
    const witness = new CaptureWitness(engine, engines, sandbox.containerId);
    const saving = book.save(started);
    const capturing = capture(started, sandbox, this.captureContext(engine)).finally(() => witness.close());
    // Whoever comes next must find no commit of this one under way.
    await Promise.allSettled([saving, capturing]);
    await saving;
    const made = await capturing;
    const recording = book.save({
      ...book.get(queued.id),
      ...made,
      ...READY,
      state: 'Ready',
      verification: { state: 'pending' },
      captureMillis: Math.round(performance.now() - startedAt),
      lastTransitionAt: nowIso(),
    });
    if (made.borrowsImage === true) {
      witness.sawNothing();
      ownImages.begin(queued.id);
    }
    // At once, while the container is still as the capture left it; nothing waits for it.
    afterCapture(queued.id, witness);
    await recording;
    book.note('snapshot.ready', queued, 'engine', 'is ready');
  }

  private async recover(record: SnapshotRecord, engine: DockerEngine): Promise<void> {
    const { sandboxes, records, book } = this.options;
    const image = await recoverCapture(record, {
      ...this.captureContext(engine),
      sandboxes,
      predictedMillis: predictCaptureMillis(records.inCreationOrder(), record.sandboxId),
    });
    const latest = book.get(record.id);
    if (image === undefined) await book.fail(latest, LOST, 'recovery');
    else await book.recovered(latest, image);
  }

  private captureContext(engine: DockerEngine): CaptureContext {
    const { engines, instanceId, sourceImages, unnamedImages, logger } = this.options;
    const { changedContainers } = this;
    return { engine, engines, instanceId, sourceImages, changedContainers, unnamedImages, logger };
  }
}

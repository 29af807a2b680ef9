import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Mutex } from 'async-mutex';
import type { Logger } from 'pino';
import type { Changes } from '../../activity/changes';
import type { DockerEngine } from '../../engine/docker-engine';
import type { EngineMonitor } from '../../engine/engine-monitor';
import type { ImageFacts } from '../../engine/engine-types';
import { AppError, messageOf } from '../../errors';
import { nowIso } from '../../ids';
import type { OrderedCollection } from '../../store/ordered-collection';
import type {
  ActivityCause,
  NotCapturedRecord,
  SnapshotRecord,
  TaskRecord,
  VerificationRecord,
} from '../../store/records';
import type { TaskService } from '../../tasks/task-service';
import type { LayerLibrary } from '../diff/layer-library';
import type { SnapshotService } from '../snapshot-service';
import type { CaptureWitness } from './capture-witness';
import { EvidenceFiles, type CaptureEvidence } from './evidence-files';
import { heldByLayer, heldByTree } from './layer-check';
import { explainBy, verdictOf } from './verdict';

const FOLDER = 'capture-evidence';
/** No capture for this long: then nobody is held up by reading an image out of the engine. */
const QUIET_MS = 1_000;
/** The engine hands out layers only with the whole image, which takes seconds per GiB. */
export const MAX_UNASKED_IMAGE_BYTES = 2 * 2 ** 30;
export const MAX_UNASKED_PATHS = 50_000;
/** Longer lists are not kept: about 20 MiB. */
export const MAX_PATHS = 200_000;

const NO_LAYER = { entries: [], removed: [], opaque: [] };
const UNWITNESSED =
  'The list of what had changed was not kept: the container or the server was gone too soon.';

export interface VerificationOptions {
  engines: EngineMonitor;
  snapshots: SnapshotService;
  records: OrderedCollection<SnapshotRecord>;
  library: LayerLibrary;
  tasks: TaskService;
  changes: Changes;
  dataDir: string;
  logger: Logger;
}

/**
 * Checks images of snapshots against what Docker said that their containers had changed, one at a time and after the
 * captures, and notes what a snapshot does not hold.
 */
export class VerificationService {
  private readonly files: EvidenceFiles;
  private readonly turn = new Mutex();
  private readonly stopping = new AbortController();
  private quietness: Promise<void> | undefined;
  /** Snapshots that somebody of this process works on. */
  private readonly underWay = new Map<string, Promise<void>>();

  constructor(private readonly options: VerificationOptions) {
    const { engines, records, changes, dataDir } = options;
    this.files = new EvidenceFiles(join(dataDir, FOLDER));
    changes.on('snapshot', (id) => {
      if (records.getHidden(id) === undefined) this.inBackground(this.files.remove(id));
    });
    engines.on('change', (state) => {
      if (state.state === 'connected') this.takeUpPending();
    });
  }

  /** A capture has come to its end: hears the witness while the container is there, and checks later. */
  captured(snapshotId: string, witness: CaptureWitness): void {
    this.workOn(snapshotId, async () => {
      // Without evidence the check ends as unknown.
      await this.keepEvidence(snapshotId, witness).catch((error: unknown) =>
        this.complain(snapshotId, error),
      );
      await this.checkWhenQuiet(snapshotId);
    });
  }

  /**
   * Checks a snapshot now, whatever its size.
   * @throws AppError 404, 409, 503
   */
  async verify(id: string, cause: ActivityCause): Promise<TaskRecord> {
    const { engines, snapshots, tasks } = this.options;
    const engine = engines.require();
    const record = snapshots.get(id);
    if (record.state !== 'Ready') throw notReady(record);
    if (!(await this.files.has(id))) throw nothingToVerifyBy(record);
    await this.note(id, { state: 'pending' });
    const { task } = await tasks.start(
      { kind: 'snapshot.verify', title: `Verify ${record.name ?? id}`, unit: 'steps', cause },
      async () => {
        const verification = await this.turn.runExclusive(() => this.check(engine, id, true));
        return { snapshotId: id, verification: verification?.state };
      },
    );
    return task;
  }

  /** Starts nothing more; resolves when nothing runs, which needs the library closed too. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await Promise.allSettled([...this.underWay.values(), this.turn.waitForUnlock()]);
  }

  /** What a crash or an outage cut off. */
  private takeUpPending(): void {
    const { records } = this.options;
    this.inBackground(this.files.trim((id) => records.getHidden(id) !== undefined));
    for (const record of records.inCreationOrder()) {
      if (record.state !== 'Ready' || record.verification?.state !== 'pending') continue;
      this.workOn(record.id, () => this.checkWhenQuiet(record.id));
    }
  }

  private workOn(snapshotId: string, work: () => Promise<void>): void {
    if (this.stopping.signal.aborted || this.underWay.has(snapshotId)) return;
    const working = work()
      // An engine that went away leaves it pending until it is back; so does the end of the server.
      .catch((error: unknown) => this.complain(snapshotId, error))
      .finally(() => this.underWay.delete(snapshotId));
    this.underWay.set(snapshotId, working);
  }

  private async keepEvidence(snapshotId: string, witness: CaptureWitness): Promise<void> {
    const engine = this.options.engines.require();
    const { snapshots } = this.options;
    const { containerId = '' } = snapshots.get(snapshotId);
    const [evidence, surroundings] = await Promise.allSettled([
      witness.testify(),
      engine.surroundings(containerId),
    ]);
    if (surroundings.status === 'fulfilled' && surroundings.value !== undefined) {
      const { mounts, ...rest } = surroundings.value;
      const copied = new Set(
        this.options.records.get(snapshotId)?.volumeCopies?.map((copy) => copy.mountPath),
      );
      const volumes = mounts.filter(({ mountPath }) => !copied.has(mountPath));
      await this.noteNotCaptured(snapshotId, { ...rest, volumes });
    }
    if (evidence.status === 'rejected') throw evidence.reason;
    if (evidence.value === undefined) return;
    const { length } = evidence.value.changes;
    if (length > MAX_PATHS)
      await this.note(snapshotId, { state: 'unknown', reason: tooLarge(`${length} changes`) });
    else {
      const base = await snapshots.sourceImages.of(engine, containerId);
      await this.files.keep(snapshotId, { ...evidence.value, baseLayers: base.layers.length });
    }
  }

  private async checkWhenQuiet(snapshotId: string): Promise<void> {
    const { snapshots, engines, records } = this.options;
    const { signal } = this.stopping;
    let isDone = false;
    while (!isDone) {
      await this.quiet();
      isDone = await this.turn.runExclusive(async () => {
        signal.throwIfAborted();
        if (records.get(snapshotId) === undefined) return true;
        if (snapshots.queue.runningCount > 0) return false;
        const engine = engines.require();
        await this.measureVolumes(engine, snapshotId);
        await this.check(engine, snapshotId, false);
        return true;
      });
    }
  }

  /** One wait for all: where captures never rest, a thousand checks may be waiting. */
  private quiet(): Promise<void> {
    const { queue } = this.options.snapshots;
    const { signal } = this.stopping;
    this.quietness ??= queue
      .idle()
      .then(() => delay(QUIET_MS, undefined, { signal, ref: false }))
      .finally(() => (this.quietness = undefined));
    return this.quietness;
  }

  /** Ends a pending snapshot with a verdict. @returns undefined when it was deleted meanwhile */
  private async check(
    engine: DockerEngine,
    snapshotId: string,
    asked: boolean,
  ): Promise<VerificationRecord | undefined> {
    const record = this.options.records.get(snapshotId);
    if (record?.state !== 'Ready' || record.verification?.state !== 'pending') return undefined;
    try {
      const verification = await this.judge(engine, record, asked);
      await this.note(snapshotId, verification);
      return verification;
    } catch (error) {
      const isAway = this.options.engines.current.state !== 'connected';
      if (this.stopping.signal.aborted || isAway) throw error;
      await this.note(snapshotId, { state: 'unknown', reason: messageOf(error), at: nowIso() });
      throw error;
    }
  }

  private async judge(
    engine: DockerEngine,
    record: SnapshotRecord,
    asked: boolean,
  ): Promise<VerificationRecord> {
    const evidence = await this.files.read(record.id);
    if (evidence === undefined) return { state: 'unknown', reason: UNWITNESSED };
    const { changes } = evidence;
    if (changes.length === 0) return { state: 'verified', checkedPaths: 0, at: nowIso() };
    const image = await engine.images.inspect(record.imageTag);
    if (image === undefined)
      return { state: 'unknown', reason: 'The image is gone from the engine.', at: nowIso() };
    const isLarge = image.sizeBytes > MAX_UNASKED_IMAGE_BYTES || changes.length > MAX_UNASKED_PATHS;
    if (isLarge && !asked) {
      const what = `an image of ${Math.round(image.sizeBytes / 2 ** 20)} MiB, ${changes.length} changes`;
      return { state: 'unknown', reason: `${tooLarge(what)} Ask for it when there is time.`, at: nowIso() };
    }
    const holds = await this.holdsOf(engine, image, record.flattened === true ? 'flat' : evidence);
    return verdictOf(evidence, holds, explainBy(engine, record.containerId ?? '', evidence));
  }

  private async holdsOf(engine: DockerEngine, image: ImageFacts, evidence: CaptureEvidence | 'flat') {
    const { library } = this.options;
    if (evidence !== 'flat') {
      const isAdded = image.layers.length > evidence.baseLayers;
      return heldByLayer(isAdded ? await library.topLayerOf(engine, image) : NO_LAYER);
    }
    const [tree] = await library.treesOf(engine, [image]);
    // One image was asked for, so there is one tree.
    if (tree === undefined) throw new Error('the filesystem of an image was not read');
    return heldByTree(tree);
  }

  /** A size that cannot be had is left out. */
  private async measureVolumes(engine: DockerEngine, snapshotId: string): Promise<void> {
    const { notCaptured } = this.options.records.get(snapshotId) ?? {};
    const isNamed = notCaptured?.volumes.some(
      ({ kind, sizeBytes }) => kind === 'named' && sizeBytes === undefined,
    );
    if (notCaptured === undefined || isNamed !== true) return;
    const sizes = await engine.volumes.sizes().catch(() => new Map<string, number>());
    const volumes = notCaptured.volumes.map((volume) => {
      const sizeBytes = volume.kind === 'named' ? sizes.get(volume.source) : undefined;
      return sizeBytes === undefined ? volume : { ...volume, sizeBytes };
    });
    await this.noteNotCaptured(snapshotId, { ...notCaptured, volumes });
  }

  private async note(snapshotId: string, verification: VerificationRecord): Promise<void> {
    const record = this.options.records.get(snapshotId);
    if (record?.state === 'Ready') await this.options.snapshots.save({ ...record, verification });
  }

  private async noteNotCaptured(snapshotId: string, notCaptured: NotCapturedRecord): Promise<void> {
    const record = this.options.records.get(snapshotId);
    if (record?.state === 'Ready') await this.options.snapshots.save({ ...record, notCaptured });
  }

  private complain(snapshotId: string, error: unknown): void {
    if (this.stopping.signal.aborted) return;
    this.options.logger.warn({ error, snapshotId }, 'a snapshot was not verified');
  }

  private inBackground(work: Promise<void>): void {
    work.catch((error: unknown) =>
      this.options.logger.warn({ error }, 'what captures changed could not be cleared'),
    );
  }
}

function tooLarge(what: string): string {
  return `Not verified: too large (${what}).`;
}

function notReady({ id, state }: SnapshotRecord): AppError {
  return new AppError(
    409,
    'SNAPSHOT::INVALID_STATE',
    `Snapshot ${id} is ${state}; only a Ready one can be verified.`,
  );
}

function nothingToVerifyBy({ id }: SnapshotRecord): AppError {
  return new AppError(
    409,
    'SNAPSHOT::NOTHING_TO_VERIFY_BY',
    `There is no list of what had changed when snapshot ${id} was taken, so nothing can be checked. Compare it with another snapshot instead.`,
  );
}

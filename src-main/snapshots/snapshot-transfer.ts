import type { Readable } from 'node:stream';
import type { DockerEngine } from '../engine/docker-engine';
import type { EngineMonitor } from '../engine/engine-monitor';
import { AppError, asError } from '../errors';
import { imageGone } from '../sandboxes/provision';
import type { OrderedCollection } from '../store/ordered-collection';
import type { ActivityCause, SnapshotRecord, TaskRecord, TaskResult } from '../store/records';
import { countBytes } from '../tasks/count-bytes';
import type { TaskHandle, TaskService } from '../tasks/task-service';
import { exportArchive } from './archive-writer';
import { removeSnapshotImage } from './image-cleanup';
import { importArchive } from './import-archive';
import { travellingFacts } from './labelled-record';
import {
  readLeaveOut,
  type HandedOn,
  type LeaveOutWish,
  type LeavingOut,
  type LeftOut,
} from './secrets/leaving-out';
import { IMAGE_MISSING_REASON, factsOf, type SnapshotService } from './snapshot-service';
import { snapshotImageName } from './snapshot-tag';

export interface SnapshotTransferOptions {
  engines: EngineMonitor;
  snapshots: SnapshotService;
  records: OrderedCollection<SnapshotRecord>;
  tasks: TaskService;
  leavingOut: LeavingOut;
  instanceId: string;
}

/** Snapshots as files: one archive each, that any Docker engine can load and any other server import. */
export class SnapshotTransfer {
  constructor(private readonly options: SnapshotTransferOptions) {}

  /**
   * The archive of a snapshot, made while it is read. The task that shows its progress, and by which it can be
   * cancelled, begins with what has to be made beforehand and ends with the archive; its total is the size of the image,
   * without the headers of the archive.
   * @param leaveOut paths, globs and texts that the archive is not to have; see `secrets/leaving-out.ts`.
   * @throws AppError 404, or 409 unless the snapshot is Ready; 400 `SNAPSHOT::INVALID_LEAVE_OUT`; 409 `TASK::CANCELLED`
   */
  async export(
    id: string,
    leaveOut: readonly string[],
    cause: ActivityCause,
  ): Promise<{ archive: Readable; fileName: string }> {
    const { engines, snapshots, tasks } = this.options;
    const record = snapshots.get(id);
    const imageName = await snapshots.imageToRestore(id);
    const engine = engines.require();
    const without = await withoutWhat(engine, record, leaveOut);
    const total = record.sizeBytes ?? 0;
    const title = `Export ${record.name ?? id}`;
    const archive = await new Promise<Readable>((resolve, reject) => {
      const exporting = async ({ signal, report }: TaskHandle): Promise<TaskResult> => {
        try {
          const leftOut =
            without && (await this.options.leavingOut.prepare(without.handedOn, without.wish, signal));
          const whole = await this.archiveOf(engine, imageName, record, leftOut);
          if (signal.aborted) {
            whole.destroy();
            throw cancelled();
          }
          const meter = countBytes((done) => report({ done, total: Math.max(done, total), unit: 'bytes' }));
          whole.pipe(meter);
          whole.once('error', (error) => meter.destroy(error));
          meter.once('close', () => whole.destroy());
          const ended = endOf(meter);
          signal.addEventListener('abort', () => meter.destroy(cancelled()), { once: true });
          resolve(meter);
          await ended;
          return { snapshotId: id };
        } catch (error) {
          const failure = signal.aborted ? cancelled() : error;
          // Who asked hears of it, unless the archive is on its way already.
          reject(asError(failure));
          throw failure;
        }
      };
      tasks.start({ kind: 'snapshot.export', title, unit: 'bytes', cause }, exporting).catch(reject);
    });
    return { archive, fileName: fileNameOf(record) };
  }

  private async archiveOf(
    engine: DockerEngine,
    imageName: string,
    record: SnapshotRecord,
    leftOut: LeftOut | undefined,
  ): Promise<Readable> {
    try {
      const saved = await engine.filesystems.saveImages([imageName]);
      if (leftOut === undefined) return exportArchive(saved, { imageName, record: travellingFacts(record) });
      const { facts, texts } = leftOut;
      const description = { imageName, record: facts, replaced: leftOut, leftOutTexts: texts };
      const archive = exportArchive(saved, description);
      archive.once('close', () => void leftOut.remove());
      return archive;
    } catch (error) {
      await leftOut?.remove();
      throw error;
    }
  }

  /**
   * Takes a snapshot in from an archive that is read as it comes: what {@link export} made here or elsewhere, or
   * `docker save` of a snapshot's image. Whatever fails leaves nothing behind.
   * @returns the task, when it is over: the archive is the request's own body.
   * @throws AppError 400 `SNAPSHOT::ARCHIVE_DAMAGED`, `SNAPSHOT::ARCHIVE_FOREIGN`; 409 `SNAPSHOT::ALREADY_EXISTS`
   */
  async import(source: Readable, totalBytes: number | undefined, cause: ActivityCause): Promise<TaskRecord> {
    const { engines, tasks } = this.options;
    engines.require();
    let failure: unknown;
    const { finished } = await tasks.start(
      { kind: 'snapshot.import', title: 'Import a snapshot', unit: 'bytes', cause },
      async ({ signal, report }) => {
        const meter = countBytes((done) =>
          report({ done, unit: 'bytes', ...(totalBytes === undefined ? {} : { total: totalBytes }) }),
        );
        signal.addEventListener('abort', () => meter.destroy(cancelled()), { once: true });
        source.once('error', (error) => meter.destroy(error));
        source.once('close', () => source.readableEnded || meter.destroy(new Error('it ended early')));
        try {
          return await this.takeIn(source.pipe(meter), cause);
        } catch (error) {
          failure = signal.aborted ? cancelled() : error;
          throw failure;
        } finally {
          // Only who has sent everything reads the answer.
          source.unpipe(meter);
          source.resume();
        }
      },
    );
    const task = await finished;
    if (failure !== undefined) throw failure instanceof Error ? failure : new Error('The import failed.');
    return task;
  }

  /**
   * Makes a snapshot of an archive, with all checks. Whatever fails leaves nothing behind.
   * @throws AppError like {@link import}
   */
  async takeIn(archive: Readable, cause: ActivityCause): Promise<{ snapshotId: string }> {
    const { engines, snapshots, records, instanceId } = this.options;
    const engine = engines.require();
    let arriving: string | undefined;
    let ended: (() => void) | undefined;
    const admit = async ({ id }: SnapshotRecord): Promise<void> => {
      if (snapshots.arriving.has(id)) throw exists(id, 'is being imported already');
      const known = records.get(id);
      if (known !== undefined && known.reason !== IMAGE_MISSING_REASON)
        throw exists(id, `is ${known.state} here`);
      if ((await engine.images.inspect(snapshotImageName(id))) !== undefined)
        throw exists(id, 'has an image on this engine');
      if (snapshots.arriving.has(id)) throw exists(id, 'is being imported already');
      snapshots.arriving.add(id);
      arriving = id;
      // What is left of it, below a sandbox, may be the very image.
      ended = await snapshots.unnamedImages.beginNaming(id);
    };
    try {
      const { record, image } = await importArchive(archive, engine, { instanceId, admit });
      const known = records.get(record.id) ?? records.getHidden(record.id);
      // What was here before knows more than the archive does.
      await snapshots.save({
        ...record,
        ...(known?.origin === 'local' ? { ...known, ...readyNow(record) } : {}),
        ...factsOf(image),
        engineId: engine.info.id,
      });
      snapshots.note('snapshot.imported', record, cause, 'was imported');
      return { snapshotId: record.id };
    } catch (error) {
      if (arriving !== undefined) await removeSnapshotImage(engine, snapshotImageName(arriving));
      throw error;
    } finally {
      if (arriving !== undefined) snapshots.arriving.delete(arriving);
      ended?.();
    }
  }
}

/** Undefined when nothing is to be left out. */
async function withoutWhat(
  engine: DockerEngine,
  record: SnapshotRecord,
  leaveOut: readonly string[],
): Promise<{ handedOn: HandedOn; wish: LeaveOutWish } | undefined> {
  if (leaveOut.length === 0) return undefined;
  const image = await engine.images.inspect(record.imageTag);
  if (image === undefined) throw imageGone(record.id);
  const handedOn = { engine, image, facts: travellingFacts(record) };
  return { handedOn, wish: await readLeaveOut(handedOn, leaveOut) };
}

function readyNow({
  state,
  reason,
  message,
  lastTransitionAt,
}: SnapshotRecord): Pick<SnapshotRecord, 'state' | 'reason' | 'message' | 'lastTransitionAt'> {
  return { state, reason, message, lastTransitionAt };
}

function exists(id: string, how: string): AppError {
  return new AppError(
    409,
    'SNAPSHOT::ALREADY_EXISTS',
    `Snapshot ${id} ${how}. Nothing was imported; delete the snapshot first to import it anew.`,
  );
}

function cancelled(): AppError {
  return new AppError(409, 'TASK::CANCELLED', 'Cancelled. Nothing was kept.');
}

/** `<name>.opensandbox.tar`, with only what every file system and header takes. */
function fileNameOf(record: SnapshotRecord): string {
  const safe = (record.name ?? record.id)
    .normalize('NFKD')
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[-.]+|[-.]+$/g, '')
    .slice(0, 80);
  return `${safe === '' ? record.id : safe}.opensandbox.tar`;
}

/** Resolves when everything was read, rejects when the reader or the writer gave up before. */
function endOf(stream: Readable): Promise<void> {
  const ending = new Promise<void>((resolve, reject) => {
    stream.once('end', resolve);
    stream.once('error', reject);
    stream.once('close', () => reject(new AppError(409, 'TASK::CANCELLED', 'The download was given up.')));
  });
  ending.catch(() => undefined);
  return ending;
}

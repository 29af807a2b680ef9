import type { Logger } from 'pino';
import type { DockerEngine } from '../engine/docker-engine';
import type { EngineMonitor } from '../engine/engine-monitor';
import type { ImageFacts, RegistryAuth } from '../engine/engine-types';
import { LABEL_FACTS, readLabels, snapshotLabels } from '../engine/labels';
import type { RegistryOptions, RegistryPlace } from '../engine/registries';
import { AppError } from '../errors';
import type { PushRequest, RegistryRequest } from '../http/schemas/desktop';
import { readTagReference, readReference } from '../images/image-reference';
import { findCredentials } from '../images/registry-credentials';
import { imageGone } from '../sandboxes/provision';
import type { ActivityCause, SnapshotRecord, TaskRecord } from '../store/records';
import type { TaskHandle, TaskService } from '../tasks/task-service';
import { removeSnapshotImage } from './image-cleanup';
import { snapshotConfig } from './image-config';
import { rewriteImage } from './image-rewrite';
import { exportArchive } from './archive-writer';
import { travellingFacts, type TravellingFacts } from './labelled-record';
import { readLeaveOut, type HandedOn, type LeaveOutWish, type LeavingOut } from './secrets/leaving-out';
import type { SnapshotService } from './snapshot-service';
import type { SnapshotTransfer } from './snapshot-transfer';

export interface RegistryTransferOptions {
  engines: EngineMonitor;
  snapshots: SnapshotService;
  transfer: SnapshotTransfer;
  tasks: TaskService;
  leavingOut: LeavingOut;
  instanceId: string;
  /** Tells where the Docker configuration is, and runs its credential helpers. */
  environment: NodeJS.ProcessEnv;
  logger: Logger;
}

/**
 * Snapshots in OCI registries, as images that any engine can run and any other server can take in. The engine moves
 * the bytes. On its way a snapshot needs the name that it has in the registry; afterwards that name is gone again, or
 * whose it was before (docs/decisions/014).
 */
export class RegistryTransfer {
  /** Names that a push or a pull uses now. */
  private readonly borrowed = new Set<string>();

  constructor(private readonly options: RegistryTransferOptions) {}

  /**
   * Starts pushing a snapshot. Without what is to be left out it goes by way of a temporary image, which lacks it.
   * @throws AppError 400 for a bad reference or a bad {@link readLeaveOut}; 404; 409 unless the snapshot is Ready and one of this product
   */
  async push(id: string, request: PushRequest, cause: ActivityCause): Promise<TaskRecord> {
    const { engines, snapshots, tasks } = this.options;
    const record = snapshots.get(id);
    const imageName = await snapshots.imageToRestore(id);
    const place = readTagReference(request.reference);
    const engine = engines.require();
    const image = await engine.images.inspect(imageName);
    if (image === undefined) throw imageGone(id);
    if (readLabels(image.config.Labels ?? {})?.kind !== 'snapshot') throw notOurs(id);
    this.checkFree(place);
    const handedOn = { engine, image, facts: travellingFacts(record) };
    const { leaveOut = [] } = request;
    const wish = leaveOut.length === 0 ? undefined : await readLeaveOut(handedOn, leaveOut);
    const title = `Push ${record.name ?? id} to ${place.name}`;
    const { task } = await tasks.start({ kind: 'snapshot.push', title, unit: 'bytes', cause }, (handle) =>
      this.borrowName(engine, place, async () => {
        const options = await this.registryOptions(place, request.auth, handle);
        if (wish === undefined)
          await rewriteImage(engine, image, this.travellingConfig(image, handedOn.facts, record), place.name);
        else await this.loadWithout(handedOn, { record, place, wish, signal: handle.signal });
        if (handle.signal.aborted) throw cancelled();
        const pushed = await engine.registries.push(place, options);
        snapshots.note('snapshot.pushed', record, cause, `was pushed to ${place.name}`);
        return { snapshotId: id, reference: place.name, ...pushed };
      }),
    );
    return task;
  }

  /**
   * Starts taking a snapshot in from a registry, as an import of a file does. Whatever fails leaves nothing behind.
   * @throws AppError 400 for a bad reference
   */
  async pull(request: RegistryRequest, cause: ActivityCause): Promise<TaskRecord> {
    const { engines, transfer, tasks } = this.options;
    const place = readReference(request.reference);
    const engine = engines.require();
    this.checkFree(place);
    const title = `Pull a snapshot from ${place.name}`;
    const { task } = await tasks.start({ kind: 'snapshot.pull', title, unit: 'bytes', cause }, (handle) =>
      this.borrowName(engine, place, async () => {
        const { signal } = handle;
        await engine.registries.pull(place, await this.registryOptions(place, request.auth, handle));
        const image = await engine.images.inspect(place.name);
        if (image === undefined || readLabels(image.config.Labels ?? {})?.kind !== 'snapshot')
          throw foreign(place);
        const saved = await engine.filesystems.saveImages([image.id]);
        signal.addEventListener('abort', () => saved.destroy(cancelled()), { once: true });
        try {
          return { ...(await transfer.takeIn(saved, cause)), reference: place.name };
        } catch (error) {
          throw signal.aborted ? cancelled() : aboutImage(place, error);
        }
      }),
    );
    return task;
  }

  /** Makes an image of the place's name that lacks what is to be left out; the snapshot's own image stays as it is. */
  private async loadWithout(handedOn: HandedOn, { record, place, wish, signal }: PushWithout): Promise<void> {
    const { engine, image } = handedOn;
    const leftOut = await this.options.leavingOut.prepare(handedOn, wish, signal);
    try {
      const saved = await engine.filesystems.saveImages([image.id]);
      const archive = exportArchive(saved, {
        imageName: place.name,
        record: {},
        config: this.travellingConfig(image, leftOut.facts, record),
        replaced: leftOut,
        leftOutTexts: leftOut.texts,
      });
      const stop = (): void => void archive.destroy(cancelled());
      signal.addEventListener('abort', stop, { once: true });
      await engine.images.load(archive);
    } catch (error) {
      throw signal.aborted ? cancelled() : error;
    } finally {
      await leftOut.remove();
    }
  }

  private async registryOptions(
    place: RegistryPlace,
    auth: RegistryAuth | undefined,
    { signal, report }: TaskHandle,
  ): Promise<RegistryOptions> {
    return {
      auth: auth ?? (await findCredentials(place.host, this.options.environment)),
      signal,
      onProgress: ({ doneBytes, totalBytes }) =>
        report({ done: doneBytes, total: totalBytes, unit: 'bytes' }),
    };
  }

  /** A registry keeps an image and nothing beside it, so what an exported file has beside the labels is one here. */
  private travellingConfig(
    image: ImageFacts,
    facts: TravellingFacts,
    record: SnapshotRecord,
  ): ReturnType<typeof snapshotConfig> {
    return snapshotConfig(image, {
      ...snapshotLabels(record, this.options.instanceId, 'snapshot'),
      [LABEL_FACTS]: JSON.stringify(facts),
    });
  }

  private checkFree({ name }: RegistryPlace): void {
    if (!this.borrowed.has(name)) return;
    throw new AppError(
      409,
      'REGISTRY::BUSY',
      `${name} is being pushed or pulled already. Wait for that, or cancel it.`,
    );
  }

  /** For as long as it takes the name may be of our image; an image that had it before gets it back. */
  private async borrowName<T>(engine: DockerEngine, place: RegistryPlace, use: () => Promise<T>): Promise<T> {
    this.checkFree(place);
    this.borrowed.add(place.name);
    try {
      const before = await engine.images.inspect(place.name);
      try {
        return await use();
      } finally {
        await giveBack(engine, place, before).catch((error: unknown) =>
          this.options.logger.warn({ error, image: place.name }, 'a name could not be given back'),
        );
      }
    } finally {
      this.borrowed.delete(place.name);
    }
  }
}

interface PushWithout {
  record: SnapshotRecord;
  place: RegistryPlace;
  wish: LeaveOutWish;
  signal: AbortSignal;
}

async function giveBack(
  engine: DockerEngine,
  { name, repo, version }: RegistryPlace,
  before: ImageFacts | undefined,
): Promise<void> {
  const now = await engine.images.inspect(name);
  if (now === undefined || now.id === before?.id) return;
  if (before === undefined) {
    await removeSnapshotImage(engine, name);
    return;
  }
  await engine.images.tag(before.id, repo, version);
  if (now.tags.every((tag) => tag === name)) await removeSnapshotImage(engine, now.id);
}

function notOurs(id: string): AppError {
  return new AppError(
    409,
    'SNAPSHOT::INVALID_STATE',
    `Snapshot ${id} was made by another program, whose images may hold values of environment variables. Restore it and push a snapshot of that.`,
  );
}

function foreign({ name }: RegistryPlace): AppError {
  return new AppError(
    400,
    'SNAPSHOT::IMAGE_FOREIGN',
    `${name} is no snapshot that OpenSandbox Desktop pushed: it has no labels of one. Nothing was kept. To start sandboxes from it, pull it as an image (New sandbox, or POST /v1/desktop/images/pull).`,
  );
}

function aboutImage({ name }: RegistryPlace, error: unknown): unknown {
  return error instanceof AppError && error.status === 400
    ? new AppError(400, error.code, `${name}: ${error.message}`, { cause: error })
    : error;
}

function cancelled(): AppError {
  return new AppError(409, 'TASK::CANCELLED', 'Cancelled. Nothing was kept.');
}

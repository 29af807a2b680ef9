import { pipeline, type Readable } from 'node:stream';
import type { Changes } from '../activity/changes';
import { boundedExpansion } from '../engine/bounded-expansion';
import type { EngineMonitor } from '../engine/engine-monitor';
import type { ImageSummary } from '../engine/engine-types';
import { HOLDER_IMAGE } from '../engine/network-holders';
import { ensureStarterImage } from '../engine/starter-image';
import { AppError } from '../errors';
import { isSnapshotImage } from '../snapshots/snapshot-tag';
import type { ActivityCause, TaskRecord } from '../store/records';
import { countBytes } from '../tasks/count-bytes';
import type { TaskService } from '../tasks/task-service';
import { readReference, readTagReference } from './image-reference';

/** Local images: list, pull, import. */
export class ImageService {
  constructor(
    private readonly engines: EngineMonitor,
    private readonly tasks: TaskService,
    private readonly changes: Changes,
  ) {}

  /** Tagged images that sandboxes can start from, newest first, without those of snapshots and our own. */
  async list(): Promise<(Omit<ImageSummary, 'labels' | 'tags'> & { name: string })[]> {
    const images = await this.engines.require().images.list();
    return images
      .flatMap(({ id, tags, sizeBytes, createdAt }) =>
        tags
          .filter((tag) => !isSnapshotImage(tag) && tag !== HOLDER_IMAGE)
          .map((name) => ({ id, name, sizeBytes, createdAt })),
      )
      .sort((a, b) => (a.createdAt < b.createdAt ? 1 : -1));
  }

  /**
   * Starts pulling an image.
   * @throws AppError 400 for a name that no image can have
   */
  async pull(
    request: { uri: string; auth?: { username: string; password: string } },
    cause: ActivityCause,
  ): Promise<TaskRecord> {
    const engine = this.engines.require();
    const { uri, auth } = request;
    readReference(uri);
    const { task } = await this.tasks.start(
      { kind: 'image.pull', title: `Pull ${uri}`, unit: 'bytes', cause },
      async ({ signal, report }) => {
        await engine.images.pull(uri, {
          signal,
          ...(auth === undefined ? {} : { auth }),
          onProgress: ({ doneBytes, totalBytes }) =>
            report({ done: doneBytes, total: totalBytes, unit: 'bytes' }),
        });
        this.changes.emit('images');
        return { image: uri };
      },
    );
    return task;
  }

  /**
   * Makes an image of a root filesystem tar (plain or compressed) that is read as it comes.
   * @returns the task, when it is over: the tar is the request's own body.
   * @throws AppError 400 for a name that no image can have
   */
  async importTar(
    name: string,
    tar: Readable,
    totalBytes: number | undefined,
    cause: ActivityCause,
  ): Promise<TaskRecord> {
    readTagReference(name);
    const engine = this.engines.require();
    const { finished } = await this.tasks.start(
      { kind: 'image.import', title: `Import ${name}`, unit: 'bytes', cause },
      async ({ signal, report }) => {
        const counted = countBytes((done) => report({ done, unit: 'bytes', ...totalOf(totalBytes) }));
        const content = boundedExpansion(bomb);
        // Whoever reads the end of it sees the error.
        pipeline(tar, counted, content, () => undefined);
        await engine.images.import(content, { name, signal, message: 'Imported by OpenSandbox Desktop' });
        this.changes.emit('images');
        return { image: name };
      },
    );
    return finished;
  }

  /** Makes the small starter image, offline. */
  async makeStarter(cause: ActivityCause): Promise<TaskRecord> {
    const engine = this.engines.require();
    const { task } = await this.tasks.start(
      { kind: 'image.starter', title: 'Make the starter image', unit: 'steps', cause },
      async ({ signal, report }) => {
        const { name } = await ensureStarterImage(engine.images, {
          signal,
          onProgress: ({ done, total }) => report({ done, total, unit: 'steps' }),
        });
        this.changes.emit('images');
        return { image: name };
      },
    );
    return task;
  }
}

function bomb(): AppError {
  return new AppError(
    400,
    'SANDBOX::INVALID_PARAMETER',
    'The tar grows to hundreds of times its size when it is unpacked. If that is meant, unpack it and send it plain.',
  );
}

function totalOf(bytes: number | undefined): { total?: number } {
  return bytes === undefined ? {} : { total: bytes };
}

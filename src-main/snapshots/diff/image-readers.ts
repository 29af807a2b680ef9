import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import type { DockerEngine } from '../../engine/docker-engine';
import type { EngineMonitor } from '../../engine/engine-monitor';
import { LABEL_INSTANCE, readerLabels, readLabels } from '../../engine/labels';
import { AppError } from '../../errors';

/** Looking at one file after the other takes one container. */
const IDLE_MS = 5_000;
const MAX_IDLE = 4;

interface Reader {
  engine: DockerEngine;
  container: Promise<string>;
  users: number;
  timer: NodeJS.Timeout | undefined;
}

/** A container to read an image's files through; `release` has to be called once. */
export interface ReaderLease {
  containerId: string;
  release: () => void;
}

/**
 * Files of images are read through containers that are made and never started: the engine has no other way to one
 * file of an image. They are few, go after some seconds, and what a crash leaves goes when an engine is found.
 */
export class ImageReaders {
  private readonly readers = new Map<string, Reader>();
  private readonly removals = new Set<Promise<void>>();

  constructor(
    engines: EngineMonitor,
    private readonly options: { instanceId: string; logger: Logger },
  ) {
    engines.on('change', (state) => {
      if (state.state !== 'connected') return;
      this.sweep(state.engine).catch((error: unknown) =>
        options.logger.warn({ error }, 'leftover readers could not be removed'),
      );
    });
  }

  /** @throws AppError 409 `SNAPSHOT::IMAGE_MISSING` when the engine has no such image */
  async lease(engine: DockerEngine, imageId: string): Promise<ReaderLease> {
    const known = this.readers.get(imageId);
    const reader = known?.engine === engine ? known : this.open(engine, imageId);
    reader.users += 1;
    clearTimeout(reader.timer);
    const release = () => this.release(imageId, reader);
    try {
      return { containerId: await reader.container, release };
    } catch (error) {
      release();
      throw error;
    }
  }

  /** Lets go of an image at once, because it is to be removed or its reader has been. */
  drop(imageId: string): void {
    const reader = this.readers.get(imageId);
    if (reader === undefined) return;
    this.readers.delete(imageId);
    clearTimeout(reader.timer);
    if (reader.users === 0) this.remove(reader);
  }

  /** Lets go of an image as {@link drop} does; readers that nobody uses are gone when this resolves. */
  async dropped(imageId: string): Promise<void> {
    this.drop(imageId);
    await Promise.all(this.removals);
  }

  /** Removes every reader. */
  async close(): Promise<void> {
    for (const imageId of [...this.readers.keys()]) {
      const reader = this.readers.get(imageId);
      if (reader !== undefined) reader.users = 0;
      this.drop(imageId);
    }
    await Promise.all(this.removals);
  }

  private open(engine: DockerEngine, imageId: string): Reader {
    const container = create(engine, imageId, this.options.instanceId);
    const reader: Reader = { engine, container, users: 0, timer: undefined };
    this.readers.set(imageId, reader);
    container.catch(() => {
      if (this.readers.get(imageId) === reader) this.readers.delete(imageId);
    });
    return reader;
  }

  private release(imageId: string, reader: Reader): void {
    reader.users -= 1;
    if (reader.users > 0) return;
    if (this.readers.get(imageId) !== reader) {
      this.remove(reader);
      return;
    }
    reader.timer = setTimeout(() => this.drop(imageId), IDLE_MS).unref();
    const idle = [...this.readers].filter(([, each]) => each.users === 0);
    const [oldest] = idle;
    if (idle.length > MAX_IDLE && oldest !== undefined) this.drop(oldest[0]);
  }

  private remove(reader: Reader): void {
    const removal = reader.container
      .then((id) => reader.engine.containers.remove(id))
      // Gone with its engine, or removed by the sweep when the engine is back.
      .catch((error: unknown) => this.options.logger.warn({ error }, 'a reader could not be removed'))
      .finally(() => this.removals.delete(removal));
    this.removals.add(removal);
  }

  /** Removes readers that a crash or an outage left. */
  private async sweep(engine: DockerEngine): Promise<void> {
    const label = `${LABEL_INSTANCE}=${this.options.instanceId}`;
    const found = await engine.containers.list(label);
    const own = new Set(await Promise.all([...this.readers.values()].map((each) => idOf(each))));
    for (const { id, labels } of found) {
      if (readLabels(labels)?.kind === 'reader' && !own.has(id)) await engine.containers.remove(id);
    }
  }
}

async function idOf(reader: Reader): Promise<string | undefined> {
  return reader.container.catch(() => undefined);
}

async function create(engine: DockerEngine, imageId: string, instanceId: string): Promise<string> {
  const id = await engine.containers.create({
    name: `opensandbox-reader-${randomUUID()}`,
    image: imageId,
    // Never run, but the engine wants a command.
    entrypoint: ['/nothing'],
    env: [],
    labels: readerLabels(imageId, instanceId),
    network: 'none',
    mounts: [],
  });
  if (id !== undefined) return id;
  throw new AppError(
    409,
    'SNAPSHOT::IMAGE_MISSING',
    'The image of the snapshot is no longer on the engine. Load it back, or take another snapshot.',
  );
}

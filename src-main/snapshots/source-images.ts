import type { DockerEngine } from '../engine/docker-engine';
import type { ImageFacts } from '../engine/engine-types';
import { AppError } from '../errors';

/** Sandboxes whose images are remembered; each takes about a kilobyte. */
const REMEMBERED = 256;

/**
 * The images that sandboxes' containers were made from. A container never changes its image, and the engine keeps the
 * image as long as the container is there, so two calls per capture are spared and the first ones can be made ahead.
 */
export class SourceImages {
  private readonly known = new Map<string, Promise<ImageFacts>>();

  /** @throws AppError 409 `SNAPSHOT::INVALID_SOURCE_STATE` when the container or its image is gone */
  of(engine: DockerEngine, containerId: string): Promise<ImageFacts> {
    const known = this.known.get(containerId);
    if (known !== undefined) return known;
    const asked = readSourceImage(engine, containerId);
    this.known.set(containerId, asked);
    asked.catch(() => this.known.delete(containerId));
    const [oldest] = this.known.keys();
    if (this.known.size > REMEMBERED && oldest !== undefined) this.known.delete(oldest);
    return asked;
  }

  /** Asks ahead for a capture that is about to come; a failure shows when the capture itself asks. */
  prepare(engine: DockerEngine, containerId: string): void {
    this.of(engine, containerId).catch(() => undefined);
  }
}

async function readSourceImage(engine: DockerEngine, containerId: string): Promise<ImageFacts> {
  const container = await engine.containers.inspect(containerId);
  const base = container === undefined ? undefined : await engine.images.inspect(container.imageId);
  if (base !== undefined) return base;
  throw new AppError(
    409,
    'SNAPSHOT::INVALID_SOURCE_STATE',
    'The source sandbox, or the image that it was made from, is no longer on the engine.',
  );
}

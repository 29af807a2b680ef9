import type { DockerEngine } from '../engine/docker-engine';
import type { ImageFacts } from '../engine/engine-types';
import { isWrittenLayerEmpty } from '../engine/written-layer';
import { AppError } from '../errors';

/** Sandboxes whose images are remembered; each takes about a kilobyte. */
const REMEMBERED = 256;

interface Source {
  image: ImageFacts;
  writtenLayerPath: string | undefined;
}

/**
 * The images that sandboxes' containers were made from. A container never changes its image, and the engine keeps the
 * image as long as the container is there, so two calls per capture are spared and the first ones can be made ahead.
 */
export class SourceImages {
  private readonly known = new Map<string, Promise<Source>>();

  /** @throws AppError 409 `SNAPSHOT::INVALID_SOURCE_STATE` when the container or its image is gone */
  async of(engine: DockerEngine, containerId: string): Promise<ImageFacts> {
    return (await this.sourceOf(engine, containerId)).image;
  }

  /**
   * Whether the container is, at a moment of this call, exactly as its image is. False where that cannot be told
   * (docs/decisions/021).
   * @throws AppError as {@link of}
   */
  async isUntouched(engine: DockerEngine, containerId: string): Promise<boolean> {
    const { writtenLayerPath } = await this.sourceOf(engine, containerId);
    return writtenLayerPath !== undefined && (await isWrittenLayerEmpty(writtenLayerPath));
  }

  /** Asks ahead for a capture that is about to come; a failure shows when the capture itself asks. */
  prepare(engine: DockerEngine, containerId: string): void {
    this.sourceOf(engine, containerId).catch(() => undefined);
  }

  private sourceOf(engine: DockerEngine, containerId: string): Promise<Source> {
    const known = this.known.get(containerId);
    if (known !== undefined) return known;
    const asked = readSource(engine, containerId);
    this.known.set(containerId, asked);
    asked.catch(() => this.known.delete(containerId));
    const [oldest] = this.known.keys();
    if (this.known.size > REMEMBERED && oldest !== undefined) this.known.delete(oldest);
    return asked;
  }
}

async function readSource(engine: DockerEngine, containerId: string): Promise<Source> {
  const container = await engine.containers.inspect(containerId);
  const image = container === undefined ? undefined : await engine.images.inspect(container.imageId);
  if (image !== undefined) return { image, writtenLayerPath: container?.writtenLayerPath };
  throw new AppError(
    409,
    'SNAPSHOT::INVALID_SOURCE_STATE',
    'The source sandbox, or the image that it was made from, is no longer on the engine.',
  );
}

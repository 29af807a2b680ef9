import type { Readable } from 'node:stream';
import type Docker from 'dockerode';
import { AppError } from '../errors';
import { engineMessage, engineStatus, translateEngineError } from './engine-errors';
import type { SilenceWatch } from './silence-watch';

/** `GET /images/get?names=…`, which the typings leave out. */
interface SavesImages {
  getImages(options: { names: string[] }): Promise<Readable>;
}

/** As the engine says it; dockerode types the answer as any. */
interface EngineChange {
  Path: string;
  Kind: number;
}

/** What a container's own layer did to a path (Docker API `GET /containers/{id}/changes`). */
export interface ContainerChange {
  /** Absolute. */
  path: string;
  /** `deleted` is also said of a directory that was removed and made again. */
  kind: 'modified' | 'added' | 'deleted';
}

/** How an engine answers of what it is just removing: with the files gone, and not yet the container or image. */
const FILES_GONE = /no such file or directory/;
const IMAGE_GONE = /no such image|reference does not exist/i;

const KINDS = ['modified', 'added', 'deleted'] as const;

/** Calls that tell which files images and containers hold, without starting anything. */
export class FilesystemFacts {
  constructor(
    private readonly docker: Docker,
    private readonly watch: SilenceWatch,
  ) {}

  /**
   * Images as one archive, in which layers that they share come once (`GET /images/get`).
   * @param images by id, or by a name that the archive is then to have too
   * @throws AppError `DOCKER::IMAGE_FAILED`, with 404 when one of them was deleted meanwhile
   */
  async saveImages(images: readonly string[]): Promise<Readable> {
    try {
      const docker = this.docker as unknown as SavesImages;
      return await docker.getImages({ names: [...images] });
    } catch (error) {
      const words = engineMessage(error);
      const isAnswer = engineStatus(error) !== undefined;
      if (isAnswer && (IMAGE_GONE.test(words) || FILES_GONE.test(words))) throw imageWent(error);
      throw translateEngineError(error, {
        code: 'DOCKER::IMAGE_FAILED',
        doing: 'Could not read the layers of the image',
      });
    }
  }

  /** Undefined when there is no such container. */
  async containerChanges(containerId: string): Promise<ContainerChange[] | undefined> {
    try {
      // Where nothing changed the engine answers null, of which dockerode makes the bytes of that word.
      const found: unknown = await this.docker.getContainer(containerId).changes();
      if (!Array.isArray(found)) return [];
      return (found as EngineChange[]).map(({ Path: path, Kind: kind }) => ({
        path,
        kind: KINDS[kind] ?? 'modified',
      }));
    } catch (error) {
      if (engineStatus(error) === 404 || FILES_GONE.test(engineMessage(error))) return undefined;
      throw translateEngineError(error, {
        code: 'DOCKER::SANDBOX_QUERY_FAILED',
        doing: 'Could not ask the engine what the sandbox changed',
      });
    }
  }

  /**
   * Bytes in the files that a container itself wrote (`GET /containers/{id}/json?size=true`). The engine walks them,
   * whatever the size of the image. Undefined when there is no such container.
   */
  async writtenBytes(containerId: string): Promise<number | undefined> {
    try {
      const info = await this.watch.whileSpokenOf(containerId, (abortSignal) => {
        // The typings lack the option and the sizes that it adds. A size of 0 is left out.
        const withSizes: Docker.ContainerInspectOptions & { size: boolean } = { size: true, abortSignal };
        return this.docker.getContainer(containerId).inspect(withSizes);
      });
      return (info as { SizeRw?: number }).SizeRw ?? 0;
    } catch (error) {
      if (engineStatus(error) === 404) return undefined;
      throw translateEngineError(error, {
        code: 'DOCKER::SANDBOX_QUERY_FAILED',
        doing: 'Could not ask the engine how much the sandbox wrote',
      });
    }
  }
}

function imageWent(cause: unknown): AppError {
  return new AppError(
    404,
    'DOCKER::IMAGE_FAILED',
    'An image was deleted while its layers were being read. Look at what is still there, and ask again.',
    { cause },
  );
}

import type { Readable } from 'node:stream';
import type Docker from 'dockerode';
import { AppError } from '../errors';
import { engineMessage, engineStatus, translateEngineError, type EngineOperation } from './engine-errors';
import type {
  HistoryEntry,
  ImageConfig,
  ImageFacts,
  ImageSummary,
  PullProgress,
  RegistryAuth,
} from './engine-types';
import type { FreezeGate } from './freeze-gate';
import type { SilenceWatch } from './silence-watch';
import { jsonLines, streamedError } from './json-stream';
import { LayerProgress } from './layer-progress';

const LIST_ATTEMPTS = 5;

export interface CommitRequest {
  containerId: string;
  /** Tag to give; without it the image stays untagged. */
  tag?: { repo: string; tag: string };
  config: ImageConfig;
  comment: string;
  /**
   * The engine freezes the container, unless the caller has done so and thaws it (`Containers.whileFrozen`), or nobody
   * is to: what its processes change meanwhile may then be in the image in part.
   */
  frozenBy?: 'caller' | 'nobody';
}

/** Image calls of the Docker API. Every failure is an AppError. */
export class Images {
  constructor(
    private readonly docker: Docker,
    private readonly gate: FreezeGate,
    private readonly watch: SilenceWatch,
  ) {}

  /** Facts of an image by id or name; undefined when the engine has none (`GET /images/{name}/json`). */
  async inspect(ref: string): Promise<ImageFacts | undefined> {
    try {
      const info = await this.docker.getImage(ref).inspect();
      // The typings lag behind the API: the engine's config object holds just the fields of ImageConfig and more.
      const config = info.Config as unknown as ImageConfig;
      const variant: unknown = (info as { Variant?: unknown }).Variant;
      return {
        id: info.Id,
        tags: info.RepoTags,
        sizeBytes: info.Size,
        createdAt: info.Created,
        architecture: info.Architecture,
        os: info.Os,
        ...(typeof variant === 'string' && variant !== '' ? { variant } : {}),
        layers: info.RootFS.Layers ?? [],
        config,
      };
    } catch (error) {
      if (isGone(error)) return undefined;
      throw translateEngineError(error, imageOperation('Could not inspect the image'));
    }
  }

  /** All tagged images, or only those of one repository or label; with `all`, also unnamed ones below others. */
  async list(filters: Record<string, string[]> = {}, all = false): Promise<ImageSummary[]> {
    try {
      const found = await this.listSteadily({ filters: JSON.stringify(filters), all });
      return found.map((each) => ({
        id: each.Id,
        // Old engines answer null labels and `<none>:<none>` for untagged images.
        tags: ((each.RepoTags as string[] | null) ?? []).filter((tag) => tag !== '<none>:<none>'),
        labels: (each.Labels as Record<string, string> | null) ?? {},
        sizeBytes: each.Size,
        createdAt: new Date(each.Created * 1000).toISOString(),
      }));
    } catch (error) {
      throw translateEngineError(error, imageOperation('Could not list images'));
    }
  }

  /** A list fails as a whole when one of its images is being removed; the next one is without it. */
  private async listSteadily(query: Docker.ListImagesOptions): Promise<Docker.ImageInfo[]> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.docker.listImages(query);
      } catch (error) {
        if (attempt === LIST_ATTEMPTS || !isGone(error)) throw error;
      }
    }
  }

  /** Newest entry first (`GET /images/{id}/history`). */
  async history(ref: string): Promise<HistoryEntry[]> {
    try {
      const entries = (await this.docker.getImage(ref).history()) as {
        Created: number;
        CreatedBy: string;
        Comment: string;
        Size: number;
      }[];
      return entries.map((each) => ({
        createdAt: new Date(each.Created * 1000).toISOString(),
        createdBy: each.CreatedBy,
        comment: each.Comment,
        sizeBytes: each.Size,
      }));
    } catch (error) {
      throw translateEngineError(error, imageOperation('Could not read the history of the image'));
    }
  }

  /**
   * Commits a container while the engine freezes it (`POST /commit?pause=true`), unless told otherwise.
   * The engine merges the container's own environment, labels and command into whatever `config` leaves empty.
   * @returns the new image's id.
   * @throws AppError with the engine's words; `engineStatus` of it tells 404 and 409 apart. 503 once the engine no longer
   * speaks of the container: it may still make the image, later.
   */
  async commit(request: CommitRequest): Promise<string> {
    try {
      const container = this.docker.getContainer(request.containerId);
      const commit = {
        container: request.containerId,
        pause: request.frozenBy !== 'nobody',
        comment: request.comment,
      };
      // dockerode types the answer of a commit as any.
      const commits = () =>
        this.watch.whileSpokenOf(
          request.containerId,
          (abortSignal) =>
            container.commit({
              _query: { ...commit, ...(request.tag ?? {}) },
              _body: request.config,
              abortSignal,
            }) as Promise<unknown>,
        );
      const made =
        request.frozenBy === undefined
          ? await this.gate.freeze<unknown>(request.containerId, commits)
          : await commits();
      if (typeof made === 'object' && made !== null && 'Id' in made && typeof made.Id === 'string')
        return made.Id;
      throw new Error('the engine answered a commit without an image id');
    } catch (error) {
      throw translateEngineError(error, {
        code: 'SNAPSHOT::CAPTURE_FAILED',
        doing: 'Could not commit the sandbox',
      });
    }
  }

  /** Adds a name to an image (`POST /images/{id}/tag`). */
  async tag(ref: string, repo: string, tag: string): Promise<void> {
    try {
      await this.docker.getImage(ref).tag({ repo, tag });
    } catch (error) {
      throw translateEngineError(error, imageOperation('Could not tag the image'));
    }
  }

  /**
   * Removes a name or, by id, the image (`DELETE /images/{name}?force=`). With `force` a name goes even while
   * containers use the image: the engine keeps the layers until they are gone.
   * @returns false when there was no such image.
   * @throws AppError whose `engineStatus` is 409 while something still needs the image.
   */
  async remove(ref: string, force: boolean): Promise<boolean> {
    try {
      await this.docker.getImage(ref).remove({ force });
      return true;
    } catch (error) {
      if (isGone(error)) return false;
      throw translateEngineError(error, imageOperation('Could not remove the image'));
    }
  }

  /**
   * Pulls an image (`POST /images/create?fromImage=`), reporting bytes over all layers.
   * @throws AppError `DOCKER::SANDBOX_IMAGE_PULL_FAILED` with the registry's or engine's reason.
   */
  async pull(
    uri: string,
    options: {
      auth?: RegistryAuth;
      platform?: string;
      signal?: AbortSignal;
      onProgress?: (progress: PullProgress) => void;
    } = {},
  ): Promise<void> {
    const { auth, platform, signal, onProgress } = options;
    try {
      const stream = await this.docker.pull(withTag(uri), {
        ...(platform === undefined ? {} : { platform }),
        ...(auth === undefined ? {} : { authconfig: auth }),
        ...(signal === undefined ? {} : { abortSignal: signal }),
      });
      const layers = new LayerProgress('Downloading');
      for await (const entry of jsonLines(stream)) {
        const failure = streamedError(entry);
        if (failure !== undefined) throw failure;
        const progress = layers.note(entry);
        if (progress !== undefined) onProgress?.(progress);
      }
    } catch (error) {
      if (signal?.aborted === true) throw cancelled(error);
      const translated = translateEngineError(error, pullFailed(uri));
      // Unknown image and bad name are one thing to the caller: this image cannot be had (CONTRACT.md 2.2).
      throw translated.status === 503 || translated.status === 507
        ? translated
        : new AppError(500, 'DOCKER::SANDBOX_IMAGE_PULL_FAILED', pullMessage(uri, engineMessage(error)), {
            cause: error,
          });
    }
  }

  /**
   * Makes an image of one layer from a root filesystem tar (`POST /images/create?fromSrc=-`).
   * @param options.name `repo:tag`; without it the image stays untagged.
   * @param options.changes Dockerfile instructions for the configuration.
   * @returns the new image's id.
   */
  async import(
    tar: Readable,
    options: { name?: string; changes?: string[]; message?: string; signal?: AbortSignal },
  ): Promise<string> {
    const { repo, tag } =
      options.name === undefined ? { repo: undefined, tag: undefined } : splitName(options.name);
    try {
      const stream = await this.docker.importImage(tar, {
        ...(repo === undefined ? {} : { repo, tag }),
        ...(options.changes === undefined ? {} : { changes: options.changes }),
        ...(options.message === undefined ? {} : { message: options.message }),
        ...(options.signal === undefined ? {} : { abortSignal: options.signal }),
      });
      let id: string | undefined;
      for await (const entry of jsonLines(stream)) {
        const failure = streamedError(entry);
        if (failure !== undefined) throw failure;
        const status = entry['status'];
        if (typeof status === 'string' && status.startsWith('sha256:')) id = status;
      }
      if (id === undefined) throw new Error('the engine answered without an image id');
      return id;
    } catch (error) {
      if (options.signal?.aborted === true) throw cancelled(error);
      throw translateEngineError(error, imageOperation('Could not import the root filesystem'));
    }
  }

  /**
   * Loads an image archive (`POST /images/load`). When the archive fails, so does the request, and the engine makes
   * nothing of the part it got.
   * @throws AppError also for what the engine only reports inside a 200 answer.
   */
  async load(archive: Readable): Promise<void> {
    try {
      const stream = await this.docker.loadImage(archive, { quiet: true });
      for await (const entry of jsonLines(stream)) {
        const failure = streamedError(entry);
        if (failure !== undefined) throw failure;
      }
    } catch (error) {
      throw translateEngineError(error, imageOperation('Could not load the image'));
    }
  }
}

/** Splits `host:5000/repo:tag` at the tag; `latest` where none is given. */
export function splitName(name: string): { repo: string; tag: string } {
  const colon = name.lastIndexOf(':');
  if (colon > name.lastIndexOf('/')) return { repo: name.slice(0, colon), tag: name.slice(colon + 1) };
  return { repo: name, tag: 'latest' };
}

function withTag(uri: string): string {
  if (uri.includes('@')) return uri;
  const { repo, tag } = splitName(uri);
  return `${repo}:${tag}`;
}

/** 404, or the 500 by which Docker before 25 answers for an image that is being removed at this moment. */
function isGone(error: unknown): boolean {
  return engineStatus(error) === 404 || /unrecognized image ID/.test(engineMessage(error));
}

function imageOperation(doing: string): EngineOperation {
  return { code: 'DOCKER::IMAGE_FAILED', doing };
}

function pullFailed(uri: string): EngineOperation {
  return { code: 'DOCKER::SANDBOX_IMAGE_PULL_FAILED', doing: `Could not pull ${uri}` };
}

function pullMessage(uri: string, reason: string): string {
  return `The image ${uri} is not on this engine and could not be pulled: ${reason}. Check the name, or import or pull it first.`;
}

function cancelled(cause: unknown): AppError {
  return new AppError(409, 'TASK::CANCELLED', 'Cancelled. Nothing was kept.', { cause });
}

import type Docker from 'dockerode';
import { AppError } from '../errors';
import { engineMessage, translateEngineError } from './engine-errors';
import type { PullProgress, RegistryAuth } from './engine-types';
import type { Images } from './images';
import { jsonLines, streamedError } from './json-stream';
import { LayerProgress } from './layer-progress';

/** Where an image lies in a registry. */
export interface RegistryPlace {
  /** Host with port, `docker.io` for the default one. */
  host: string;
  /** With the host, as `docker push` takes it. */
  repo: string;
  /** A tag, or `sha256:…`. */
  version: string;
  /** Both together: `repo:tag` or `repo@sha256:…`. */
  name: string;
}

export interface RegistryOptions {
  auth: RegistryAuth | undefined;
  signal: AbortSignal;
  onProgress: (progress: PullProgress) => void;
}

/** What an engine that was told to push answers at the end. */
export interface PushedImage {
  digest?: string;
}

/** Images on their way to and from registries, with words for people about what stopped them. */
export class Registries {
  constructor(
    private readonly docker: Docker,
    private readonly images: Images,
  ) {}

  /**
   * Pushes the image that has this name here (`POST /images/{name}/push`).
   * @throws AppError 500 `REGISTRY::PUSH_FAILED`, 409 `TASK::CANCELLED`
   */
  async push(place: RegistryPlace, { auth, signal, onProgress }: RegistryOptions): Promise<PushedImage> {
    try {
      const stream = await this.docker.getImage(place.repo).push({
        tag: place.version,
        // Engines before 23 refuse a push that says nothing of credentials, even where none are needed.
        authconfig: auth ?? {},
        abortSignal: signal,
      });
      const layers = new LayerProgress('Pushing');
      let pushed: PushedImage = {};
      for await (const entry of jsonLines(stream)) {
        const failure = streamedError(entry);
        if (failure !== undefined) throw failure;
        const progress = layers.note(entry);
        if (progress !== undefined) onProgress(progress);
        pushed = { ...pushed, ...digestIn(entry) };
      }
      // A connection that is closed half-way looks like an end.
      signal.throwIfAborted();
      return pushed;
    } catch (error) {
      if (signal.aborted) {
        const words =
          'Cancelled. The registry may keep layers that it has got; without a name nobody sees them.';
        throw new AppError(409, 'TASK::CANCELLED', words, { cause: error });
      }
      throw explained(error, { code: 'REGISTRY::PUSH_FAILED', doing: 'pushed to', place });
    }
  }

  /**
   * Pulls an image by its whole name.
   * @throws AppError 500 `REGISTRY::PULL_FAILED`, 409 `TASK::CANCELLED`
   */
  async pull(place: RegistryPlace, { auth, signal, onProgress }: RegistryOptions): Promise<void> {
    try {
      await this.images.pull(place.name, {
        signal,
        onProgress,
        ...(auth === undefined ? {} : { auth }),
      });
    } catch (error) {
      if (signal.aborted || !(error instanceof AppError) || error.status === 503) throw error;
      throw explained(error.cause, { code: 'REGISTRY::PULL_FAILED', doing: 'pulled from', place });
    }
  }
}

interface Attempt {
  code: string;
  doing: 'pushed to' | 'pulled from';
  place: RegistryPlace;
}

function explained(error: unknown, { code, doing, place }: Attempt): AppError {
  const translated = translateEngineError(error, { code, doing });
  if (translated.status === 503) return translated;
  const reason = engineMessage(error);
  const message = `${place.name} could not be ${doing} the registry: ${reason.replace(/\.?$/, '.')} ${adviceFor(reason, place)}`;
  return new AppError(500, code, message, { cause: error });
}

/** What engines and registries say, and what a person can do about it. */
function adviceFor(reason: string, { host }: RegistryPlace): string {
  if (/HTTP response to HTTPS client|x509|certificate|tls:/i.test(reason))
    return `${host} does not speak HTTPS in a way that the engine trusts: give the engine its certificate, or list it under "insecure-registries" in the engine's daemon.json.`;
  if (/connection refused|no such host|no route|timeout|deadline|unreachable|EOF/i.test(reason))
    return `Check that ${host} is right and runs, and that the machine of the Docker engine can reach it.`;
  if (/manifest unknown|manifest for .* not found|name unknown/i.test(reason))
    return 'Check the name and the tag.';
  if (/unauthorized|denied|authentication|authorization|credentials|no basic auth|forbidden/i.test(reason))
    return `Check the user name and password, or log in once with "docker login ${host}", and that this user may use the repository.`;
  if (/verification failed|unexpected EOF|digest/i.test(reason))
    return 'What the registry holds is damaged: push the snapshot again where it comes from.';
  return 'Try again.';
}

function digestIn({ aux }: Record<string, unknown>): PushedImage {
  if (typeof aux !== 'object' || aux === null || !('Digest' in aux)) return {};
  return typeof aux.Digest === 'string' ? { digest: aux.Digest } : {};
}

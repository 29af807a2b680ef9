import { AppError, messageOf } from '../errors';

/** Codes of node:net and docker-modem that mean "nobody answers", not "the engine refused". */
const UNREACHABLE_CODES = new Set([
  'ECONNREFUSED',
  'ENOENT',
  'EACCES',
  'ECONNRESET',
  'EPIPE',
  'ENOTFOUND',
  'EHOSTUNREACH',
  'ETIMEDOUT',
  'UND_ERR_SOCKET',
]);

/** What an engine call was for, so that its failure gets the code and words of CONTRACT.md 2.1. */
export interface EngineOperation {
  /** Such as `DOCKER::SANDBOX_START_FAILED`. */
  code: string;
  /** Such as `Could not start the sandbox`. */
  doing: string;
}

/**
 * The 503 of CONTRACT.md 2.1 for an engine that cannot be used.
 * @param detail why; said alone where it is a sentence of its own
 * @param advice what to do about it, as the beginning of a sentence
 */
export function engineUnavailable(detail: string, cause?: unknown, advice = 'Start it'): AppError {
  const words = detail.replace(/\.$/, '');
  const what = /^[A-Z]/.test(words) ? words : `The Docker engine cannot be reached: ${words}`;
  return new AppError(
    503,
    'DOCKER::INITIALIZATION_ERROR',
    `${what}. ${advice}; this server goes on by itself when it answers.`,
    { cause },
  );
}

/** HTTP status that the engine answered with, if it answered. */
export function engineStatus(error: unknown): number | undefined {
  const source = error instanceof AppError ? error.cause : error;
  if (typeof source === 'object' && source !== null && 'statusCode' in source) {
    return typeof source.statusCode === 'number' ? source.statusCode : undefined;
  }
  return undefined;
}

/** Whether a container whose removal was refused is gone already, or going: nothing is left to do. */
export function isGoneAnyway(error: unknown): boolean {
  const status = engineStatus(error);
  return status === 404 || (status === 409 && /already in progress/.test(String(error)));
}

/** The engine's words for a container that was removed, or is going while it is asked for. */
const CONTAINER_GOES = /no such container|being removed|marked for removal|which is dead/i;
/** The same of one whose own layer has gone already, which the engine takes for a fault of its own (500). */
const LAYER_WENT = /RWLayer of container \S+ is unexpectedly nil/;

const TOO_MANY_FILES = /\b(EMFILE|ENFILE)\b/;
const NO_SPACE = /no space left on device|disk quota exceeded/i;

/**
 * Translates whatever dockerode threw. A bad request is the caller's fault (400), a container that is gone a 404, a
 * full disk a 507, the rest is a 500.
 */
export function translateEngineError(error: unknown, operation: EngineOperation): AppError {
  if (error instanceof AppError) return error;
  const status = engineStatus(error);
  const detail = engineMessage(error);
  if (status === undefined && isUnreachable(error)) return engineUnavailable(detail, error);
  if (status === undefined && TOO_MANY_FILES.test(detail)) {
    const advice = 'Close some of its clients, or allow it more open files (ulimit -n); then try again';
    return new AppError(
      503,
      operation.code,
      `${operation.doing}: this server has too many files open. ${advice}.`,
      {
        cause: error,
      },
    );
  }
  if (status === 400) {
    return new AppError(400, 'SANDBOX::INVALID_PARAMETER', `${operation.doing}: ${detail}`, { cause: error });
  }
  if (NO_SPACE.test(detail)) {
    const advice = 'Free space there, in Disk or with: docker system df; then try again';
    return new AppError(
      507,
      operation.code,
      `${operation.doing}, the engine's disk is full: ${detail}. ${advice}.`,
      {
        cause: error,
      },
    );
  }
  const goes = (status === 404 || status === 409) && CONTAINER_GOES.test(detail);
  if (goes || LAYER_WENT.test(detail)) {
    return new AppError(404, 'DOCKER::SANDBOX_NOT_FOUND', `${operation.doing}: its container is gone.`, {
      cause: error,
    });
  }
  return new AppError(500, operation.code, `${operation.doing}: ${detail}`, { cause: error });
}

/** dockerode's frame around the engine's words: `(HTTP code 404) no such image - … `. */
const FRAME = /^\(HTTP code \d+\) [^-]*- (.*?)\s*$/s;

/** The engine's own words without dockerode's frame. */
export function engineMessage(error: unknown): string {
  if (typeof error === 'object' && error !== null && 'json' in error) {
    const body: unknown = error.json;
    if (typeof body === 'object' && body !== null && 'message' in body && typeof body.message === 'string') {
      return body.message;
    }
  }
  // Calls that answer with a stream have no parsed body.
  const message = messageOf(error);
  return FRAME.exec(message)?.[1] ?? message;
}

function isUnreachable(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  const code = 'code' in error ? error.code : undefined;
  if (typeof code === 'string') return UNREACHABLE_CODES.has(code);
  return messageOf(error) === 'socket hang up';
}

/** Options of an {@link AppError} beyond what every error has. */
export interface AppErrorOptions {
  /** What went wrong underneath; logged, never sent to a client. */
  cause?: unknown;
}

/**
 * The one error class of the product. Thrown by the engine, the store and the services, written to the
 * wire as `{code, message}` by the one error handler in `src-main/http`.
 */
export class AppError extends Error {
  override readonly name = 'AppError';

  /**
   * @param status HTTP status that fits the fault.
   * @param code machine-readable code of CONTRACT.md section 2.1, such as `SNAPSHOT::NOT_FOUND`.
   * @param message what happened and what to do next; safe to show to any client.
   */
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    options: AppErrorOptions = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
  }
}

/** The message of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Whatever was thrown as an Error, for streams that take nothing else. */
export function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

/** Turns a forgotten case of a union into a compile error; reached at run time only with bad data. */
export function assertNever(value: never): never {
  throw new Error(`Unexpected value: ${JSON.stringify(value)}`);
}

import type { Readable } from 'node:stream';

/** One command to run inside a sandbox, as section 4.3 of the contract describes it. */
export interface CommandSpec {
  /** Text for the shell (`bash -c`, else `sh -c`). */
  command: string;
  /** A leading `~` and `$NAME` stand for the sandbox's environment; the container's directory when absent. */
  cwd?: string;
  /** `cwd` stands for itself; nothing in it is expanded. */
  cwdIsLiteral?: boolean;
  /** On top of the container's environment, for this run only. */
  envs?: Record<string, string>;
  uid?: number;
  gid?: number;
  /** `$1`, `$2`, … of the shell's text. */
  args?: readonly string[];
  /** A file descriptor from 5 to 9 that leads to stdout too. */
  stdoutAlso?: number;
  /** Sends stderr into stdout, in the order of writing; the command's `stderr` is then empty. */
  mergeStderr?: boolean;
}

export type CommandSignal = 'TERM' | 'KILL' | 'INT';

/**
 * A command that has started. Its streams carry this command's bytes and nobody else's; both must be read, because
 * the one that is not read holds up the other.
 */
export interface RunningCommand {
  stdout: Readable;
  stderr: Readable;
  /**
   * Resolves when the command has ended and all its bytes are in the streams; never rejects. Who wants the bytes
   * waits for the streams' end too.
   */
  exit: Promise<CommandExit>;
  /** Sends a signal to the command's whole process group; does nothing once it has ended. */
  kill(signal: CommandSignal): Promise<void>;
}

export interface CommandExit {
  /** Exit code; 128 + n when a signal n ended it. */
  code: number;
  /** Set when nobody could say how it ended: the sandbox stopped, or its shell was killed. In words. */
  lost?: string;
}

export interface HelperResult {
  code: number;
  stdout: Buffer;
  stderr: Buffer;
}

/** What a helper's script calls, once, to have printed what it was given as input. */
export const PRINT_INPUT = '_osd_input';

export interface HelperOptions {
  /** For {@link PRINT_INPUT}: a warm shell prints it by itself, with no process between. */
  input?: Buffer;
  /** `$1`, `$2`, … of the script. */
  args?: readonly string[];
}

/**
 * Runs commands inside sandboxes by the cheapest way that is exact: a warm shell where there is one, a plain Docker
 * exec elsewhere. The results are the same.
 */
export interface CommandRunner {
  /**
   * @throws AppError 404 unknown sandbox, 503 `DOCKER::SANDBOX_NOT_RUNNING` when it is not Running,
   * 400 `INVALID_REQUEST_BODY` for a cwd that is no directory, 501 `NOT_SUPPORTED` when the image has no shell.
   */
  start(sandboxId: string, spec: CommandSpec): Promise<RunningCommand>;
  /**
   * Runs a small POSIX `sh` script of ours as the container's default user in its default directory, with bytes for
   * its input and its whole output.
   * @param options.input at most a few MiB; larger content goes through archives.
   * @throws AppError as {@link start}
   */
  runHelper(sandboxId: string, script: string, options?: HelperOptions): Promise<HelperResult>;
  /** Whether the sandbox has a usable shell at all. Throws 404 and 503 as {@link start}. */
  hasShell(sandboxId: string): Promise<boolean>;
}

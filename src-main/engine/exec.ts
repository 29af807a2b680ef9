import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type Docker from 'dockerode';
import { AppError } from '../errors';
import { engineMessage, engineStatus, translateEngineError } from './engine-errors';
import { demuxExec, type ExecStreams } from './exec-streams';
import { START_DEADLINE_MS, type FreezeGate } from './freeze-gate';

/** Most processes have printed something by then, and nobody has to ask. */
const FIRST_LOOK_MS = 100;
const LONGEST_LOOK_MS = 1_000;

export interface ExecOptions {
  command: string[];
  /** `NAME=value`, on top of the container's environment. */
  env?: string[];
  workingDir?: string;
  /** `uid` or `uid:gid`; the container's default user when absent. */
  user?: string;
}

export interface TerminalSize {
  rows: number;
  columns: number;
}

export interface ExecFacts {
  /** Not before it has started, which a busy engine does some time after it has answered the start. */
  hasEnded: boolean;
  /** Meaningful once it has ended. */
  exitCode: number;
  /** Process id on the engine's host, not inside the sandbox; 0 before it started. */
  hostPid: number;
}

/** Processes that are started inside a running container (Docker API `exec`). Every failure is an AppError. */
export class Execs {
  constructor(
    private readonly docker: Docker,
    private readonly gate: FreezeGate,
  ) {}

  /**
   * Starts a process with its standard input held open, output demuxed.
   * A command that does not exist does not throw: the engine then writes its reason to stdout and the exit code is
   * 126 or 127.
   * @throws AppError 503 `DOCKER::SANDBOX_NOT_RUNNING` when the container is paused, stopped or gone
   */
  async open(containerId: string, options: ExecOptions): Promise<ExecStreams> {
    const { streams } = await this.gate.start(containerId, async () => {
      const { execId, socket } = await this.start(containerId, options, false);
      const output = new Promise<void>((resolve) => {
        socket.once('data', () => resolve());
        // Not its close: whoever hangs up at once leaves a process behind that is still on its way.
        socket.once('end', resolve);
      });
      return {
        streams: demuxExec(execId, socket),
        arrived: Promise.race([output, this.untilArrived(execId)]),
      };
    });
    return streams;
  }

  /** Starts a process on a terminal: one stream both ways. Throws as {@link open}. */
  async openTerminal(
    containerId: string,
    options: ExecOptions,
  ): Promise<{ execId: string; terminal: Duplex }> {
    const { execId, socket } = await this.gate.start(containerId, async () => {
      const started = await this.start(containerId, options, true);
      return { ...started, arrived: this.untilArrived(started.execId) };
    });
    return { execId, terminal: socket };
  }

  /** @throws AppError 404 when the engine no longer knows it, as after the container's removal. */
  async inspect(execId: string): Promise<ExecFacts> {
    try {
      const info = await this.docker.getExec(execId).inspect();
      const { Running: isRunning, ExitCode: exitCode, Pid: hostPid } = info;
      return { hasEnded: !isRunning && exitCode !== null, exitCode: exitCode ?? 0, hostPid };
    } catch (error) {
      throw translateExecError(error);
    }
  }

  async resize(execId: string, size: TerminalSize): Promise<void> {
    try {
      await this.docker.getExec(execId).resize({ h: size.rows, w: size.columns });
    } catch (error) {
      throw translateExecError(error);
    }
  }

  /**
   * The engine answers a start before it has the process; it is there once it has an id, or has ended already.
   * Asks for as long as a freeze would wait for it.
   */
  private async untilArrived(execId: string): Promise<void> {
    const deadline = performance.now() + START_DEADLINE_MS;
    for (let wait = FIRST_LOOK_MS; performance.now() < deadline; wait = Math.min(2 * wait, LONGEST_LOOK_MS)) {
      await delay(wait, undefined, { ref: false });
      const { hostPid, hasEnded } = await this.inspect(execId);
      if (hostPid !== 0 || hasEnded) return;
    }
  }

  private async start(
    containerId: string,
    options: ExecOptions,
    terminal: boolean,
  ): Promise<{ execId: string; socket: Duplex }> {
    try {
      const exec = await this.docker.getContainer(containerId).exec({
        Cmd: options.command,
        AttachStdin: true,
        AttachStdout: true,
        AttachStderr: true,
        Tty: terminal,
        ...(options.env === undefined ? {} : { Env: options.env }),
        ...(options.workingDir === undefined ? {} : { WorkingDir: options.workingDir }),
        ...(options.user === undefined ? {} : { User: options.user }),
      });
      const socket = await exec.start({ hijack: true, stdin: true, Tty: terminal });
      return { execId: exec.id, socket };
    } catch (error) {
      throw translateExecError(error);
    }
  }
}

/** The engine answers 409 for a paused or stopped container, and 404 or 500 for one that is going. */
function translateExecError(error: unknown): AppError {
  const status = engineStatus(error);
  const gone = status === 404 || status === 409 || /is not running|is paused/.test(engineMessage(error));
  if (gone) {
    return new AppError(
      503,
      'DOCKER::SANDBOX_NOT_RUNNING',
      'The sandbox is not running. Resume it, or create a new one if it has ended.',
      { cause: error },
    );
  }
  return translateEngineError(error, {
    code: 'RUNTIME_ERROR',
    doing: 'Could not run something in the sandbox',
  });
}

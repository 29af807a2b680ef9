import { setTimeout as delay } from 'node:timers/promises';
import { nowIso } from '../ids';
import type { CommandExit, CommandSignal, RunningCommand } from './exec-types';

/** Between the polite signal and the one that cannot be refused (CONTRACT.md 4.3). */
const KILL_AFTER_MS = 3_000;
/** While the sandbox is frozen no signal can be sent; it is tried again at this pace. */
const SIGNAL_RETRY_MS = 500;
/** setTimeout takes no more; about 24 days. */
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;
const TERMINATED_CODE = 143;

/** Why a command failed, in the terms of the event stream (CONTRACT.md 4.2). */
export interface ExecutionError {
  ename: string;
  /** The exit code in decimal; clients read it back as a number. */
  evalue: string;
  traceback: string[];
}

export interface ExecutionOutcome {
  code: number;
  /** Absent when the command succeeded. */
  error?: ExecutionError;
}

/** What can be said of a command, also long after its end. */
export interface ExecutionStatus {
  readonly id: string;
  /** The text that was run. */
  readonly content: string;
  readonly isRunning: boolean;
  readonly startedAt: string;
  /** This and the result are there once it has ended. */
  readonly finishedAt: string | undefined;
  readonly result: ExecutionOutcome | undefined;
}

/** One command from its start to its end: its timeout, its interruption and what became of it. */
export class Execution implements ExecutionStatus {
  readonly startedAt = nowIso();
  /** Never rejects. Resolves when all output is in the command's streams. */
  readonly outcome: Promise<ExecutionOutcome>;
  finishedAt: string | undefined;
  result: ExecutionOutcome | undefined;
  private endedBy: string | undefined;
  private readonly timer: NodeJS.Timeout | undefined;

  constructor(
    readonly id: string,
    readonly content: string,
    readonly command: RunningCommand,
    timeoutMs: number | undefined,
  ) {
    if (timeoutMs !== undefined && timeoutMs <= LONGEST_TIMEOUT_MS) {
      this.timer = setTimeout(() => {
        this.endedBy ??= `The command was killed after its timeout of ${timeoutMs} ms.`;
        void this.signal('KILL');
      }, timeoutMs).unref();
    }
    this.outcome = this.settle();
  }

  get isRunning(): boolean {
    return this.result === undefined;
  }

  /** As of now, and without the command's streams and whoever reads them, so that it can be kept. */
  get status(): ExecutionStatus {
    const { id, content, isRunning, startedAt, finishedAt, result } = this;
    return { id, content, isRunning, startedAt, finishedAt, result };
  }

  /**
   * Ends the whole process group: politely at first, by force after 3 s. Does not wait for the end.
   * @throws AppError 503 `DOCKER::SANDBOX_NOT_RUNNING` when the sandbox is paused: the command is left alone then
   */
  async interrupt(): Promise<void> {
    if (!this.isRunning) return;
    const endedBefore = this.endedBy;
    this.endedBy ??= 'The command was interrupted.';
    try {
      await this.command.kill('TERM');
    } catch (error) {
      // It may have ended by itself meanwhile.
      if (this.result !== undefined) return;
      this.endedBy = endedBefore;
      throw error;
    }
    void this.killLater();
  }

  private async killLater(): Promise<void> {
    const ended = await Promise.race([this.outcome, delay(KILL_AFTER_MS, undefined, { ref: false })]);
    if (ended === undefined) await this.signal('KILL');
  }

  private async signal(signal: CommandSignal): Promise<void> {
    while (this.isRunning) {
      try {
        await this.command.kill(signal);
        return;
      } catch {
        await delay(SIGNAL_RETRY_MS, undefined, { ref: false });
      }
    }
  }

  private async settle(): Promise<ExecutionOutcome> {
    const exit = await this.command.exit;
    clearTimeout(this.timer);
    this.result = outcomeOf(exit, this.endedBy);
    this.finishedAt = nowIso();
    return this.result;
  }
}

function outcomeOf({ code, lost }: CommandExit, endedBy: string | undefined): ExecutionOutcome {
  if (code === 0 && lost === undefined && endedBy === undefined) return { code };
  // A command that answers the signal with success was still interrupted: clients wait for an error.
  const reported = code === 0 ? TERMINATED_CODE : code;
  const words = endedBy ?? (lost === undefined ? `exit status ${code}` : `The command was lost: ${lost}.`);
  return {
    code: reported,
    error: { ename: 'CommandExecError', evalue: String(reported), traceback: [words] },
  };
}

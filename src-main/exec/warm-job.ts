import type { ExecStreams } from '../engine/exec-streams';
import { CommandOutput } from './command-output';
import type { CommandExit } from './exec-types';
import { MarkedOutput, type Mark } from './marked-output';
import { SANDBOX_STOPPED } from './shell-errors';

const KEPT_REFUSAL_BYTES = 4_096;

/** How a job began: with its process id, with a reason not to, or not at all, with what was said instead. */
export type JobStart =
  { kind: 'started'; pid: number } | { kind: 'refused'; reason: string } | { kind: 'gone'; output: string };

/** `clean`: the shell is free. `held`: another process still holds its outputs. `gone`: the shell has ended. */
export type JobSettled = 'clean' | 'held' | 'gone';

/** One use of a warm shell: cuts what belongs to it out of the shell's streams. */
export class WarmJob {
  readonly stdout: CommandOutput;
  readonly stderr: CommandOutput;
  readonly started: Promise<JobStart>;
  readonly exit: Promise<CommandExit>;
  readonly settled: Promise<JobSettled>;
  hasEnded = false;

  private readonly out: MarkedOutput;
  private readonly err: MarkedOutput;
  private readonly beforeStart: Buffer[] = [];
  private hasBegun = false;
  private outOpen = false;
  private errOpen = false;
  private exitCode: number | undefined;
  private errEnded = false;
  private verdict: JobSettled | undefined;
  private noteStart!: (start: JobStart) => void;
  private noteExit!: (exit: CommandExit) => void;
  private noteSettled!: (settled: JobSettled) => void;

  /** @param nonce begins the shell's marks */
  constructor(streams: ExecStreams, nonce: string) {
    this.stdout = new CommandOutput(streams.stdout);
    this.stderr = new CommandOutput(streams.stderr);
    this.started = new Promise((resolve) => (this.noteStart = resolve));
    this.exit = new Promise((resolve) => (this.noteExit = resolve));
    this.settled = new Promise((resolve) => (this.noteSettled = resolve));
    this.out = new MarkedOutput(
      nonce,
      (bytes) => (this.outOpen ? this.stdout.give(bytes) : this.keepRefusal(bytes)),
      (mark) => this.outMark(mark),
    );
    this.err = new MarkedOutput(
      nonce,
      (bytes) => (this.errOpen ? this.stderr.give(bytes) : undefined),
      (mark) => this.errMark(mark),
    );
  }

  /** Only the verdict will come: nothing is run. */
  expectVerdict(): void {
    this.hasBegun = true;
    this.errEnded = true;
  }

  takeOut(chunk: Buffer): void {
    this.out.take(chunk);
  }

  takeErr(chunk: Buffer): void {
    this.err.take(chunk);
  }

  /** The shell's streams have ended. */
  lose(): void {
    this.out.end();
    this.err.end();
    this.noteStart({ kind: 'gone', output: Buffer.concat(this.beforeStart).toString() });
    this.end({ code: 137, lost: SANDBOX_STOPPED });
    this.noteSettled('gone');
  }

  private outMark(mark: Mark): void {
    switch (mark.kind) {
      case 'start':
        this.hasBegun = true;
        this.outOpen = true;
        this.noteStart({ kind: 'started', pid: Number(mark.text) });
        return;
      case 'refused':
        this.hasBegun = true;
        this.noteStart({ kind: 'refused', reason: mark.text });
        return;
      case 'end':
        if (!this.hasBegun) {
          // The process that waited for the job was killed, and nobody will do the job.
          this.lose();
          return;
        }
        this.outOpen = false;
        this.exitCode = Number(mark.text);
        this.endIfComplete();
        return;
      case 'settled':
        this.verdict = mark.text === '0' ? 'clean' : 'held';
        this.settleIfComplete();
    }
  }

  private errMark(mark: Mark): void {
    if (mark.kind === 'start') this.errOpen = true;
    if (mark.kind !== 'end') return;
    this.errOpen = false;
    this.errEnded = true;
    this.endIfComplete();
    this.settleIfComplete();
  }

  private endIfComplete(): void {
    if (this.exitCode !== undefined && this.errEnded) this.end({ code: this.exitCode });
  }

  /** The two streams come separately: while stderr's last bytes are on their way the shell is not free. */
  private settleIfComplete(): void {
    if (this.verdict !== undefined && this.errEnded) this.noteSettled(this.verdict);
  }

  private end(exit: CommandExit): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
    this.stdout.finish();
    this.stderr.finish();
    this.noteExit(exit);
  }

  /** What comes before the start is either an earlier command's or the engine's reason not to start a shell. */
  private keepRefusal(bytes: Buffer): void {
    const kept = this.beforeStart.reduce((sum, each) => sum + each.length, 0);
    if (kept < KEPT_REFUSAL_BYTES) this.beforeStart.push(Buffer.from(bytes.subarray(0, KEPT_REFUSAL_BYTES)));
  }
}

import { randomBytes } from 'node:crypto';
import type { ExecStreams } from '../engine/exec-streams';
import { WarmJob, type JobSettled } from './warm-job';
import { nextJobLine, openingScript, settleLine } from './warm-script';

/** Composes what the shell's next process is to read for a job. */
export type JobScript = (nonce: string) => string;

/**
 * A shell inside a sandbox that waits for work on its standard input: one Docker exec for thousands of commands.
 * It does one job at a time; the pool sees to that. While it is idle the process of its next job waits already, so
 * that a command costs no more than becoming it.
 */
export class WarmShell {
  /** When its present job began, in milliseconds of `performance.now()`. */
  busySince = 0;
  idleSince = 0;
  /** Begins the shell's marks, which no output can hold: only this shell and the scripts it reads know it. */
  private readonly nonce = randomBytes(16).toString('hex');
  private job: WarmJob;
  /** A process waits for the job's script. */
  private isReady = false;
  private ended = false;

  constructor(private readonly streams: ExecStreams) {
    this.job = this.nextJob();
    streams.stdout.on('data', (chunk: Buffer) => this.job.takeOut(chunk));
    streams.stderr.on('data', (chunk: Buffer) => this.job.takeErr(chunk));
    streams.stdout.once('end', () => this.lose());
    // Without a listener a write to a shell that has just gone would be an uncaught error.
    streams.stdin.on('error', () => this.lose());
    streams.stdin.write(openingScript(this.nonce));
  }

  get isGone(): boolean {
    return this.ended;
  }

  /** Its command has ended, and it is about to say whether it is clean. */
  get isSettling(): boolean {
    return this.job.hasEnded;
  }

  /** Starts the process of the next job, which waits for its script. */
  prepare(): void {
    if (this.isReady || this.ended) return;
    this.isReady = true;
    this.job = this.nextJob();
    this.streams.stdin.write(nextJobLine(this.nonce));
  }

  run(script: JobScript): WarmJob {
    this.prepare();
    this.isReady = false;
    if (!this.ended) this.streams.stdin.write(script(this.nonce));
    return this.job;
  }

  /** Asks whether another process still holds the shell's outputs. */
  async settle(): Promise<JobSettled> {
    this.job = this.nextJob();
    this.job.expectVerdict();
    this.streams.stdin.write(settleLine(this.nonce));
    return this.job.settled;
  }

  /** Lets the shell end by itself. */
  close(): void {
    this.streams.stdin.end();
  }

  /** Drops the connection; what runs in the shell goes on without it. */
  drop(): void {
    this.streams.destroy();
    this.lose();
  }

  private nextJob(): WarmJob {
    const job = new WarmJob(this.streams, this.nonce);
    if (this.ended) job.lose();
    void job.settled.then((settled) => {
      if (settled === 'gone') this.leave();
    });
    return job;
  }

  /** It can do nothing more, though its streams may still be open. */
  private leave(): void {
    this.ended = true;
    this.close();
  }

  private lose(): void {
    this.ended = true;
    this.job.lose();
  }
}

import type { ExecStreams } from '../engine/exec-streams';
import { WarmJob, type JobSettled } from './warm-job';
import { settleScript } from './warm-script';

/** Composes what the shell is to read for a job. */
export type JobScript = (nonce: string) => string;

/**
 * A shell inside a sandbox that waits for work on its standard input: one Docker exec for thousands of commands.
 * It does one job at a time; the pool sees to that.
 */
export class WarmShell {
  /** When its present job began, in milliseconds of `performance.now()`. */
  busySince = 0;
  idleSince = 0;
  private job: WarmJob | undefined;
  private ended = false;

  constructor(private readonly streams: ExecStreams) {
    streams.stdout.on('data', (chunk: Buffer) => this.job?.takeOut(chunk));
    streams.stderr.on('data', (chunk: Buffer) => this.job?.takeErr(chunk));
    streams.stdout.once('end', () => this.lose());
    // Without a listener a write to a shell that has just gone would be an uncaught error.
    streams.stdin.on('error', () => this.lose());
  }

  get isGone(): boolean {
    return this.ended;
  }

  /** Its command has ended, and it is about to say whether it is clean. */
  get isSettling(): boolean {
    return this.job?.hasEnded === true;
  }

  run(script: JobScript): WarmJob {
    const job = new WarmJob(this.streams);
    this.job = job;
    this.busySince = performance.now();
    if (this.ended) job.lose();
    else this.streams.stdin.write(script(job.nonce));
    return job;
  }

  /** Asks whether another process still holds the shell's outputs. */
  async settle(): Promise<JobSettled> {
    return this.run(settleScript).settled;
  }

  /** Lets the shell end by itself. */
  close(): void {
    this.streams.stdin.end('exit 0\n');
  }

  /** Drops the connection; what runs in the shell goes on without it. */
  drop(): void {
    this.streams.destroy();
    this.lose();
  }

  private lose(): void {
    this.ended = true;
    this.job?.lose();
  }
}

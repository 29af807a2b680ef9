import type { ExecStreams } from '../engine/exec-streams';
import { HeldShells } from './held-shells';
import type { JobSettled, WarmJob } from './warm-job';
import { WarmShell, type JobScript } from './warm-shell';

/** Shells that are kept for later when nothing runs, and that short work is spread over. */
const KEPT_SHELLS = 4;
/** The engine starts execs hardly faster side by side, so more at once would only delay each other. */
const OPENING_AT_ONCE = 4;
/** A job that has run for longer than this will not be over in a moment. */
const SHORT_JOB_MS = 50;
/** When no shell has come free for so long, those who wait get new ones. */
const STALL_MS = 25;
const IDLE_CLOSE_MS = 5 * 60_000;

/** Takes the shell that came free, or undefined for the permission to open a new one. */
type Waiter = (shell: WarmShell | undefined) => void;

/** Warm shells of one user in one container. */
export class ShellPool {
  private readonly idle: WarmShell[] = [];
  private readonly busy = new Set<WarmShell>();
  private readonly held = new HeldShells((shell) => this.free(shell));
  private readonly waiters: Waiter[] = [];
  private opening = 0;
  private lastProgress = 0;
  private stallTimer: NodeJS.Timeout | undefined;
  private idleTimer: NodeJS.Timeout | undefined;
  private closed = false;

  constructor(private readonly open: () => Promise<ExecStreams>) {}

  /** Whether forgetting the pool loses nothing. */
  get isEmpty(): boolean {
    return this.idle.length + this.busy.size + this.held.size + this.opening + this.waiters.length === 0;
  }

  /**
   * Begins a job in a shell that is free, soon free, or new.
   * @throws AppError when a new shell is needed and cannot be opened
   */
  async run(script: JobScript): Promise<WarmJob> {
    const shell = this.takeIdle() ?? (await this.waitForShell());
    return shell === undefined
      ? this.inNewShell((fresh) => this.runIn(fresh, script))
      : this.runIn(shell, script);
  }

  /** Ends idle shells and lets go of the others; what runs in them goes on. */
  close(): void {
    this.closed = true;
    clearTimeout(this.idleTimer);
    clearTimeout(this.stallTimer);
    for (const shell of this.idle.splice(0)) shell.close();
    for (const shell of [...this.busy]) shell.drop();
    this.held.close();
    for (const waiter of this.waiters.splice(0)) waiter(undefined);
  }

  private takeIdle(): WarmShell | undefined {
    for (let shell = this.idle.pop(); shell !== undefined; shell = this.idle.pop()) {
      if (!shell.isGone) return shell;
    }
    return undefined;
  }

  private async waitForShell(): Promise<WarmShell | undefined> {
    return new Promise((resolve) => {
      this.waiters.push(resolve);
      this.serveWaiters();
    });
  }

  private serveWaiters(): void {
    while (this.waiters.length > 0 && this.mayOpen()) {
      this.opening += 1;
      this.lastProgress = performance.now();
      this.waiters.shift()?.(undefined);
    }
    if (this.waiters.length === 0 || this.stallTimer !== undefined) return;
    this.stallTimer = setTimeout(() => {
      this.stallTimer = undefined;
      this.serveWaiters();
    }, STALL_MS);
  }

  /** A new shell costs as much as a plain exec, so a shell that is about to come free is worth waiting for. */
  private mayOpen(): boolean {
    if (this.closed) return true;
    if (this.opening >= OPENING_AT_ONCE) return false;
    const now = performance.now();
    let settling = 0;
    let short = this.opening;
    for (const shell of this.busy) {
      if (shell.isSettling) settling += 1;
      if (now - shell.busySince < SHORT_JOB_MS) short += 1;
    }
    if (settling >= this.waiters.length) return false;
    return short < KEPT_SHELLS || now - this.lastProgress > STALL_MS;
  }

  /**
   * The first job goes in with the opening, so that it costs no round trip more than a plain exec. To be called with
   * one already counted as opening.
   */
  private async inNewShell<T>(work: (shell: WarmShell) => T): Promise<T> {
    try {
      return work(new WarmShell(await this.open()));
    } finally {
      this.opening -= 1;
      this.serveWaiters();
    }
  }

  private runIn(shell: WarmShell, script: JobScript): WarmJob {
    const job = shell.run(script);
    this.freeWhen(shell, job.settled);
    return job;
  }

  private freeWhen(shell: WarmShell, settled: Promise<JobSettled>): void {
    this.busy.add(shell);
    shell.busySince = performance.now();
    void settled.then((how) => {
      this.busy.delete(shell);
      if (how === 'clean') this.free(shell);
      else if (how === 'held') this.replaceHeld(shell);
      this.serveWaiters();
    });
  }

  /** The next command should not have to wait for a new shell because this one is not clean. */
  private replaceHeld(shell: WarmShell): void {
    this.held.add(shell);
    const others = this.idle.length + this.busy.size + this.opening;
    // Who needs a shell meanwhile opens one and hears why that fails; this one is only a convenience.
    if (others > 0 || this.closed) return;
    this.opening += 1;
    this.inNewShell((fresh) => this.freeWhen(fresh, fresh.settle())).catch(() => undefined);
  }

  private free(shell: WarmShell): void {
    this.lastProgress = performance.now();
    const waiter = this.waiters.shift();
    if (waiter !== undefined) {
      waiter(shell);
    } else if (this.closed || this.idle.length >= KEPT_SHELLS) {
      shell.close();
    } else {
      shell.idleSince = performance.now();
      shell.prepare();
      this.idle.push(shell);
      this.idleTimer ??= setTimeout(() => this.closeIdle(), IDLE_CLOSE_MS).unref();
    }
  }

  private closeIdle(): void {
    const oldEnough = performance.now() - IDLE_CLOSE_MS;
    // The one used last is at the end.
    while ((this.idle[0]?.idleSince ?? Infinity) <= oldEnough) this.idle.shift()?.close();
    const next = this.idle[0];
    this.idleTimer =
      next === undefined
        ? undefined
        : setTimeout(() => this.closeIdle(), next.idleSince - oldEnough + 1).unref();
  }
}

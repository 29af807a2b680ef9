import { AppError } from '../errors';

/** One accepted capture. */
export interface CaptureJob {
  snapshotId: string;
  sandboxId: string;
}

interface Watcher {
  done: () => boolean;
  resolve: () => void;
  /** The queue closes before it is done. */
  giveUp: () => void;
}

/**
 * Accepted captures: one at a time per sandbox, in the order of acceptance, and a bounded number over all. It holds
 * nothing durable: after a crash it is filled again from the records that still say `Creating`.
 */
export class CaptureQueue {
  private readonly waiting: CaptureJob[] = [];
  private readonly active = new Map<string, CaptureJob>();
  private watchers: Watcher[] = [];
  private closed = false;

  /**
   * @param capture does the work and settles the record itself; a rejection only frees the place.
   * @param limit captures at once, asked anew before each start.
   */
  constructor(
    private readonly capture: (job: CaptureJob) => Promise<void>,
    private readonly limit: () => number,
  ) {}

  /** Whether nothing more may be started or retried. */
  get isClosed(): boolean {
    return this.closed;
  }

  get runningCount(): number {
    return this.active.size;
  }

  get waitingCount(): number {
    return this.waiting.length;
  }

  has(snapshotId: string): boolean {
    return (
      this.waiting.some((job) => job.snapshotId === snapshotId) ||
      [...this.active.values()].some((job) => job.snapshotId === snapshotId)
    );
  }

  add(job: CaptureJob): void {
    // What comes after closing stays recorded, like what waited.
    if (this.closed) return;
    this.waiting.push(job);
    this.startNext();
  }

  /**
   * Resolves when no capture of the sandbox waits or runs.
   * @throws AppError 503 when the queue is closed before that
   */
  settled(sandboxId: string): Promise<void> {
    const done = () =>
      !this.active.has(sandboxId) && !this.waiting.some((job) => job.sandboxId === sandboxId);
    return new Promise((resolve, reject) =>
      this.watch({ done, resolve, giveUp: () => reject(stopping(sandboxId)) }),
    );
  }

  /** Resolves when nothing waits or runs at all, or the queue is closed. */
  idle(): Promise<void> {
    const done = () => this.active.size === 0 && this.waiting.length === 0;
    return new Promise((resolve) => this.watch({ done, resolve, giveUp: resolve }));
  }

  /** Starts nothing more; what runs goes on, what waits stays recorded for the next start. */
  close(): void {
    this.closed = true;
    this.waiting.length = 0;
    this.notify();
    for (const watcher of this.watchers.splice(0)) watcher.giveUp();
  }

  private startNext(): void {
    while (this.active.size < this.limit()) {
      const index = this.waiting.findIndex((job) => !this.active.has(job.sandboxId));
      const [job] = index < 0 ? [] : this.waiting.splice(index, 1);
      if (job === undefined) return;
      this.active.set(job.sandboxId, job);
      const ended = () => {
        this.active.delete(job.sandboxId);
        this.startNext();
        this.notify();
      };
      this.capture(job).then(ended, ended);
    }
  }

  private watch(watcher: Watcher): void {
    if (watcher.done()) watcher.resolve();
    else if (this.closed) watcher.giveUp();
    else this.watchers.push(watcher);
  }

  private notify(): void {
    const ready = this.watchers.filter((watcher) => watcher.done());
    this.watchers = this.watchers.filter((watcher) => !ready.includes(watcher));
    for (const watcher of ready) watcher.resolve();
  }
}

function stopping(sandboxId: string): AppError {
  return new AppError(
    503,
    'SERVER::STOPPING',
    `The server is stopping while a snapshot of sandbox ${sandboxId} is being taken. Try again after its next start.`,
  );
}

import { AppError } from '../../errors';
import type { SandboxTarget } from '../sandbox-target';
import { metricsReading, type CpuPoint, type MetricsReading } from './metrics-reading';

/** How long the engine goes on counting after the last question; counting costs it CPU. */
const IDLE_MS = 10_000;
/** An older reading is not given as the present one. */
const FRESH_MS = 3_000;
/** The engine tells once a second. */
const READING_DEADLINE_MS = 10_000;

export interface MetricsFeedOptions {
  target: SandboxTarget;
  /** The last sample of an earlier feed of the same run of the container. */
  before: CpuPoint | undefined;
  /** Called once, with the last sample. */
  onEnd: (last: CpuPoint | undefined) => void;
}

export interface MetricsWatcher {
  reading: (reading: MetricsReading) => void;
  /** Called once when there will be no more. */
  end: () => void;
}

interface Waiter {
  resolve: (reading: MetricsReading) => void;
  reject: (error: unknown) => void;
}

/**
 * One sandbox's usage, read over one connection to the engine however many ask. It ends by itself when nobody has
 * asked for a while, when the container stops, or with the engine.
 */
export class MetricsFeed {
  private readonly stopping = new AbortController();
  private readonly watchers = new Set<MetricsWatcher>();
  private readonly waiters = new Set<Waiter>();
  private latest: MetricsReading | undefined;
  /** By a clock that nobody sets. */
  private latestAt = -Infinity;
  private last: CpuPoint | undefined;
  private idle: NodeJS.Timeout | undefined;

  constructor(private readonly options: MetricsFeedOptions) {
    this.last = options.before;
    void this.follow();
  }

  isOf({ engine, containerId }: SandboxTarget): boolean {
    return this.options.target.engine === engine && this.options.target.containerId === containerId;
  }

  private get hasEnded(): boolean {
    return this.stopping.signal.aborted;
  }

  private get present(): MetricsReading | undefined {
    const isFresh = performance.now() - this.latestAt < FRESH_MS;
    return isFresh ? this.latest : undefined;
  }

  /**
   * The present reading, or the next one.
   * @throws AppError when the feed ends before there is one
   */
  async reading(): Promise<MetricsReading> {
    const { present } = this;
    if (present !== undefined) {
      this.restWhenIdle();
      return present;
    }
    let waiter: Waiter | undefined;
    let deadline: NodeJS.Timeout | undefined;
    try {
      return await new Promise<MetricsReading>((resolve, reject) => {
        waiter = { resolve, reject };
        this.waiters.add(waiter);
        deadline = setTimeout(() => reject(noAnswer()), READING_DEADLINE_MS).unref();
      });
    } finally {
      clearTimeout(deadline);
      if (waiter !== undefined) this.waiters.delete(waiter);
      this.restWhenIdle();
    }
  }

  /**
   * Tells each reading as it comes, the present one at once.
   * @returns what stops it
   */
  watch(watcher: MetricsWatcher): () => void {
    this.watchers.add(watcher);
    clearTimeout(this.idle);
    if (this.hasEnded) watcher.end();
    else if (this.present !== undefined) watcher.reading(this.present);
    return () => {
      this.watchers.delete(watcher);
      this.restWhenIdle();
    };
  }

  /** Closes the connection; who waits gets the error, who watches the end. */
  end(error: unknown = stopped()): void {
    if (this.hasEnded) return;
    this.stopping.abort();
    clearTimeout(this.idle);
    for (const { reject } of this.waiters) reject(error);
    for (const watcher of this.watchers) watcher.end();
    this.options.onEnd(this.last);
  }

  private async follow(): Promise<void> {
    const { engine, containerId } = this.options.target;
    try {
      const limits = await engine.stats.allotment(containerId);
      const allotment = { ...limits, machine: engine.info };
      for await (const sample of engine.stats.samples(containerId, this.stopping.signal)) {
        if (this.hasEnded) return;
        const reading = metricsReading(sample, { before: this.last, allotment, now: Date.now() });
        this.last = sample;
        if (reading !== undefined) this.tell(reading);
      }
      this.end();
    } catch (error) {
      this.end(error);
    }
  }

  private tell(reading: MetricsReading): void {
    this.latest = reading;
    this.latestAt = performance.now();
    for (const { resolve } of this.waiters) resolve(reading);
    for (const watcher of this.watchers) watcher.reading(reading);
  }

  private restWhenIdle(): void {
    clearTimeout(this.idle);
    if (this.hasEnded || this.watchers.size > 0 || this.waiters.size > 0) return;
    this.idle = setTimeout(() => this.end(), IDLE_MS).unref();
  }
}

function stopped(): AppError {
  return new AppError(
    503,
    'DOCKER::SANDBOX_NOT_RUNNING',
    'The sandbox stopped running while its metrics were read. Resume it, or create a new one if it has ended.',
  );
}

function noAnswer(): AppError {
  return new AppError(
    500,
    'RUNTIME_ERROR',
    'The engine did not tell what the sandbox uses. Try again; if it goes on, look whether `docker stats` answers.',
  );
}

import type { Changes } from '../../activity/changes';
import { AppError } from '../../errors';
import type { SandboxRegistry } from '../../sandboxes/sandbox-registry';
import type { ExecOpening } from '../exec-opening';
import { MetricsFeed, type MetricsWatcher } from './metrics-feed';
import type { CpuPoint, MetricsReading } from './metrics-reading';

interface LastSample {
  containerId: string;
  sample: CpuPoint;
}

/** What sandboxes use (CONTRACT.md 4.7): one connection to the engine per sandbox, and only while somebody asks. */
export class SandboxMetrics {
  private readonly feeds = new Map<string, MetricsFeed>();
  /** Where feeds that ended left off, so that the next one answers with its first sample. */
  private readonly lastSamples = new Map<string, LastSample>();
  private isClosed = false;

  constructor(
    private readonly opening: ExecOpening,
    { registry, changes }: { registry: SandboxRegistry; changes: Changes },
  ) {
    changes.on('sandbox', (id) => {
      const record = registry.records.get(id);
      if (record !== undefined && registry.status(record).state === 'Running') return;
      this.feeds.get(id)?.end();
      // CPU time across a pause says nothing about the time after it.
      this.lastSamples.delete(id);
    });
  }

  /**
   * What the sandbox uses now; a second old at most while others ask too.
   * @throws AppError 404, 503 as every way into a sandbox; 500 `RUNTIME_ERROR`
   */
  async reading(sandboxId: string): Promise<MetricsReading> {
    return this.feed(sandboxId).reading();
  }

  /**
   * Tells what the sandbox uses once a second until it stops running.
   * @returns what stops it
   * @throws AppError as {@link reading}
   */
  watch(sandboxId: string, watcher: MetricsWatcher): () => void {
    return this.feed(sandboxId).watch(watcher);
  }

  /** Ends everything that is read and watched, for good. */
  close(): void {
    this.isClosed = true;
    for (const feed of [...this.feeds.values()]) feed.end(closing());
  }

  private feed(sandboxId: string): MetricsFeed {
    if (this.isClosed) throw closing();
    const target = this.opening.target(sandboxId);
    const known = this.feeds.get(sandboxId);
    if (known?.isOf(target) === true) return known;
    // The sandbox got another container, or the engine was changed.
    known?.end();
    const { containerId } = target;
    const last = this.lastSamples.get(sandboxId);
    const feed = new MetricsFeed({
      target,
      before: last?.containerId === containerId ? last.sample : undefined,
      onEnd: (sample) => {
        if (this.feeds.get(sandboxId) === feed) this.feeds.delete(sandboxId);
        if (sample !== undefined) this.lastSamples.set(sandboxId, { containerId, sample });
      },
    });
    this.feeds.set(sandboxId, feed);
    return feed;
  }
}

function closing(): AppError {
  return new AppError(503, 'RUNTIME_ERROR', 'The server is ending. Start it again and ask anew.');
}

import type { EngineMonitor } from '../engine/engine-monitor';
import type { EngineEvent } from '../engine/engine-types';

const NANOS_PER_MILLI = 1e6;
/** The engine's last event of a commit may arrive just after the commit's own answer. */
const LATE_EVENT_MS = 50;

/** Measures, by the engine's own clock, how long a commit froze a container. */
export class FreezeClock {
  private pausedAt: number | undefined;
  private frozenMillis: number | undefined;
  private arrived: () => void = () => undefined;

  private readonly listener = (event: EngineEvent): void => {
    if (event.type !== 'container' || event.id !== this.containerId) return;
    if (event.action === 'pause') this.pausedAt = event.timeNano;
    if (event.action !== 'unpause' || this.pausedAt === undefined) return;
    this.frozenMillis = Math.round((event.timeNano - this.pausedAt) / NANOS_PER_MILLI);
    this.arrived();
  };

  constructor(
    private readonly engines: EngineMonitor,
    private readonly containerId: string,
  ) {
    engines.on('event', this.listener);
  }

  /** Milliseconds from freeze to thaw; undefined when the engine did not say. */
  async stop(): Promise<number | undefined> {
    if (this.pausedAt !== undefined && this.frozenMillis === undefined) {
      let timer: NodeJS.Timeout | undefined;
      await new Promise<void>((resolve) => {
        this.arrived = resolve;
        timer = setTimeout(resolve, LATE_EVENT_MS);
      });
      clearTimeout(timer);
    }
    this.engines.off('event', this.listener);
    return this.frozenMillis;
  }
}

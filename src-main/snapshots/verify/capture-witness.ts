import type { ContainerChange } from '../../engine/filesystem-facts';
import type { DockerEngine } from '../../engine/docker-engine';
import type { EngineMonitor } from '../../engine/engine-monitor';
import type { EngineEvent } from '../../engine/engine-types';

/**
 * Reading what changed costs a short capture more than it may cost, a long one nothing that shows: only a freeze that
 * has lasted this long is read in.
 */
const LONG_FREEZE_MS = 250;

/** What the engine said that a container had changed when it was captured (docs/decisions/015). */
export interface WitnessedChanges {
  changes: ContainerChange[];
  /** The list was read while the container was frozen for the capture: nothing in it came later. */
  exact: boolean;
  /**
   * When the freeze began, or a commit without one ended, Unix milliseconds of the engine's clock; undefined when the
   * engine did not say.
   */
  frozenAtMs?: number;
}

const NANOS_PER_MILLI = 1e6;

/** Learns during and right after a capture what the captured container had changed, without holding it up. */
export class CaptureWitness {
  private timer: NodeJS.Timeout | undefined;
  private frozenAtMs: number | undefined;
  private committedAtMs: number | undefined;
  private reading: Promise<ContainerChange[] | undefined> | undefined;
  /** Something was unpacked into the frozen container, past its processes. */
  private wasWrittenTo = false;

  private readonly listener = (event: EngineEvent): void => {
    if (event.type !== 'container' || event.id !== this.containerId) return;
    if (event.action === 'pause') this.frozen(event.timeNano / NANOS_PER_MILLI);
    else if (event.action === 'unpause') clearTimeout(this.timer);
    else if (event.action === 'commit') this.committedAtMs = event.timeNano / NANOS_PER_MILLI;
    else if (event.action === 'extract-to-dir') this.wasWrittenTo = true;
  };

  constructor(
    private readonly engine: DockerEngine,
    private readonly engines: EngineMonitor,
    private readonly containerId: string,
  ) {
    engines.on('event', this.listener);
  }

  /**
   * Ends the watching; to be called when the capture is over. What no long freeze allowed to read is read now.
   * @returns undefined when the container is gone
   * @throws AppError of the engine
   */
  async testify(): Promise<WitnessedChanges | undefined> {
    this.close();
    const frozenAtMs = this.frozenAtMs ?? this.committedAtMs;
    const told = frozenAtMs === undefined ? {} : { frozenAtMs };
    const frozen = await this.reading;
    if (frozen !== undefined && !this.wasWrittenTo) return { changes: frozen, exact: true, ...told };
    const changes = await this.engine.filesystems.containerChanges(this.containerId);
    return changes === undefined ? undefined : { changes, exact: false, ...told };
  }

  /** The capture found the container unchanged: nothing needs to be read. */
  sawNothing(): void {
    this.close();
    this.reading = Promise.resolve([]);
    this.wasWrittenTo = false;
  }

  close(): void {
    clearTimeout(this.timer);
    this.engines.off('event', this.listener);
  }

  private frozen(atMs: number): void {
    this.frozenAtMs ??= atMs;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      // What cannot be read now is read after the capture.
      this.reading = this.readFrozen().catch(() => undefined);
    }, LONG_FREEZE_MS);
  }

  /** Undefined unless the container is still frozen when the answer has come. */
  private async readFrozen(): Promise<ContainerChange[] | undefined> {
    const changes = await this.engine.filesystems.containerChanges(this.containerId);
    const container = await this.engine.containers.inspect(this.containerId);
    return container?.phase === 'paused' ? changes : undefined;
  }
}

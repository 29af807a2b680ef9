import { setTimeout as delay } from 'node:timers/promises';
import type { Changes } from '../activity/changes';
import type { ExecOptions, Execs } from '../engine/exec';
import type { ExecStreams } from '../engine/exec-streams';
import type { EngineMonitor } from '../engine/engine-monitor';
import { AppError } from '../errors';
import type { SandboxRegistry } from '../sandboxes/sandbox-registry';
import { AwakeWatch } from './awake-watch';
import { requireRunning, type SandboxTarget } from './sandbox-target';
import { SANDBOX_NOT_RUNNING } from './shell-errors';

/** A capture's freeze lasts as long as the engine takes to read the filesystem. */
const FREEZE_DEADLINE_MS = 120_000;
/** The engine's event of a stop arrives a moment after the stop. */
const STALE_STATE_MS = 1_500;
const RETRY_MS = 30;

/** Starts execs in Running sandboxes, through the freezes of captures, which callers never see. */
export class ExecOpening {
  private readonly awake: AwakeWatch;

  constructor(
    private readonly registry: SandboxRegistry,
    private readonly engines: EngineMonitor,
    changes: Changes,
  ) {
    this.awake = new AwakeWatch(registry, changes, (sandboxId) => this.target(sandboxId));
  }

  /** @throws AppError 404, 503 as {@link requireRunning} */
  target(sandboxId: string): SandboxTarget {
    return requireRunning(this.registry, this.engines, sandboxId);
  }

  /** @throws AppError 503 `DOCKER::SANDBOX_NOT_RUNNING` */
  open(target: SandboxTarget, options: ExecOptions): Promise<ExecStreams> {
    return this.inSameContainer(target, () => target.engine.execs.open(target.containerId, options));
  }

  /** On a terminal, also through a freeze. @throws AppError as {@link open} */
  openTerminal(target: SandboxTarget, options: ExecOptions): ReturnType<Execs['openTerminal']> {
    return this.inSameContainer(target, () => target.engine.execs.openTerminal(target.containerId, options));
  }

  /** As {@link AwakeWatch.whileAwake}: for whatever waits for a process inside the sandbox, or for its start. */
  whileAwake<T>(sandboxId: string, work: () => Promise<T>): Promise<T> {
    return this.awake.whileAwake(sandboxId, work);
  }

  /**
   * Tries again what failed only because the container was frozen for a capture, or replaced by a roll back: then in
   * the new one.
   * @param begin must have had no effect when it throws 503
   */
  async throughFreezes<T>(target: SandboxTarget, begin: (target: SandboxTarget) => Promise<T>): Promise<T> {
    for (let current = target; ;) {
      try {
        return await this.inSameContainer(current, () => begin(current));
      } catch (error) {
        if (!(error instanceof AppError) || error.code !== SANDBOX_NOT_RUNNING) throw error;
        const now = this.target(target.sandboxId);
        if (now.containerId === current.containerId) throw error;
        current = now;
      }
    }
  }

  /** What is opened for one container must never end up in the one that has taken its place. */
  private async inSameContainer<T>(
    { sandboxId, containerId }: SandboxTarget,
    begin: () => Promise<T>,
  ): Promise<T> {
    const startedAt = performance.now();
    for (;;) {
      try {
        return await begin();
      } catch (error) {
        if (!(error instanceof AppError) || error.code !== SANDBOX_NOT_RUNNING) throw error;
        const deadline = this.registry.isFrozenByUs(sandboxId) ? FREEZE_DEADLINE_MS : STALE_STATE_MS;
        const isReplaced = this.registry.records.get(sandboxId)?.containerId !== containerId;
        if (isReplaced || performance.now() - startedAt > deadline) throw error;
      }
      await delay(RETRY_MS);
      // Throws as soon as the state says what the engine already knows.
      this.target(sandboxId);
    }
  }
}

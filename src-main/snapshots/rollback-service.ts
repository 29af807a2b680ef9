import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { ActivityLog } from '../activity/activity-log';
import type { DockerEngine } from '../engine/docker-engine';
import type { EngineMonitor } from '../engine/engine-monitor';
import { isContainerSilent } from '../engine/silence-watch';
import { AppError } from '../errors';
import { nowIso } from '../ids';
import { mountsWith, planCopiedVolumes } from '../sandboxes/copied-volumes';
import { createReplacement, watchStart } from '../sandboxes/replacement';
import { settleRollback, switchedTo } from '../sandboxes/rollback-settle';
import { noteRemoved } from '../sandboxes/sandbox-reconcile';
import type { SandboxRegistry } from '../sandboxes/sandbox-registry';
import { notFound } from '../sandboxes/sandbox-service';
import { sandboxDisplayName } from '../sandboxes/sandbox-views';
import type { ActivityCause, SandboxRecord, SnapshotRecord, TaskRecord, TaskResult } from '../store/records';
import type { TaskHandle, TaskService } from '../tasks/task-service';
import type { SnapshotService } from './snapshot-service';
import { heldVolumes, namedVolumesOf } from './volume-capture';

/** An engine that is away is asked again after this. */
const ENGINE_RETRY_MS = 250;
const STOPPING_MS = 3_000;
/** Safety snapshot, new container, start, switch. */
const STEPS = 4;
const MAX_NAME_LENGTH = 200;

export interface RollbackServiceOptions {
  engines: EngineMonitor;
  registry: SandboxRegistry;
  snapshots: SnapshotService;
  tasks: TaskService;
  activity: ActivityLog;
  instanceId: string;
  hostVolumeRoots: () => readonly string[];
  /** What the sandbox's rules say where a request says nothing. */
  takesSafetySnapshot: (sandboxId: string) => boolean;
  logger: Logger;
}

interface Rollback {
  sandboxId: string;
  snapshot: SnapshotRecord;
  /** Tag of the snapshot's image. */
  image: string;
  engine: DockerEngine;
}

/** Gives a sandbox the files of a snapshot and leaves everything else of it as it is (docs/decisions/008). */
export class RollbackService {
  private readonly running = new Set<string>();
  private readonly replacements = new Set<Promise<void>>();
  private stopped = false;

  constructor(private readonly options: RollbackServiceOptions) {}

  /**
   * Accepts a roll back; the task tells how it ends.
   * @param request whether the state of now is kept as a snapshot first; its failure leaves the sandbox untouched
   * @throws AppError 404 for an unknown sandbox or snapshot, 409 when either is in a state that does not allow it
   */
  async start(
    sandboxId: string,
    request: { snapshotId: string; safetySnapshot?: boolean },
    cause: ActivityCause,
  ): Promise<TaskRecord> {
    const { snapshotId, safetySnapshot = this.options.takesSafetySnapshot(sandboxId) } = request;
    const { snapshots, tasks, engines } = this.options;
    const engine = engines.require();
    const record = this.require(sandboxId, safetySnapshot);
    const image = await snapshots.imageToRestore(snapshotId);
    const snapshot = snapshots.get(snapshotId);
    if (this.running.has(sandboxId)) throw alreadyRuns(sandboxId);
    this.running.add(sandboxId);
    const rollback: Rollback = { sandboxId, snapshot, image, engine };
    try {
      const { task } = await tasks.start(
        {
          kind: 'sandbox.rollback',
          title: `Roll back ${sandboxDisplayName(record)} to ${snapshotName(snapshot)}`,
          unit: 'steps',
          cause,
        },
        async (handle) => {
          try {
            return await this.run(rollback, { safetySnapshot, cause, handle });
          } finally {
            this.running.delete(sandboxId);
          }
        },
      );
      return task;
    } catch (error) {
      this.running.delete(sandboxId);
      throw error;
    }
  }

  /** Lets what is being replaced come to its end for a moment; what is still half done is settled at the next start. */
  async stop(): Promise<void> {
    this.stopped = true;
    const ending = Promise.allSettled([...this.replacements]);
    await Promise.race([ending, delay(STOPPING_MS, undefined, { ref: false })]);
  }

  private async run(
    rollback: Rollback,
    { safetySnapshot, cause, handle }: { safetySnapshot: boolean; cause: ActivityCause; handle: TaskHandle },
  ): Promise<TaskResult> {
    const { registry, activity, snapshots } = this.options;
    const { sandboxId, snapshot } = rollback;
    const safetySnapshotId = safetySnapshot ? await this.takeSafetySnapshot(rollback, cause) : undefined;
    const report = (done: number) => handle.report({ done, total: STEPS, unit: 'steps' });
    report(1);
    await registry.exclusively(sandboxId, async () => {
      if (handle.signal.aborted || this.stopped) throw cancelled();
      const replacing = this.replace(rollback, report);
      this.replacements.add(replacing);
      await replacing.finally(() => this.replacements.delete(replacing));
    });
    snapshots.noteRestored(snapshot.id);
    const record = registry.records.get(sandboxId);
    activity.note({
      cause,
      kind: 'sandbox.rolled-back',
      sandboxId,
      snapshotId: snapshot.id,
      message: `Sandbox ${record === undefined ? sandboxId : sandboxDisplayName(record)} was rolled back to snapshot ${snapshotName(snapshot)}.`,
    });
    return {
      sandboxId,
      snapshotId: snapshot.id,
      ...(safetySnapshotId === undefined ? {} : { safetySnapshotId }),
    };
  }

  private async takeSafetySnapshot({ sandboxId, snapshot }: Rollback, cause: ActivityCause): Promise<string> {
    const { snapshots, registry } = this.options;
    const sandbox = registry.records.get(sandboxId);
    // What the roll back takes out of the sandbox's sight has to come back when it is undone.
    const withVolumes =
      snapshot.volumeCopies !== undefined && sandbox !== undefined && namedVolumesOf(sandbox).length > 0;
    const name = `Before rollback to ${snapshotName(snapshot)}`.slice(0, MAX_NAME_LENGTH);
    const { id } = await snapshots.accept(
      sandboxId,
      { name, automatic: 'before-rollback', withVolumes },
      cause,
    );
    await snapshots.capturesSettled(sandboxId);
    registry.requireSpokenOf(sandboxId);
    const taken = snapshots.get(id);
    if (taken.state === 'Ready') return id;
    throw new AppError(
      409,
      'SANDBOX::ROLLBACK_FAILED',
      `The safety snapshot ended ${taken.state}: ${taken.message} Nothing was changed. Try again, or send safetySnapshot false to roll back without one.`,
    );
  }

  /** Two containers exist for a moment; the durable record says at every step which one is the sandbox. */
  private async replace(rollback: Rollback, report: (done: number) => void): Promise<void> {
    const { registry, logger } = this.options;
    const { sandboxId } = rollback;
    registry.replacing.add(sandboxId);
    try {
      // What an earlier one could not clean up would be in the way.
      if (this.current(sandboxId).rollback !== undefined) await this.settle(rollback);
      await this.switchOver(rollback, await this.startReplacement(rollback, report));
      report(STEPS - 1);
    } finally {
      // Whichever is the sandbox by now, the other one goes. That it does not is no failure of the roll back.
      await this.settle(rollback).catch((error: unknown) =>
        logger.error({ error, sandboxId }, 'a container of a roll back will be removed later'),
      );
      registry.replacing.delete(sandboxId);
    }
  }

  /** From the moment that this is on disk the new container is the sandbox. */
  private async switchOver({ sandboxId, snapshot }: Rollback, containerId: string): Promise<void> {
    const { registry } = this.options;
    const switched = switchedTo(containerId, this.current(sandboxId), snapshot.id);
    registry.noteContainer(sandboxId, { id: containerId, phase: 'running', exitCode: 0, oomKilled: false });
    await registry.save({ ...switched, lastTransitionAt: nowIso() });
  }

  private async startReplacement(rollback: Rollback, report: (done: number) => void): Promise<string> {
    const { registry, instanceId, hostVolumeRoots } = this.options;
    const { sandboxId, snapshot, image, engine } = rollback;
    const record = this.current(sandboxId);
    const old = record.containerId ?? '';
    const facts = await engine.containers.inspect(old);
    if (facts === undefined) throw notFound(sandboxId);
    const freezes = facts.phase === 'running';
    const copied = planCopiedVolumes(heldVolumes(snapshot));
    const mounts = mountsWith(record, copied);
    const intent = { snapshotId: snapshot.id, freezes, ...(copied.length === 0 ? {} : { mounts }) };
    await registry.save({ ...this.current(sandboxId), rollback: intent });
    const context = { engine, instanceId, hostVolumeRoots: hostVolumeRoots() };
    const source = { snapshotId: snapshot.id, image, mounts, copied };
    const containerId = await createReplacement(record, source, context);
    report(2);
    // Both see the same volumes, so only one of them may work at a time.
    if (freezes) await engine.containers.pause(old);
    await engine.containers.start(containerId);
    await watchStart(containerId, snapshot.id, engine);
    return containerId;
  }

  /** Leaves one container, also when the engine is away for a while. */
  private async settle({ sandboxId, engine }: Rollback): Promise<void> {
    const { registry, instanceId, engines, activity } = this.options;
    for (;;) {
      const { current } = engines;
      try {
        if (current.state === 'connected' && current.engine.info.id === engine.info.id) {
          const context = { engine: current.engine, registry, instanceId };
          const isThere = await settleRollback(sandboxId, context);
          const record = registry.records.get(sandboxId);
          if (!isThere && record?.phase === 'active')
            await noteRemoved(current.engine, { registry, activity }, record);
          return;
        }
      } catch (error) {
        // One that says nothing may do so for ever: that is settled when it speaks again (Reconciler.catchUp).
        if (!(error instanceof AppError) || error.status !== 503 || isContainerSilent(error)) throw error;
      }
      if (this.stopped) return;
      await delay(ENGINE_RETRY_MS, undefined, { ref: false });
    }
  }

  /** The record as it is now, also renewed or relabelled meanwhile. @throws AppError 404 when it is gone or going */
  private current(sandboxId: string): SandboxRecord {
    const record = this.options.registry.records.get(sandboxId);
    if (record?.phase !== 'active') throw notFound(sandboxId);
    return record;
  }

  private require(sandboxId: string, safetySnapshot: boolean): SandboxRecord {
    const { registry } = this.options;
    const record = registry.records.get(sandboxId);
    if (record === undefined || record.phase === 'deleting') throw notFound(sandboxId);
    registry.requireSpokenOf(sandboxId);
    const { state } = registry.status(record);
    if (record.phase !== 'active' || record.containerId === undefined) {
      throw new AppError(
        409,
        'SANDBOX::ROLLBACK_INVALID_STATE',
        `Sandbox ${sandboxId} is ${state} and has no container to replace. Restore the snapshot as a new sandbox.`,
      );
    }
    if (safetySnapshot && state !== 'Running') {
      const resume = state === 'Paused' ? 'Resume it first, or send' : 'Send';
      throw new AppError(
        409,
        'SANDBOX::ROLLBACK_INVALID_STATE',
        `Sandbox ${sandboxId} is ${state}; a safety snapshot needs it Running. ${resume} safetySnapshot false to roll back without one.`,
      );
    }
    return record;
  }
}

function snapshotName(snapshot: SnapshotRecord): string {
  return snapshot.name ?? snapshot.id;
}

function alreadyRuns(sandboxId: string): AppError {
  return new AppError(
    409,
    'SANDBOX::ROLLBACK_RUNNING',
    `Sandbox ${sandboxId} is being rolled back already. Wait until that task has ended.`,
  );
}

function cancelled(): AppError {
  return new AppError(
    409,
    'TASK::CANCELLED',
    'Cancelled before anything was changed. A safety snapshot that was taken stays.',
  );
}

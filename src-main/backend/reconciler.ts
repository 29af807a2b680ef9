import type { Logger } from 'pino';
import type { Static } from 'typebox';
import type { ActivityLog } from '../activity/activity-log';
import type { Changes } from '../activity/changes';
import type { DockerEngine } from '../engine/docker-engine';
import type { EngineMonitor } from '../engine/engine-monitor';
import type { EngineEvent } from '../engine/engine-types';
import { LABEL_ID, LABEL_INSTANCE, LABEL_KIND } from '../engine/labels';
import type { StoreStatus } from '../http/schemas/desktop';
import { nowIso } from '../ids';
import type { RuleService } from '../rules/rule-service';
import { followContainerEvent, reconcileSandboxes } from '../sandboxes/sandbox-reconcile';
import type { SandboxRegistry } from '../sandboxes/sandbox-registry';
import type { SandboxService } from '../sandboxes/sandbox-service';
import type { Ghosts } from '../snapshots/ghosts';
import { followImageEvent, reconcileSnapshots } from '../snapshots/snapshot-reconcile';
import type { SnapshotService } from '../snapshots/snapshot-service';
import type { OrderedCollection } from '../store/ordered-collection';
import type { LastEngineRecord, SnapshotRecord } from '../store/records';
import type { Collection, StateStore } from '../store/state-store';
import type { TaskService } from '../tasks/task-service';

/** What labels cannot tell after the store was lost or damaged. */
const NOT_IN_LABELS = [
  'Names, notes, labels and pins that snapshots were given after they were taken.',
  'Metadata and expiry times that sandboxes were given after they were created.',
  'Snapshots that were queued or had failed, the activity list, the settings and the rules of sandboxes.',
];

export interface ReconcilerOptions {
  engines: EngineMonitor;
  registry: SandboxRegistry;
  sandboxes: SandboxService;
  snapshots: SnapshotService;
  rules: RuleService;
  tasks: TaskService;
  snapshotRecords: OrderedCollection<SnapshotRecord>;
  ghosts: Ghosts;
  activity: ActivityLog;
  changes: Changes;
  store: StateStore;
  lastEngine: Collection<LastEngineRecord>;
  logger: Logger;
}

/** Keeps records and engine in step: once whenever an engine appears, then event by event. */
export class Reconciler {
  /** Engines that were connected in this run: what a crash left on them has been seen to. */
  private readonly seenEngines = new Set<string>();
  /** From the loss of an engine until one is connected. */
  private isAway = false;
  private sandboxesRebuilt = 0;
  private snapshotsRebuilt = 0;
  private readonly sandboxContext;
  private readonly snapshotContext;
  private readonly storeWasNew: boolean;

  constructor(private readonly options: ReconcilerOptions) {
    const { registry, activity, store, logger, engines } = options;
    this.storeWasNew = store.isNew;
    // While no engine is there, its records are told of that would be shown if it were.
    if (engines.lastEngineId !== undefined) this.showOnly(engines.lastEngineId);
    this.sandboxContext = {
      registry,
      activity,
      storeLostChanges: store.recovery !== undefined,
      instanceId: store.instanceId,
      killed: new Set<string>(),
      logger,
    };
    this.snapshotContext = {
      service: options.snapshots,
      records: options.snapshotRecords,
      ghosts: options.ghosts,
      instanceId: store.instanceId,
      logger,
    };
    engines.on('event', (event, engine) => {
      this.follow(event, engine).catch((error: unknown) =>
        logger.warn({ error, action: event.action }, 'an engine event could not be followed'),
      );
    });
    engines.on('silent', (containerId, late) => {
      const silent = registry.records.inCreationOrder().find((each) => each.containerId === containerId);
      if (silent !== undefined) registry.noteInspection(silent.id, containerId, { late });
    });
    engines.on('change', (state) => {
      options.changes.emit('engine');
      if (state.state === 'connected') this.connected(state.engine);
      else if (state.state === 'unavailable') this.lost(state.reason);
    });
  }

  /** Brings everything in step with an engine that has just appeared. */
  async reconcile(engine: DockerEngine): Promise<void> {
    this.showOnly(engine.info.id);
    const sandboxes = await reconcileSandboxes(engine, this.sandboxContext);
    const snapshots = await reconcileSnapshots(engine, this.snapshotContext);
    this.sandboxesRebuilt += sandboxes;
    this.snapshotsRebuilt += snapshots;
    if (sandboxes + snapshots === 0) return;
    this.options.activity.note({
      cause: 'recovery',
      kind: 'store.rebuilt',
      message: `Rebuilt ${sandboxes} sandboxes and ${snapshots} snapshots from their Docker labels.`,
    });
  }

  /**
   * Does again what a full disk refused, or what was given up at a container of which the engine said nothing: ends of
   * captures, roll backs, deletions and creates. To be called until nothing is refused any more; nothing is written
   * where nothing is left to do.
   */
  async catchUp(): Promise<void> {
    const { engines, tasks, snapshots, sandboxes } = this.options;
    await tasks.recordEnds();
    const { current } = engines;
    // Otherwise all of that comes with the engine.
    if (current.state !== 'connected') return;
    await this.reconcile(current.engine);
    snapshots.resumeCaptures();
    sandboxes.watchExpiry();
    await sandboxes.resumeDeletions();
  }

  /** What happened to the store, for API and GUI. */
  storeStatus(): Static<typeof StoreStatus> {
    const { recovery } = this.options.store;
    const rebuilt = this.sandboxesRebuilt + this.snapshotsRebuilt;
    // An empty folder with nothing to rebuild is simply new.
    if (recovery === undefined && !(this.storeWasNew && rebuilt > 0)) return { state: 'ok' };
    const found = recovery ?? {
      at: nowIso(),
      kind: 'missing' as const,
      message: 'The store was missing, though this data folder had sandboxes or snapshots before.',
      setAside: [],
      unreadable: [],
      recordsKept: 0,
    };
    return {
      state: 'recovered',
      recovery: {
        ...found,
        sandboxesRebuilt: this.sandboxesRebuilt,
        snapshotsRebuilt: this.snapshotsRebuilt,
        notRecovered: NOT_IN_LABELS,
      },
    };
  }

  /** What is on another engine can be neither seen nor changed here, and comes back with that engine. */
  private showOnly(engineId: string): void {
    const { registry, snapshotRecords, changes } = this.options;
    for (const id of registry.records.narrow((each) => each.engineId === engineId))
      changes.emit('sandbox', id);
    for (const id of snapshotRecords.narrow((each) => each.engineId === engineId))
      changes.emit('snapshot', id);
  }

  private connected(engine: DockerEngine): void {
    const { sandboxes, snapshots, rules, activity, logger } = this.options;
    const wasAway = this.seenEngines.size > 0;
    const isNew = !this.seenEngines.has(engine.info.id);
    this.isAway = false;
    this.seenEngines.add(engine.info.id);
    this.remember(engine.info.id);
    // First of all: a removal that goes on waits for the captures that were accepted before it.
    snapshots.resumeCaptures();
    sandboxes.watchExpiry();
    rules.watch();
    if (isNew) {
      sandboxes
        .resumeDeletions()
        .catch((error: unknown) => logger.error({ error }, 'a removal could not be resumed'));
    }
    if (wasAway) {
      const message = `The engine ${engine.info.name} is ${isNew ? 'here instead of the one before' : 'back'}.`;
      activity.note({ cause: 'engine', kind: 'engine.back', message });
    }
  }

  private remember(engineId: string): void {
    const { lastEngine, logger } = this.options;
    if (lastEngine.get('last')?.engineId === engineId) return;
    lastEngine
      .put({ id: 'last', engineId })
      .catch((error: unknown) => logger.warn({ error }, 'the engine could not be remembered'));
  }

  private lost(reason: string): void {
    // The first search that finds nothing is no loss: nothing was there. Later reasons are of the same outage.
    if (this.seenEngines.size === 0 || this.isAway) return;
    this.isAway = true;
    this.options.activity.note({
      cause: 'engine',
      kind: 'engine.lost',
      severity: 'error',
      message: `The engine is gone: ${reason}`,
    });
  }

  private async follow(event: EngineEvent, engine: DockerEngine): Promise<void> {
    if (event.type === 'container') {
      await followContainerEvent(engine, event, this.sandboxContext);
      // However the container went: images that only it kept alive go with it.
      if (this.mayFreeImages(event) && (event.action === 'destroy' || this.isLateCommit(event)))
        this.options.snapshots.sweepImages();
      return;
    }
    if (event.type !== 'image') return;
    switch (event.action) {
      case 'tag':
      case 'untag':
      case 'load':
      case 'import':
      case 'pull':
      case 'delete':
        await followImageEvent(engine, event, this.snapshotContext);
        this.options.changes.emit('images');
        return;
      default:
        return;
    }
  }

  /** A commit that the engine took up again after its capture had been given up. */
  private isLateCommit(event: EngineEvent): boolean {
    const id = event.attributes[LABEL_ID] ?? '';
    return event.action === 'commit' && this.options.registry.capturingSnapshot(id) === undefined;
  }

  private mayFreeImages({ attributes }: EngineEvent): boolean {
    return (
      attributes[LABEL_INSTANCE] === this.options.store.instanceId && attributes[LABEL_KIND] !== 'network'
    );
  }
}

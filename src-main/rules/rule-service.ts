import type { Logger } from 'pino';
import type { ActivityLog } from '../activity/activity-log';
import type { Changes } from '../activity/changes';
import type { DiskService } from '../disk/disk-service';
import { DueTimer } from '../due-timer';
import type { EngineMonitor } from '../engine/engine-monitor';
import { AppError, messageOf } from '../errors';
import type { RetentionPreview, RetentionPreviewRequest, SandboxRules } from '../http/schemas/rules';
import { nowIso } from '../ids';
import type { SandboxRegistry } from '../sandboxes/sandbox-registry';
import { notFound } from '../sandboxes/sandbox-service';
import { sandboxDisplayName } from '../sandboxes/sandbox-views';
import { automaticName } from '../snapshots/automatic-names';
import type { FilesystemCompare } from '../snapshots/diff/filesystem-compare';
import type { SnapshotService } from '../snapshots/snapshot-service';
import type { OrderedCollection } from '../store/ordered-collection';
import type {
  ActivityCause,
  RuleOutcome,
  RulesRecord,
  SandboxRecord,
  SnapshotRecord,
  SnapshotRules,
} from '../store/records';
import type { Collection } from '../store/state-store';
import type { TaskService } from '../tasks/task-service';
import { ChangeCheck } from './change-check';
import { Retention } from './retention-service';

const MINUTE_MS = 60_000;
const WITHOUT_RULES: SnapshotRules = { beforeDelete: false, beforeExpiry: false, beforeRollback: true };

export interface RuleServiceOptions {
  engines: EngineMonitor;
  registry: SandboxRegistry;
  snapshots: SnapshotService;
  records: OrderedCollection<SnapshotRecord>;
  rules: Collection<RulesRecord>;
  compare: FilesystemCompare;
  disk: DiskService;
  tasks: TaskService;
  activity: ActivityLog;
  changes: Changes;
  logger: Logger;
}

/** The rules of sandboxes: snapshots by the clock, and what of them stays (docs/decisions/013). */
export class RuleService {
  private readonly timer: DueTimer;
  private readonly check: ChangeCheck;
  private readonly retention: Retention;
  private readonly looking = new Set<string>();

  constructor(private readonly options: RuleServiceOptions) {
    const { engines, changes, registry } = options;
    this.check = new ChangeCheck(options.records, options.compare);
    this.retention = new Retention(options);
    this.timer = new DueTimer(
      () => this.beginDue(),
      () => engines.current.state === 'connected',
    );
    changes.on('sandbox', (id) => {
      if (registry.records.get(id) === undefined) this.check.forget(id);
    });
  }

  /** Begins to watch the clock; to be called when the engine is there and records are reconciled. */
  watch(): void {
    this.timer.schedule();
  }

  stop(): void {
    this.timer.stop();
    this.retention.stop();
  }

  /** Undefined while nobody set any. */
  find(sandboxId: string): SnapshotRules | undefined {
    const record = this.options.rules.get(sandboxId);
    return record === undefined ? undefined : rulesOf(record);
  }

  /** @throws AppError 404 */
  get(sandboxId: string): SandboxRules {
    this.sandbox(sandboxId);
    const record = this.options.rules.get(sandboxId);
    const nextSnapshotAt = this.nextSnapshotAt(sandboxId);
    return {
      rules: rulesOf(record ?? WITHOUT_RULES),
      isSet: record !== undefined,
      ...(nextSnapshotAt === undefined ? {} : { nextSnapshotAt }),
      ...(record?.lastCheck === undefined ? {} : { lastCheck: record.lastCheck }),
    };
  }

  /**
   * Puts rules in the place of the present ones. The interval goes on if it is the same; what the retention does not
   * keep is deleted.
   * @throws AppError 404
   */
  async set(sandboxId: string, rules: SnapshotRules, cause: ActivityCause): Promise<SandboxRules> {
    const sandbox = this.sandbox(sandboxId);
    const before = this.options.rules.get(sandboxId);
    const goesOn = before?.everyMinutes === rules.everyMinutes ? before?.countedFrom : undefined;
    await this.save({
      id: sandboxId,
      ...rulesOf(rules),
      countedFrom: goesOn ?? nowIso(),
      ...(before?.lastCheck === undefined ? {} : { lastCheck: before.lastCheck }),
    });
    this.note(sandbox, cause, 'rules were changed');
    this.timer.schedule();
    this.retention.apply(sandboxId);
    return this.get(sandboxId);
  }

  /** @throws AppError 404 */
  async remove(sandboxId: string, cause: ActivityCause): Promise<void> {
    const sandbox = this.sandbox(sandboxId);
    if (this.options.rules.get(sandboxId) === undefined) return;
    await this.options.rules.delete(sandboxId);
    this.options.changes.emit('sandbox', sandboxId);
    this.note(sandbox, cause, 'rules were removed');
  }

  /** @throws AppError 404, 503 */
  async preview(sandboxId: string, { retention }: RetentionPreviewRequest): Promise<RetentionPreview> {
    this.sandbox(sandboxId);
    const rule = retention === undefined ? this.options.rules.get(sandboxId)?.retention : retention;
    return this.retention.preview(sandboxId, rule ?? undefined);
  }

  /** When it will next be looked whether a snapshot is due. */
  nextSnapshotAt(sandboxId: string): string | undefined {
    const { everyMinutes, countedFrom } = this.options.rules.get(sandboxId) ?? {};
    if (everyMinutes === undefined || countedFrom === undefined) return undefined;
    return new Date(Date.parse(countedFrom) + everyMinutes * MINUTE_MS).toISOString();
  }

  /** Whether a roll back that does not say takes a safety snapshot. */
  takesSafetySnapshot(sandboxId: string): boolean {
    return (this.options.rules.get(sandboxId) ?? WITHOUT_RULES).beforeRollback;
  }

  /** @returns when the next one is due, in Unix milliseconds. */
  private beginDue(): number | undefined {
    const now = Date.now();
    let next: number | undefined;
    for (const record of this.options.rules.values()) {
      const { id, everyMinutes } = record;
      // Of another engine, or going: it is looked at when it comes back.
      if (everyMinutes === undefined || this.options.registry.records.get(id)?.phase !== 'active') continue;
      const due = dueAt({ everyMinutes, countedFrom: record.countedFrom }, now);
      const wasSetBack = Date.parse(record.countedFrom) > now;
      if ((due <= now || wasSetBack) && !this.looking.has(id)) this.beginTurn(record, due <= now);
      const at = due <= now ? now + everyMinutes * MINUTE_MS : due;
      if (next === undefined || at < next) next = at;
    }
    return next;
  }

  private beginTurn(record: RulesRecord, isDue: boolean): void {
    const { logger } = this.options;
    this.looking.add(record.id);
    this.turn(record, isDue)
      .catch((error: unknown) => logger.warn({ error, sandboxId: record.id }, 'a rule could not be followed'))
      .finally(() => this.looking.delete(record.id));
  }

  /** The turn is spent, durably, before anything is done: nothing repeats it after a failure or a crash. */
  private async turn(record: RulesRecord, isDue: boolean): Promise<void> {
    await this.save({ ...record, countedFrom: nowIso() });
    if (!isDue) return;
    const outcome = await this.look(record.id);
    const latest = this.options.rules.get(record.id);
    if (latest !== undefined) await this.save({ ...latest, lastCheck: { at: nowIso(), outcome } });
  }

  private async look(sandboxId: string): Promise<RuleOutcome> {
    const { registry, snapshots, records, engines, logger } = this.options;
    const sandbox = registry.records.get(sandboxId);
    if (sandbox === undefined || registry.status(sandbox).state !== 'Running') return 'not-running';
    const isBusy = records
      .inCreationOrder()
      .some((each) => each.sandboxId === sandboxId && each.state === 'Creating');
    if (isBusy) return 'busy';
    try {
      const listing = await this.check.changesOf(engines.require(), sandbox);
      if (listing === undefined) return 'unchanged';
      const wish = { name: automaticName(sandbox, 'interval'), automatic: 'interval' } as const;
      const { id } = await snapshots.accept(sandboxId, wish, 'rule');
      await snapshots.capturesSettled(sandboxId);
      if (records.get(id)?.state !== 'Ready') return 'failed';
      this.check.remember(sandboxId, { snapshotId: id, listing });
      return 'taken';
    } catch (error) {
      // It went or stopped while it was looked at.
      if (error instanceof AppError && (error.status === 404 || error.status === 409)) return 'not-running';
      logger.warn({ error, sandboxId }, 'an automatic snapshot was not taken');
      this.note(sandbox, 'rule', `automatic snapshot was not taken: ${messageOf(error)}`, 'error');
      return 'failed';
    }
  }

  private async save(record: RulesRecord): Promise<void> {
    await this.options.rules.put(record);
    this.options.changes.emit('sandbox', record.id);
  }

  private sandbox(id: string): SandboxRecord {
    const record = this.options.registry.records.get(id);
    if (record === undefined) throw notFound(id);
    return record;
  }

  private note(
    sandbox: SandboxRecord,
    cause: ActivityCause,
    words: string,
    severity: 'info' | 'error' = 'info',
  ): void {
    this.options.activity.note({
      cause,
      kind: severity === 'error' ? 'rule.failed' : 'rule.changed',
      severity,
      sandboxId: sandbox.id,
      message: `Sandbox ${sandboxDisplayName(sandbox)}: ${words}.`,
    });
  }
}

/** In Unix milliseconds. After the clock was set back the interval counts from now, not from a time ahead. */
export function dueAt(rule: { everyMinutes: number; countedFrom: string }, now: number): number {
  return Math.min(Date.parse(rule.countedFrom), now) + rule.everyMinutes * MINUTE_MS;
}

/** Only what a rule is, whatever else the object carries. */
function rulesOf({
  everyMinutes,
  beforeDelete,
  beforeExpiry,
  beforeRollback,
  retention,
}: SnapshotRules): SnapshotRules {
  return {
    beforeDelete,
    beforeExpiry,
    beforeRollback,
    ...(everyMinutes === undefined ? {} : { everyMinutes }),
    ...(retention === undefined ? {} : { retention }),
  };
}

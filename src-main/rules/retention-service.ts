import type { Logger } from 'pino';
import type { Changes } from '../activity/changes';
import type { DiskService } from '../disk/disk-service';
import { displayName } from '../disk/disk-views';
import type { RetentionPreview } from '../http/schemas/rules';
import type { SandboxRegistry } from '../sandboxes/sandbox-registry';
import type { SnapshotService } from '../snapshots/snapshot-service';
import type { OrderedCollection } from '../store/ordered-collection';
import type { RetentionRule, RulesRecord, SnapshotRecord, TaskKind } from '../store/records';
import type { Collection } from '../store/state-store';
import type { TaskService } from '../tasks/task-service';
import { judgeSnapshots, retentionWords, type Verdict } from './retention';

/** Work that reads a snapshot of which no record tells; nothing is deleted meanwhile. */
const READERS: readonly TaskKind[] = ['sandbox.rollback', 'sandbox.fork', 'snapshot.fork', 'snapshot.export'];

/** Until a rule that could not be applied, of an engine that did not answer say, is applied again. */
const RETRY_MS = 10_000;

export interface RetentionOptions {
  rules: Collection<RulesRecord>;
  registry: SandboxRegistry;
  snapshots: SnapshotService;
  records: OrderedCollection<SnapshotRecord>;
  disk: DiskService;
  tasks: TaskService;
  changes: Changes;
  logger: Logger;
}

/** Says which snapshots of a sandbox a rule keeps, and deletes the others when a newer one was taken. */
export class Retention {
  private readonly applying = new Set<string>();
  /** Those that were to be applied anew meanwhile. */
  private readonly again = new Set<string>();
  private stopped = false;

  constructor(private readonly options: RetentionOptions) {
    const { changes, records } = options;
    changes.on('snapshot', (id) => {
      const record = records.get(id);
      if (record !== undefined) this.afterChange(record);
    });
    // What waited for a task to end.
    changes.on('task', (task) => {
      if (READERS.includes(task.kind) && task.state !== 'Running') this.applyAll();
    });
  }

  /**
   * Exactly what the rule would delete now, what each would free, and why every other one stays.
   * @throws AppError 503 without an engine
   */
  async preview(sandboxId: string, rule: RetentionRule | undefined): Promise<RetentionPreview> {
    const records = this.recordsOf(sandboxId);
    if (rule === undefined) {
      const kept = records.map((each) => ({ ...named(each), reason: 'No rule deletes anything.' }));
      return { deletes: [], keeps: kept.reverse(), freedBytes: 0 };
    }
    const verdicts = this.judge(records, rule);
    const snapshotIds = verdicts.filter((each) => !each.keep).map((each) => each.id);
    const plan = await this.options.disk.reclaim({ dryRun: true, snapshotIds, leftovers: false }, 'rule');
    const bytes = new Map(plan.items.map((item) => [item.id, item.bytes]));
    const refused = new Map(plan.kept.map((each) => [each.id, each.reason]));
    const preview: RetentionPreview = { deletes: [], keeps: [], freedBytes: plan.freedBytes };
    for (const { id, reason } of verdicts) {
      const record = this.options.records.get(id);
      if (record === undefined) continue;
      const size = bytes.get(id);
      if (size === undefined) preview.keeps.push({ ...named(record), reason: refused.get(id) ?? reason });
      else preview.deletes.push({ ...named(record), reason, bytes: size });
    }
    return preview;
  }

  /** Deletes what the sandbox's rule does not keep; what may not go now is tried after the next snapshot. */
  apply(sandboxId: string): void {
    if (this.stopped) return;
    if (this.applying.has(sandboxId)) {
      this.again.add(sandboxId);
      return;
    }
    this.applying.add(sandboxId);
    this.deleteAll(sandboxId)
      .catch((error: unknown) => {
        this.options.logger.warn({ error, sandboxId }, 'a retention rule could not be applied now');
        setTimeout(() => this.apply(sandboxId), RETRY_MS).unref();
      })
      .finally(() => {
        this.applying.delete(sandboxId);
        if (this.again.delete(sandboxId)) this.apply(sandboxId);
      });
  }

  stop(): void {
    this.stopped = true;
  }

  private async deleteAll(sandboxId: string): Promise<void> {
    const { rules, snapshots, tasks, records } = this.options;
    const rule = rules.get(sandboxId)?.retention;
    if (rule === undefined || tasks.list().some(readsSnapshots)) return;
    const { deletes } = await this.preview(sandboxId, rule);
    for (const { id } of deletes) {
      // Asked again before each one: it may have been pinned or restored meanwhile.
      const verdict = this.judge(this.recordsOf(sandboxId), rule).find((each) => each.id === id);
      if (this.stopped || rules.get(sandboxId)?.retention !== rule) return;
      if (verdict?.keep !== false || records.get(id) === undefined) continue;
      await snapshots.delete(id, 'rule', `was deleted by the rule “keep ${retentionWords(rule)}”`);
    }
  }

  private applyAll(): void {
    for (const { id, retention } of this.options.rules.values()) if (retention !== undefined) this.apply(id);
  }

  /** Only a new newest one changes what a rule says; a pin that is taken away deletes nothing at that moment. */
  private afterChange({ id, sandboxId, state }: SnapshotRecord): void {
    if (state !== 'Ready' || this.options.rules.get(sandboxId)?.retention === undefined) return;
    const newest = this.options.records.inCreationOrder().findLast((each) => each.sandboxId === sandboxId);
    if (newest?.id === id) this.apply(sandboxId);
  }

  private judge(records: readonly SnapshotRecord[], rule: RetentionRule): Verdict[] {
    return judgeSnapshots(records, rule, { now: Date.now(), inUse: this.inUse() });
  }

  private inUse(): Set<string> {
    const used = new Set<string>();
    for (const { source, rollback } of this.options.registry.records.inCreationOrder()) {
      if (source.kind === 'snapshot') used.add(source.snapshotId);
      if (rollback !== undefined) used.add(rollback.snapshotId);
    }
    return used;
  }

  private recordsOf(sandboxId: string): SnapshotRecord[] {
    return this.options.records.inCreationOrder().filter((each) => each.sandboxId === sandboxId);
  }
}

function readsSnapshots({ kind, state }: { kind: TaskKind; state: string }): boolean {
  return state === 'Running' && READERS.includes(kind);
}

function named(record: SnapshotRecord) {
  return { id: record.id, displayName: displayName(record), createdAt: record.createdAt };
}

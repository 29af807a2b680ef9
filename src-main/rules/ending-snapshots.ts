import type { ActivityLog } from '../activity/activity-log';
import type { SandboxRegistry } from '../sandboxes/sandbox-registry';
import type { LastSnapshots } from '../sandboxes/sandbox-service';
import { sandboxDisplayName } from '../sandboxes/sandbox-views';
import { automaticName } from '../snapshots/automatic-names';
import type { SnapshotService } from '../snapshots/snapshot-service';
import type { OrderedCollection } from '../store/ordered-collection';
import type { ActivityCause, RulesRecord, SandboxRecord, SnapshotRecord } from '../store/records';
import type { Collection } from '../store/state-store';

export interface EndingOptions {
  rules: Collection<RulesRecord>;
  registry: SandboxRegistry;
  snapshots: Pick<SnapshotService, 'accept'>;
  records: OrderedCollection<SnapshotRecord>;
  activity: ActivityLog;
}

/** The snapshots that rules have taken of sandboxes that are about to go (docs/decisions/013). */
export class EndingSnapshots implements LastSnapshots {
  private readonly told = new Set<string>();

  constructor(private readonly options: EndingOptions) {}

  async beforeEnd(record: SandboxRecord, cause: ActivityCause): Promise<void> {
    const { rules, registry, snapshots } = this.options;
    const rule = rules.get(record.id);
    const automatic = cause === 'expiry' ? 'before-expiry' : 'before-delete';
    const isWanted = automatic === 'before-expiry' ? rule?.beforeExpiry : rule?.beforeDelete;
    // Without a container there is nothing to keep.
    if (isWanted !== true || registry.container(record.id) === undefined) return;
    if (this.newestOf(record.id, (each) => holdsTheEnd(each, record)) !== undefined) return;
    await snapshots.accept(record.id, { name: automaticName(record, automatic), automatic }, 'rule');
  }

  tellFailed(record: SandboxRecord): void {
    const last = this.newestOf(record.id, isBeforeEnd);
    if (last?.state !== 'Failed' || this.told.has(last.id)) return;
    this.told.add(last.id);
    this.options.activity.note({
      cause: 'rule',
      kind: 'rule.failed',
      severity: 'error',
      sandboxId: record.id,
      snapshotId: last.id,
      message: `Sandbox ${sandboxDisplayName(record)} goes without the snapshot that its rule asks for: ${last.message}`,
    });
  }

  private newestOf(
    sandboxId: string,
    fits: (snapshot: SnapshotRecord) => boolean,
  ): SnapshotRecord | undefined {
    return this.options.records
      .inCreationOrder()
      .findLast((each) => each.sandboxId === sandboxId && fits(each));
  }
}

function isBeforeEnd({ automatic }: SnapshotRecord): boolean {
  return automatic === 'before-delete' || automatic === 'before-expiry';
}

/**
 * One that still waits will hold everything. An end that could not be finished is tried again: its snapshot is there
 * already, or failed, and it gets one try only.
 */
function holdsTheEnd(snapshot: SnapshotRecord, { expiresAt }: SandboxRecord): boolean {
  if (snapshot.automatic === undefined) return false;
  if (snapshot.state === 'Creating' && snapshot.captureStartedAt === undefined) return true;
  return snapshot.automatic === 'before-expiry' && expiresAt !== undefined && snapshot.createdAt >= expiresAt;
}

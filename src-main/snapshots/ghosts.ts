import { nowIso } from '../ids';
import { sandboxDisplayName } from '../sandboxes/sandbox-views';
import type { OrderedCollection } from '../store/ordered-collection';
import type { GhostRecord, SandboxRecord, SnapshotGhost, SnapshotRecord } from '../store/records';
import type { Collection } from '../store/state-store';

const MAX_GHOSTS = 2_000;

/**
 * What is remembered of deleted snapshots and sandboxes, so that lineage stays whole. Only what something still comes
 * from is remembered: nothing can come from it later. Written together with the deletion.
 */
export class Ghosts {
  constructor(
    private readonly records: Collection<GhostRecord>,
    private readonly snapshots: OrderedCollection<SnapshotRecord>,
    private readonly sandboxes: OrderedCollection<SandboxRecord>,
    private readonly limit = MAX_GHOSTS,
  ) {}

  /** Those of one engine, or of all. */
  of(engineId: string | undefined): GhostRecord[] {
    return [...this.records.values()].filter((ghost) => (engineId ?? ghost.engineId) === ghost.engineId);
  }

  /** A snapshot is being deleted. */
  async noteSnapshot(record: SnapshotRecord): Promise<void> {
    if (!this.hasFollowers(record.id)) return;
    await this.put({ ...snapshotGhost(record), deletedAt: nowIso() });
  }

  /** A sandbox is gone, for whatever reason. */
  async noteSandbox(record: SandboxRecord): Promise<void> {
    if (!this.hasSnapshots(record.id)) return;
    await this.put({
      kind: 'sandbox',
      id: record.id,
      engineId: record.engineId,
      name: sandboxDisplayName(record),
      source: record.source,
      createdAt: record.createdAt,
      deletedAt: nowIso(),
      ...(record.containerId === undefined ? {} : { containerId: record.containerId }),
    });
  }

  /** A deleted snapshot was found by its labels; what is known of it already says more. */
  async recall(story: Omit<SnapshotGhost, 'kind'>): Promise<void> {
    if (this.records.get(story.id) === undefined && this.hasFollowers(story.id))
      await this.put(snapshotGhost(story));
  }

  private async put(ghost: GhostRecord): Promise<void> {
    const writing = this.records.put(ghost);
    await Promise.all([writing, ...this.trim()]);
  }

  /** Over the limit, first those go that nothing living comes from any more, then the oldest. */
  private trim(): Promise<void>[] {
    if (this.records.size <= this.limit) return [];
    const needed = this.needed();
    const ghosts = [...this.records.values()].sort(
      (a, b) => Number(needed.has(a.id)) - Number(needed.has(b.id)) || (a.id < b.id ? -1 : 1),
    );
    const useless = ghosts.filter((ghost) => !needed.has(ghost.id)).length;
    const leaving = ghosts.slice(0, Math.max(useless, ghosts.length - this.limit));
    return leaving.map((ghost) => this.records.delete(ghost.id));
  }

  private needed(): Set<string> {
    const needed = new Set<string>();
    const open: string[] = [];
    for (const record of this.snapshots.inCreationOrder()) {
      needed.add(record.sandboxId);
      open.push(...originsOf(record));
    }
    for (const { source } of this.sandboxes.inCreationOrder()) {
      if (source.kind === 'snapshot') open.push(source.snapshotId);
    }
    for (let id = open.pop(); id !== undefined; id = open.pop()) {
      if (needed.has(id)) continue;
      needed.add(id);
      const ghost = this.records.get(id);
      if (ghost?.kind === 'snapshot') open.push(...originsOf(ghost));
    }
    return needed;
  }

  private hasFollowers(id: string): boolean {
    const follows = (record: SnapshotRecord | SnapshotGhost): boolean =>
      record.parentSnapshotId === id || record.previousSnapshotId === id;
    if (this.snapshots.inCreationOrder().some(follows)) return true;
    for (const ghost of this.records.values()) if (ghost.kind === 'snapshot' && follows(ghost)) return true;
    return this.sandboxes
      .inCreationOrder()
      .some(({ source }) => source.kind === 'snapshot' && source.snapshotId === id);
  }

  private hasSnapshots(sandboxId: string): boolean {
    return this.snapshots.inCreationOrder().some((record) => record.sandboxId === sandboxId);
  }
}

function originsOf({ parentSnapshotId, previousSnapshotId }: SnapshotRecord | SnapshotGhost): string[] {
  return [parentSnapshotId, previousSnapshotId].filter((id) => id !== undefined);
}

function snapshotGhost(record: Omit<SnapshotGhost, 'kind'>): SnapshotGhost {
  const { id, engineId, sandboxId, createdAt } = record;
  const ghost: SnapshotGhost = { kind: 'snapshot', id, engineId, sandboxId, createdAt };
  for (const key of KEPT) {
    const value = record[key];
    if (value !== undefined) Object.assign(ghost, { [key]: value });
  }
  return ghost;
}

const KEPT = [
  'sandboxName',
  'name',
  'parentSnapshotId',
  'previousSnapshotId',
  'containerId',
  'baseImage',
  'sizeBytes',
  'ownSizeBytes',
] as const;

import type { DockerEngine } from '../engine/docker-engine';
import type { EngineMonitor } from '../engine/engine-monitor';
import { engineStatus } from '../engine/engine-errors';
import { readLabels } from '../engine/labels';
import { messageOf } from '../errors';
import type { DiskUsage, ReclaimItem, ReclaimRequest, ReclaimResult } from '../http/schemas/disk';
import type { SandboxRegistry } from '../sandboxes/sandbox-registry';
import type { FilesystemCompare } from '../snapshots/diff/filesystem-compare';
import type { SnapshotService } from '../snapshots/snapshot-service';
import { imageNamesOf } from '../snapshots/snapshot-tag';
import type { OrderedCollection } from '../store/ordered-collection';
import type { ActivityCause, SnapshotRecord } from '../store/records';
import { DiskMapReader, type DiskMap } from './disk-map';
import { diskSnapshots, diskTrees, displayName } from './disk-views';

const CONFLICT = 409;
const USED_NOW = 'Something uses it now.';

export interface DiskServiceOptions {
  engines: EngineMonitor;
  registry: SandboxRegistry;
  snapshots: SnapshotService;
  records: OrderedCollection<SnapshotRecord>;
  /** What reads files of images has to let go of one before it is removed. */
  readers: Pick<FilesystemCompare, 'release'>;
  instanceId: string;
}

type Kept = ReclaimResult['kept'];

/** True bytes of snapshots, and giving back what is not needed. */
export class DiskService {
  private readonly reader = new DiskMapReader();

  constructor(private readonly options: DiskServiceOptions) {}

  /** @throws AppError 503 without an engine */
  async usage(): Promise<DiskUsage> {
    const { engines, records, registry } = this.options;
    const map = await this.reader.read(engines.require());
    const all = records.inCreationOrder();
    const tags = new Set(all.flatMap(imageNamesOf));
    const others = map.holders.filter((holder) => holder.kind === 'name' && !tags.has(holder.key));
    const leftovers = this.leftovers(map);
    return {
      totalBytes: map.totalBytes,
      snapshotBytes: map.heldBytes(tags),
      snapshotUniqueBytes: map.freedBytes(tags),
      otherImageBytes: map.heldBytes(new Set(others.map((holder) => holder.key))),
      reclaimableBytes: map.freedBytes(this.keysOf(leftovers)),
      trees: diskTrees(all, map),
      snapshots: diskSnapshots(all, map, registry),
      leftovers,
    };
  }

  /**
   * Says what would go, or has it go. Never touched: what a sandbox runs from, what another OpenSandbox server made,
   * pinned snapshots, captures under way, and images that are not ours. What a later snapshot or any other image
   * shares stays on the disk by the engine's own count.
   */
  async reclaim(request: ReclaimRequest, cause: ActivityCause): Promise<ReclaimResult> {
    const engine = this.options.engines.require();
    const before = await this.reader.read(engine);
    const { items, kept } = this.plan(request, before);
    if (request.dryRun)
      return { dryRun: true, items, kept, freedBytes: before.freedBytes(this.keysOf(items)) };
    const gone: ReclaimItem[] = [];
    for (const item of items) {
      try {
        await this.remove(engine, item, cause);
        gone.push(item);
      } catch (error) {
        kept.push({ id: item.id, displayName: item.displayName, reason: messageOf(error) });
      }
    }
    const after = await this.reader.read(engine);
    const freedBytes = Math.max(0, before.totalBytes - after.totalBytes);
    return { dryRun: false, items: gone, kept, freedBytes };
  }

  private plan(request: ReclaimRequest, map: DiskMap): { items: ReclaimItem[]; kept: Kept } {
    const { records } = this.options;
    const items = request.leftovers === false ? [] : this.leftovers(map);
    const kept: Kept = [];
    for (const id of new Set(request.snapshotIds)) {
      if (items.some((item) => item.id === id)) continue;
      const record = records.get(id);
      const reason = record === undefined ? 'There is no such snapshot.' : this.reasonToKeep(record, map);
      if (record === undefined || reason !== undefined) {
        const name = record === undefined ? id : displayName(record);
        kept.push({ id, displayName: name, reason: reason ?? '' });
      } else {
        items.push(snapshotItem('snapshot', record, map));
      }
    }
    return { items, kept };
  }

  private reasonToKeep(record: SnapshotRecord, map: DiskMap): string | undefined {
    if (record.origin === 'adopted') return 'Another OpenSandbox server made it.';
    if (record.pinned) return 'It is pinned. Unpin it first.';
    if (record.state === 'Creating' || record.state === 'Deleting') return `It is ${record.state}.`;
    const imageIds = map.holders.filter((each) => each.key === record.imageTag).map((each) => each.imageId);
    const isUsed = map.holders.some((each) => each.kind === 'container' && imageIds.includes(each.imageId));
    return isUsed ? 'A sandbox or another container runs from it.' : undefined;
  }

  /** Failed snapshots of ours, and unnamed images of ours that no container uses and no capture is working on. */
  private leftovers(map: DiskMap): ReclaimItem[] {
    const { records, snapshots, instanceId } = this.options;
    const failed = records
      .inCreationOrder()
      .filter((record) => record.state === 'Failed' && this.reasonToKeep(record, map) === undefined)
      .map((record) => snapshotItem('failed', record, map));
    const used = new Set(map.holders.filter((each) => each.kind !== 'unnamed').map((each) => each.imageId));
    const unnamed = map.holders.flatMap((holder): ReclaimItem[] => {
      if (holder.kind !== 'unnamed' || used.has(holder.imageId)) return [];
      const labels = readLabels(holder.labels);
      if (labels?.instanceId !== instanceId || snapshots.isUnsettled(labels.id)) return [];
      const bytes = map.freedBytes(new Set([holder.key]));
      return [{ kind: 'unnamed', id: holder.key, displayName: `What is left of ${labels.id}`, bytes }];
    });
    return [...failed, ...unnamed];
  }

  /** By what the engine knows each item: snapshots by the names of their images, unnamed images by id. */
  private keysOf(items: readonly ReclaimItem[]): Set<string> {
    return new Set(
      items.flatMap(({ kind, id }) => {
        const record = kind === 'unnamed' ? undefined : this.options.records.get(id);
        return record === undefined ? [id] : imageNamesOf(record);
      }),
    );
  }

  private async remove(engine: DockerEngine, item: ReclaimItem, cause: ActivityCause): Promise<void> {
    if (item.kind !== 'unnamed') {
      const imageId = this.options.records.get(item.id)?.imageId;
      if (imageId !== undefined) await this.options.readers.release(imageId);
      await this.options.snapshots.delete(item.id, cause);
      return;
    }
    try {
      if (!(await this.removeUnnamed(engine, item.id))) throw new Error(USED_NOW);
    } catch (error) {
      if (engineStatus(error) === CONFLICT) throw new Error(USED_NOW, { cause: error });
      throw error;
    }
  }

  private async removeUnnamed(engine: DockerEngine, imageId: string): Promise<boolean> {
    const image = await engine.images.inspect(imageId);
    const labels = readLabels(image?.config.Labels ?? {});
    return labels === undefined || this.options.snapshots.unnamedImages.remove(engine, imageId, labels.id);
  }
}

function snapshotItem(kind: 'snapshot' | 'failed', record: SnapshotRecord, map: DiskMap): ReclaimItem {
  const bytes = map.freedBytes(new Set(imageNamesOf(record)));
  return { kind, id: record.id, displayName: displayName(record), bytes };
}

import type { DockerEngine } from '../../engine/docker-engine';
import type { EngineMonitor } from '../../engine/engine-monitor';
import type { ImageFacts } from '../../engine/engine-types';
import { AppError } from '../../errors';
import type { SandboxRegistry } from '../../sandboxes/sandbox-registry';
import type { OrderedCollection } from '../../store/ordered-collection';
import type { SandboxRecord, SnapshotRecord } from '../../store/records';

/** Something that holds a filesystem: a snapshot's image, which never changes, or a sandbox's container. */
export type FilesystemSource =
  | { kind: 'snapshot'; record: SnapshotRecord; engine: DockerEngine; image: ImageFacts }
  | { kind: 'sandbox'; record: SandboxRecord; engine: DockerEngine; containerId: string };

/** Finds what an id of a request means. */
export class FilesystemSources {
  constructor(
    private readonly engines: EngineMonitor,
    private readonly snapshots: OrderedCollection<SnapshotRecord>,
    private readonly sandboxes: SandboxRegistry,
  ) {}

  /** @throws AppError 404 for an unknown id, 409 for one without a filesystem to look at, 503 without an engine */
  async find(id: string): Promise<FilesystemSource> {
    const snapshot = this.snapshots.get(id);
    if (snapshot !== undefined) return this.snapshot(id);
    if (this.sandboxes.records.get(id) !== undefined) return this.sandbox(id);
    throw new AppError(
      404,
      'COMPARE::NOT_FOUND',
      `There is neither a snapshot nor a sandbox ${id}. It may have been deleted.`,
    );
  }

  /** @throws AppError 404, 409, 503 */
  async snapshot(id: string): Promise<FilesystemSource & { kind: 'snapshot' }> {
    const engine = this.engines.require();
    const record = this.snapshots.get(id);
    if (record === undefined)
      throw new AppError(404, 'SNAPSHOT::NOT_FOUND', `There is no snapshot ${id}. It may have been deleted.`);
    const image = record.state === 'Ready' ? await engine.images.inspect(record.imageTag) : undefined;
    if (image !== undefined) return { kind: 'snapshot', record, engine, image };
    throw new AppError(
      409,
      'SNAPSHOT::INVALID_STATE',
      record.state === 'Ready'
        ? `The image of snapshot ${id} is no longer on the engine. Load it back to look into it.`
        : `Snapshot ${id} is ${record.state}; only a Ready one has files to look at.`,
    );
  }

  /** @throws AppError 404, 409, 503 */
  async sandbox(id: string): Promise<FilesystemSource & { kind: 'sandbox' }> {
    const engine = this.engines.require();
    const record = this.sandboxes.records.get(id);
    if (record === undefined || record.phase === 'deleting')
      throw new AppError(
        404,
        'DOCKER::SANDBOX_NOT_FOUND',
        `There is no sandbox ${id}. It may have expired or been deleted.`,
      );
    this.sandboxes.requireSpokenOf(id);
    if (record.phase === 'active' && record.containerId !== undefined)
      return Promise.resolve({ kind: 'sandbox', record, engine, containerId: record.containerId });
    throw new AppError(
      409,
      'SANDBOX::INVALID_STATE',
      `Sandbox ${id} has no files to look at: it has not started. Wait until it is Running.`,
    );
  }

  /** The snapshot and the ones that it descends from, newest first, as far as they are still known. */
  lineage(record: SnapshotRecord): SnapshotRecord[] {
    const found = [record];
    const seen = new Set([record.id]);
    let next = this.snapshots.get(record.parentSnapshotId ?? '');
    while (next !== undefined && !seen.has(next.id)) {
      seen.add(next.id);
      found.push(next);
      next = this.snapshots.get(next.parentSnapshotId ?? '');
    }
    return found;
  }
}

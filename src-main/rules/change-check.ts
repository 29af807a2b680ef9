import { createHash } from 'node:crypto';
import type { DockerEngine } from '../engine/docker-engine';
import type { FilesystemCompare } from '../snapshots/diff/filesystem-compare';
import { newestOfLine } from '../snapshots/snapshot-lines';
import type { OrderedCollection } from '../store/ordered-collection';
import type { SandboxRecord, SnapshotRecord } from '../store/records';

/** What the engine said was changed when a snapshot was last known to hold it all. */
interface Seen {
  snapshotId: string;
  listing: string;
}

/** Tells whether a sandbox holds anything that its last snapshot does not. */
export class ChangeCheck {
  private readonly seen = new Map<string, Seen>();

  constructor(
    private readonly snapshots: OrderedCollection<SnapshotRecord>,
    private readonly compare: FilesystemCompare,
  ) {}

  /**
   * The engine's list of changed paths decides where it can: an empty one, or another one than at the last snapshot.
   * The same list says nothing of the files' contents, so then the filesystems themselves are compared.
   * @returns undefined when nothing changed, else what {@link remember} takes once it is captured
   * @throws AppError when the engine does not answer
   */
  async changesOf(engine: DockerEngine, sandbox: SandboxRecord): Promise<string | undefined> {
    const changes = await engine.filesystems.containerChanges(sandbox.containerId ?? '');
    const listing = digest((changes ?? []).map(({ kind, path }) => `${kind} ${path}`));
    const last = newestOfLine(this.snapshots.inCreationOrder(), sandbox);
    if (last === undefined) return changes === undefined || changes.length === 0 ? undefined : listing;
    const seen = this.seen.get(sandbox.id);
    if (last.state !== 'Ready' || (seen?.snapshotId === last.id && seen.listing !== listing)) return listing;
    if (await this.compare.differ(last.id, sandbox.id)) return listing;
    this.remember(sandbox.id, { snapshotId: last.id, listing });
    return undefined;
  }

  /** The snapshot holds what was listed before it was taken. */
  remember(sandboxId: string, seen: Seen): void {
    this.seen.set(sandboxId, seen);
  }

  forget(sandboxId: string): void {
    this.seen.delete(sandboxId);
  }
}

function digest(lines: string[]): string {
  return createHash('sha256').update(lines.sort().join('\0')).digest('base64');
}

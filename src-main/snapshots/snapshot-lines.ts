import type { SandboxRecord, SnapshotRecord } from '../store/records';

/** Where a snapshot belongs: the same for living ones and for what is remembered of deleted ones. */
export type Placed = Pick<
  SnapshotRecord,
  'id' | 'sandboxId' | 'createdAt' | 'parentSnapshotId' | 'previousSnapshotId' | 'containerId' | 'baseImage'
> &
  Partial<Pick<SnapshotRecord, 'state' | 'imageId'>>;

/**
 * A line is what was taken of one sandbox since it was started or last went back to a snapshot: each snapshot of it
 * continues the one before. Going back gives the sandbox another container and another source, so a new line begins.
 */
export function lineOf(placed: Placed): string {
  return lineKey(placed.sandboxId, placed.containerId, placed.parentSnapshotId);
}

/** The lines that a sandbox may be on; records of older versions do not tell the container. */
export function linesOf(sandbox: Pick<SandboxRecord, 'id' | 'containerId' | 'source'>): string[] {
  const { id, containerId, source } = sandbox;
  const parent = source.kind === 'snapshot' ? source.snapshotId : undefined;
  return [...new Set([lineKey(id, containerId, parent), lineKey(id, undefined, parent)])];
}

/** A capture that failed made nothing that others could continue. */
export function wasCaptured({ state, imageId }: Placed): boolean {
  return state !== 'Failed' || imageId !== undefined;
}

/** The newest snapshot that a sandbox stands on, if any was taken since it was started or last went back. */
export function newestOfLine(
  oldestFirst: readonly SnapshotRecord[],
  sandbox: SandboxRecord,
): SnapshotRecord | undefined {
  const lines = linesOf(sandbox);
  for (let index = oldestFirst.length - 1; index >= 0; index--) {
    const record = oldestFirst[index];
    if (record === undefined || record.createdAt < sandbox.createdAt) return undefined;
    if (record.sandboxId === sandbox.id && lines.includes(lineOf(record)) && wasCaptured(record))
      return record;
  }
  return undefined;
}

function lineKey(sandboxId: string, containerId = '', parentSnapshotId = ''): string {
  return `${sandboxId} ${containerId} ${parentSnapshotId}`;
}

import type { Snapshot } from '../http/schemas/snapshots';
import type { SnapshotRecord } from '../store/records';

/** A snapshot as the spec's object: exactly its fields, none of them null (CONTRACT.md 7). */
export function snapshotView(record: SnapshotRecord): Snapshot {
  return {
    id: record.id,
    sandboxId: record.sandboxId,
    ...(record.name === undefined ? {} : { name: record.name }),
    status: {
      state: record.state,
      reason: record.reason,
      message: record.message,
      lastTransitionAt: record.lastTransitionAt,
    },
    createdAt: record.createdAt,
  };
}

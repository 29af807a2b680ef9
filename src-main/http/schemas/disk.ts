import { Type, type Static } from 'typebox';
import { Timestamp } from './common';

/** What lies on the engine's disk and why. Bytes throughout; a layer that several images share counts once. */

const Bytes = Type.Integer({ minimum: 0 });

export const DiskSnapshot = Type.Object({
  id: Type.String(),
  displayName: Type.String(),
  state: Type.Enum(['Creating', 'Ready', 'Failed', 'Deleting']),
  /** Snapshot at the root of its tree; its own id for a root. */
  rootId: Type.String(),
  createdAt: Timestamp,
  /** The whole image. */
  totalBytes: Bytes,
  /** What deleting it alone frees. */
  uniqueBytes: Bytes,
  pinned: Type.Boolean(),
  readOnly: Type.Boolean(),
  /** Why it may not be wanted any more, where something speaks for that. */
  suggestion: Type.Optional(Type.String()),
});
export type DiskSnapshot = Static<typeof DiskSnapshot>;

export const DiskTree = Type.Object({
  rootId: Type.String(),
  displayName: Type.String(),
  baseImage: Type.Optional(Type.String()),
  snapshotCount: Type.Integer(),
  totalBytes: Bytes,
  /** What deleting all snapshots of the tree frees. */
  uniqueBytes: Bytes,
});
export type DiskTree = Static<typeof DiskTree>;

/** `failed`: a failed snapshot and what is left of it. `unnamed`: an image of ours that nothing needs. */
export const ReclaimItem = Type.Object({
  kind: Type.Enum(['snapshot', 'failed', 'unnamed']),
  /** Snapshot id, or image id for `unnamed`. */
  id: Type.String(),
  displayName: Type.String(),
  /** What goes with it alone; several together may free more, because they share layers. */
  bytes: Bytes,
});
export type ReclaimItem = Static<typeof ReclaimItem>;

export const DiskUsage = Type.Object(
  {
    /** All images of the engine. */
    totalBytes: Bytes,
    /** What snapshots hold, with the base images that they stand on. */
    snapshotBytes: Bytes,
    /** What deleting all snapshots would free. */
    snapshotUniqueBytes: Bytes,
    /** Images that are no snapshots. */
    otherImageBytes: Bytes,
    /** What `leftovers` free together. */
    reclaimableBytes: Bytes,
    trees: Type.Array(DiskTree),
    snapshots: Type.Array(DiskSnapshot),
    leftovers: Type.Array(ReclaimItem),
  },
  { $id: 'DiskUsage' },
);
export type DiskUsage = Static<typeof DiskUsage>;

export const ReclaimRequest = Type.Object({
  dryRun: Type.Boolean({ description: 'True only says what would go.' }),
  snapshotIds: Type.Optional(
    Type.Array(Type.String(), { maxItems: 10_000, description: 'Snapshots to delete, besides leftovers.' }),
  ),
  leftovers: Type.Optional(
    Type.Boolean({ default: true, description: 'Failed snapshots and unnamed images that nothing needs.' }),
  ),
});
export type ReclaimRequest = Static<typeof ReclaimRequest>;

export const ReclaimResult = Type.Object(
  {
    dryRun: Type.Boolean(),
    /** What goes, or went. */
    items: Type.Array(ReclaimItem),
    /** What was asked for and stays, and why. */
    kept: Type.Array(Type.Object({ id: Type.String(), displayName: Type.String(), reason: Type.String() })),
    /** All items together: what would be freed, or what was, by the engine's images before and after. */
    freedBytes: Bytes,
  },
  { $id: 'ReclaimResult' },
);
export type ReclaimResult = Static<typeof ReclaimResult>;

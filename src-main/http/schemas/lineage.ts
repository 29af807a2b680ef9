import { Type, type Static } from 'typebox';
import { Timestamp } from './common';

/** `GET /v1/desktop/lineage`: a forest; every node but the roots has exactly one edge that leads to it. */

export const LineageNode = Type.Object(
  {
    /** Id of the snapshot or sandbox; `image:` and the name for a base image. */
    id: Type.String(),
    kind: Type.Enum(['image', 'snapshot', 'sandbox']),
    name: Type.String(),
    /** As the snapshot or sandbox says; `Deleted` for ghosts, `Base` for images. */
    state: Type.String(),
    createdAt: Type.Optional(Timestamp),
    /** Of a snapshot: what its own capture added. */
    ownSizeBytes: Type.Optional(Type.Integer()),
    sizeBytes: Type.Optional(Type.Integer()),
    pinned: Type.Optional(Type.Boolean()),
    /** Of a snapshot: the sandbox that it was taken of. */
    sandboxId: Type.Optional(Type.String()),
    sandboxName: Type.Optional(Type.String()),
    /** It was deleted; it is shown because of what came from it. */
    ghost: Type.Optional(Type.Boolean()),
    /** Absent for a ghost that is known from labels alone. */
    deletedAt: Type.Optional(Timestamp),
  },
  { $id: 'LineageNode' },
);
export type LineageNode = Static<typeof LineageNode>;

export const LineageEdge = Type.Object(
  {
    from: Type.String(),
    to: Type.String(),
    /**
     * `next`: taken of the same sandbox after `from`. `branch`: the first one taken of a sandbox that was started from
     * `from`. `here`: the sandbox `to` stands on `from`; that is what it was started from, or went back to, or the
     * newest snapshot taken of it since.
     */
    kind: Type.Enum(['next', 'branch', 'here']),
    createdAt: Type.Optional(Timestamp),
    ownSizeBytes: Type.Optional(Type.Integer()),
  },
  { $id: 'LineageEdge' },
);
export type LineageEdge = Static<typeof LineageEdge>;

/** Nodes oldest first, images before everything else. */
export const Lineage = Type.Object(
  { nodes: Type.Array(LineageNode), edges: Type.Array(LineageEdge) },
  { $id: 'Lineage' },
);
export type Lineage = Static<typeof Lineage>;

/** `GET /v1/desktop/lineage/changes`: what a reader of an earlier answer has to change to have the lineage of now. */
export const LineageChanges = Type.Object(
  {
    /** What to ask with the next time. */
    revision: Type.String(),
    /** The revision that was asked with is unknown, or there was none: `changed` is everything. */
    whole: Type.Boolean(),
    /** New and changed nodes in the order of all nodes, each with the edge that leads to it. */
    changed: Type.Array(
      Type.Object({
        /** Its index among all nodes as they are now. Nodes that did not change keep their order. */
        at: Type.Integer({ minimum: 0 }),
        node: LineageNode,
        edge: Type.Optional(LineageEdge),
      }),
    ),
    removed: Type.Array(Type.String()),
  },
  { $id: 'LineageChanges' },
);
export type LineageChanges = Static<typeof LineageChanges>;

export const LineageChangesQuery = Type.Object({
  /** `revision` of the answer before. */
  since: Type.Optional(Type.String({ maxLength: 100 })),
});

import { Type, type Static } from 'typebox';
import { PaginationInfo, Timestamp, pageQuery } from './common';

export const SnapshotStatus = Type.Object({
  state: Type.String({ description: 'Creating, Ready, Failed or Deleting.' }),
  reason: Type.Optional(Type.String()),
  message: Type.Optional(Type.String()),
  lastTransitionAt: Type.Optional(Timestamp),
});

export const Snapshot = Type.Object(
  {
    id: Type.String(),
    sandboxId: Type.String(),
    name: Type.Optional(Type.String()),
    status: SnapshotStatus,
    createdAt: Timestamp,
  },
  { $id: 'Snapshot' },
);
export type Snapshot = Static<typeof Snapshot>;

export const ListSnapshotsResponse = Type.Object(
  { items: Type.Array(Snapshot), pagination: PaginationInfo },
  { $id: 'ListSnapshotsResponse' },
);

/** The specification asks for one character; one that shows, because a name is what people click on. */
export const SnapshotName = Type.String({ minLength: 1, maxLength: 1000, pattern: '\\S' });

export const CreateSnapshotRequest = Type.Object(
  { name: Type.Optional(Type.Union([SnapshotName, Type.Null()])) },
  { $id: 'CreateSnapshotRequest' },
);

export const ListSnapshotsQuery = Type.Object({
  ...pageQuery,
  sandboxId: Type.Optional(Type.String()),
  name: Type.Optional(Type.String({ description: 'Exact name.' })),
});
export type ListSnapshotsQuery = Static<typeof ListSnapshotsQuery>;

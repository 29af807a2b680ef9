import { Type, type Static } from 'typebox';
import { Timestamp } from './common';

/** Whether the image holds what Docker said that its container had changed. */
export const SnapshotVerification = Type.Object({
  state: Type.Enum(['pending', 'verified', 'incomplete', 'unknown']),
  checkedPaths: Type.Optional(Type.Integer({ description: 'Changes that were found in the image.' })),
  missing: Type.Optional(
    Type.Array(Type.String(), { maxItems: 100, description: 'The first changes that are not in the image.' }),
  ),
  reason: Type.Optional(Type.String()),
  at: Type.Optional(Timestamp),
});
export type SnapshotVerification = Static<typeof SnapshotVerification>;

/** What the container had besides its own filesystem; nothing of it is in the image. */
export const NotCaptured = Type.Object({
  volumes: Type.Array(
    Type.Object({
      kind: Type.Enum(['host', 'named']),
      source: Type.String(),
      mountPath: Type.String(),
      sizeBytes: Type.Optional(
        Type.Integer({ description: 'Of a named volume, some seconds after the capture.' }),
      ),
    }),
  ),
  tmpfs: Type.Array(Type.String()),
  processes: Type.Optional(Type.Integer()),
});
export type NotCaptured = Static<typeof NotCaptured>;

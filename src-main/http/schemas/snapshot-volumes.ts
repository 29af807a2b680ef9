import { Type, type Static } from 'typebox';
import { SnapshotName } from './snapshots';

/** A named volume's content that a snapshot holds; a restore mounts a new volume with it. */
export const VolumeCopy = Type.Object({
  source: Type.String({ description: 'The Docker volume that was copied.' }),
  mountPath: Type.String(),
  readOnly: Type.Boolean(),
  sizeBytes: Type.Integer(),
});

/** A named volume of a sandbox. */
export const SandboxVolume = Type.Object({
  source: Type.String({ description: 'The Docker volume.' }),
  mountPath: Type.String(),
  sizeBytes: Type.Optional(Type.Integer({ description: 'Absent where the engine cannot tell.' })),
});
export type SandboxVolume = Static<typeof SandboxVolume>;
export const SandboxVolumeList = Type.Object({ items: Type.Array(SandboxVolume) });

export const CreateDesktopSnapshotRequest = Type.Object(
  {
    name: Type.Optional(SnapshotName),
    withVolumes: Type.Optional(
      Type.Boolean({
        default: false,
        description:
          'Also copy the named volumes. The sandbox stands still until they are copied; restores, forks and ' +
          'roll backs mount new volumes with their content.',
      }),
    ),
  },
  { $id: 'CreateDesktopSnapshotRequest' },
);
export type CreateDesktopSnapshotRequest = Static<typeof CreateDesktopSnapshotRequest>;

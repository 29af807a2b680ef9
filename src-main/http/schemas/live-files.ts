import { Type, type Static } from 'typebox';
import { Timestamp } from './common';

const Path = Type.String({ minLength: 1, description: 'Absolute, such as /etc/hostname.' });

export const LiveFile = Type.Object(
  {
    path: Type.String(),
    kind: Type.Enum(['file', 'directory', 'symlink', 'other']),
    sizeBytes: Type.Integer({ minimum: 0 }),
    mode: Type.Integer({ description: 'Permission, setuid, setgid and sticky bits.' }),
    owner: Type.String({ description: 'Name, or the number where nobody has it.' }),
    group: Type.String(),
    modifiedAt: Timestamp,
  },
  { $id: 'LiveFile' },
);
export type LiveFile = Static<typeof LiveFile>;

export const LiveFolder = Type.Object(
  { path: Type.String(), items: Type.Array(LiveFile, { description: 'By name.' }) },
  { $id: 'LiveFolder' },
);
export type LiveFolder = Static<typeof LiveFolder>;

export const LivePathQuery = Type.Object({ path: Path });

export const WriteConditions = Type.Object({
  'if-match': Type.Optional(
    Type.String({ description: 'The `ETag` that the file was read with: 412 when it was changed since.' }),
  ),
  'if-none-match': Type.Optional(
    Type.String({ pattern: '^\\*$', description: '`*`: 412 when anything is there already.' }),
  ),
});

export const WrittenFile = Type.Object(
  {
    path: Type.String(),
    sizeBytes: Type.Integer(),
    revision: Type.String({ description: 'The `ETag` of what was written.' }),
  },
  { $id: 'WrittenFile' },
);
export type WrittenFile = Static<typeof WrittenFile>;

export const NewFolder = Type.Object({ path: Path });

export const MovedPath = Type.Object({ from: Path, to: Path });

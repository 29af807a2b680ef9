import { Type, type Static, type TSchema } from 'typebox';

/** Some clients send null for what they leave out. */
const optional = <T extends TSchema>(schema: T) => Type.Optional(Type.Union([schema, Type.Null()]));

const PermissionFields = {
  owner: optional(Type.String({ description: 'Name; empty or absent leaves it alone.' })),
  group: optional(Type.String({ description: 'Name; empty or absent leaves it alone.' })),
  mode: optional(Type.Integer({ description: 'Octal digits written as a decimal number, such as 644.' })),
};

/** execd-api.yaml, Permission. */
export const Permission = Type.Object(PermissionFields, { $id: 'Permission' });
export type Permission = Static<typeof Permission>;

/** execd-api.yaml, FileMetadata: the part before each uploaded file. */
export const FileMetadata = Type.Object(
  { path: Type.String(), ...PermissionFields },
  { $id: 'FileMetadata' },
);
export type FileMetadata = Static<typeof FileMetadata>;

/** execd-api.yaml, FileInfo. Every key is sent (CONTRACT.md 4.6). */
export const FileInfo = Type.Object(
  {
    path: Type.String({ description: 'Absolute.' }),
    type: Type.Enum(['file', 'directory', 'symlink', 'other']),
    size: Type.Integer({ description: 'Bytes.' }),
    modified_at: Type.String(),
    created_at: Type.String({ description: 'When the inode last changed.' }),
    owner: Type.String(),
    group: Type.String(),
    mode: Type.Integer({ description: 'Octal digits written as a decimal number.' }),
  },
  { $id: 'FileInfo' },
);
export type FileInfo = Static<typeof FileInfo>;

export const RenameFiles = Type.Array(Type.Object({ src: Type.String(), dest: Type.String() }));

export const ReplaceContents = Type.Record(
  Type.String(),
  Type.Object({ old: Type.String(), new: Type.String() }),
);

export const Permissions = Type.Record(Type.String(), Permission);

/** Repeated keys, also with one element (CONTRACT.md 7). */
export const PathsQuery = Type.Object({ path: Type.Optional(Type.Array(Type.String())) });

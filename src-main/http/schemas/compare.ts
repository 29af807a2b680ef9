import { Type, type Static } from 'typebox';
import { Timestamp } from './common';

const FileKind = Type.Union([
  Type.Literal('file'),
  Type.Literal('directory'),
  Type.Literal('symlink'),
  Type.Literal('device'),
  Type.Literal('pipe'),
  Type.Literal('other'),
]);

const SourceId = Type.String({ minLength: 1, description: 'Id of a snapshot or of a sandbox.' });
const AbsolutePath = Type.String({ minLength: 1, description: 'Absolute, such as /etc/hostname.' });

/** What a filesystem says about a path. */
const fileFacts = {
  kind: FileKind,
  sizeBytes: Type.Integer({ minimum: 0 }),
  mode: Type.Integer({ description: 'Permission, setuid, setgid and sticky bits.' }),
  uid: Type.Integer(),
  gid: Type.Integer(),
  modifiedAt: Timestamp,
  linkTarget: Type.Optional(Type.String({ description: 'Only of a symlink.' })),
};

export const FileEntry = Type.Object(fileFacts, { $id: 'FileEntry' });
export type FileEntry = Static<typeof FileEntry>;

export const ChangedPath = Type.Object(
  {
    path: Type.String(),
    change: Type.Union([Type.Literal('added'), Type.Literal('removed'), Type.Literal('changed')]),
    contentChanged: Type.Boolean({
      description: 'False when only mode or owner differ, and for directories.',
    }),
    kindBefore: Type.Optional(FileKind),
    kindAfter: Type.Optional(FileKind),
    sizeBefore: Type.Optional(Type.Integer()),
    sizeAfter: Type.Optional(Type.Integer()),
    modeBefore: Type.Optional(Type.Integer()),
    modeAfter: Type.Optional(Type.Integer()),
    ownerBefore: Type.Optional(Type.String({ description: '`uid:gid`, where the owner changed.' })),
    ownerAfter: Type.Optional(Type.String()),
  },
  { $id: 'ChangedPath' },
);
export type ChangedPath = Static<typeof ChangedPath>;

export const CompareQuery = Type.Object({
  from: SourceId,
  to: SourceId,
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 50_000, default: 20_000 })),
  cursor: Type.Optional(
    Type.Integer({ minimum: 0, description: '`nextCursor` of the page before, of the same comparison.' }),
  ),
});

export const Comparison = Type.Object(
  {
    from: Type.String(),
    to: Type.String(),
    summary: Type.Object({
      added: Type.Integer(),
      removed: Type.Integer(),
      changed: Type.Integer(),
      bytesAdded: Type.Integer({ description: 'Of added files, and of changed ones after.' }),
      bytesRemoved: Type.Integer({ description: 'Of removed files, and of changed ones before.' }),
    }),
    items: Type.Array(ChangedPath, { description: 'Parents before what is below them.' }),
    totalItems: Type.Integer(),
    nextCursor: Type.Optional(Type.Integer()),
  },
  { $id: 'Comparison' },
);
export type Comparison = Static<typeof Comparison>;

export const CompareFileQuery = Type.Object({ from: SourceId, to: SourceId, path: AbsolutePath });

const FileSide = Type.Object({
  ...fileFacts,
  encoding: Type.Optional(
    Type.Union([Type.Literal('utf8'), Type.Literal('base64')], {
      description: 'Text, or base64 of what is no text; absent for everything but files.',
    }),
  ),
  content: Type.Optional(Type.String({ description: 'At most the first MiB.' })),
  truncated: Type.Optional(Type.Boolean()),
});
export type FileSide = Static<typeof FileSide>;

export const FileComparison = Type.Object(
  {
    path: Type.String(),
    before: Type.Optional(FileSide),
    after: Type.Optional(FileSide),
  },
  { $id: 'FileComparison' },
);
export type FileComparison = Static<typeof FileComparison>;

export const FolderQuery = Type.Object({
  path: Type.Optional(Type.String({ minLength: 1, default: '/' })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 50_000, default: 20_000 })),
  cursor: Type.Optional(Type.Integer({ minimum: 0 })),
});

const FolderItem = Type.Object({ name: Type.String(), path: Type.String(), ...fileFacts });

export const FolderListing = Type.Object(
  {
    path: Type.String({ description: 'Without symlinks.' }),
    ...fileFacts,
    items: Type.Array(FolderItem, { description: 'By name; empty for a file.' }),
    totalItems: Type.Integer(),
    nextCursor: Type.Optional(Type.Integer()),
  },
  { $id: 'FolderListing' },
);
export type FolderListing = Static<typeof FolderListing>;

export const FileContentQuery = Type.Object({
  path: AbsolutePath,
  format: Type.Optional(
    Type.Union([Type.Literal('raw'), Type.Literal('tar')], {
      default: 'raw',
      description: 'tar: the path with everything below it.',
    }),
  ),
});

export const FileHistoryQuery = Type.Object({ path: AbsolutePath });

const PathVersion = Type.Object({
  snapshotId: Type.String(),
  name: Type.Optional(Type.String()),
  createdAt: Timestamp,
  state: Type.Union([Type.Literal('present'), Type.Literal('absent'), Type.Literal('unreadable')]),
  changed: Type.Optional(
    Type.Boolean({ description: 'Against the snapshot before; absent when that cannot be told.' }),
  ),
  file: Type.Optional(FileEntry),
});

export const FileHistory = Type.Object(
  {
    path: Type.String(),
    items: Type.Array(PathVersion, {
      description: 'The snapshot and those that it descends from, newest first.',
    }),
  },
  { $id: 'FileHistory' },
);
export type FileHistory = Static<typeof FileHistory>;

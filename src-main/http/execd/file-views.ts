import type { FileAttributes, FileEntry } from '../../exec/files/file-entry';
import { parseWireMode, wireMode } from '../../exec/files/file-mode';
import type { FileInfo, Permission } from '../schemas/files';

/** A file as the API shows it. */
export function fileView(entry: FileEntry): FileInfo {
  return {
    path: entry.path,
    type: entry.kind,
    size: entry.sizeBytes,
    modified_at: entry.modifiedAt,
    created_at: entry.createdAt,
    owner: entry.owner,
    group: entry.group,
    mode: wireMode(entry.mode),
  };
}

/** What null, empty and zero leave alone is left out. @throws AppError 400 for a mode that is not octal */
export function attributesOf({ mode, owner, group }: Permission): FileAttributes {
  const bits = parseWireMode(mode);
  return {
    ...(bits === undefined ? {} : { mode: bits }),
    ...(owner == null || owner === '' ? {} : { owner }),
    ...(group == null || group === '' ? {} : { group }),
  };
}

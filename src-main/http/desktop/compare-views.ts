import type { FileFacts } from '../../snapshots/diff/file-facts';
import type { FileSide as ReadSide, PathVersion } from '../../snapshots/diff/filesystem-compare';
import { sameContent, type PathChange } from '../../snapshots/diff/tree-diff';
import type { ChangedPath, FileEntry, FileHistory, FileSide } from '../schemas/compare';

const MILLIS_PER_SECOND = 1000;

export function fileEntry(facts: FileFacts): FileEntry {
  return {
    kind: facts.kind,
    sizeBytes: facts.sizeBytes,
    mode: facts.mode,
    uid: facts.uid,
    gid: facts.gid,
    modifiedAt: new Date(facts.modifiedSeconds * MILLIS_PER_SECOND).toISOString(),
    ...(facts.kind === 'symlink' ? { linkTarget: facts.content } : {}),
  };
}

export function changedPath({ path, change, before, after }: PathChange): ChangedPath {
  const one = before ?? after;
  const isDirectory = one?.kind === 'directory' && (after ?? one).kind === 'directory';
  const contentChanged =
    !isDirectory && (before === undefined || after === undefined || !sameContent(before, after));
  const ownerChanged =
    before !== undefined && after !== undefined && (before.uid !== after.uid || before.gid !== after.gid);
  return {
    path,
    change,
    contentChanged,
    ...(before === undefined
      ? {}
      : { kindBefore: before.kind, sizeBefore: before.sizeBytes, modeBefore: before.mode }),
    ...(after === undefined
      ? {}
      : { kindAfter: after.kind, sizeAfter: after.sizeBytes, modeAfter: after.mode }),
    ...(ownerChanged
      ? { ownerBefore: `${before.uid}:${before.gid}`, ownerAfter: `${after.uid}:${after.gid}` }
      : {}),
  };
}

export function fileSide({ facts, shown }: ReadSide): FileSide {
  return { ...fileEntry(facts), ...(shown ?? {}) };
}

export function pathVersion({ snapshot, state, facts, changed }: PathVersion): FileHistory['items'][number] {
  return {
    snapshotId: snapshot.id,
    createdAt: snapshot.createdAt,
    state,
    ...(snapshot.name === undefined ? {} : { name: snapshot.name }),
    ...(changed === undefined ? {} : { changed }),
    ...(facts === undefined ? {} : { file: fileEntry(facts) }),
  };
}

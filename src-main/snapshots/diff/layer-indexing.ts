import { createHash } from 'node:crypto';
import { eachEntry, type TarEntry } from '../../engine/tar-streams';
import type { FileKind, LayerEntry, LayerIndex } from './file-facts';

/** OCI image-spec, layer.md: a file of this prefix says that the path without it is gone. */
export const WHITEOUT = '.wh.';
const OPAQUE = '.wh..wh..opq';
/** Bookkeeping of the aufs driver, never part of a filesystem. */
const AUFS_OWN = '.wh..wh.';

const MILLIS_PER_SECOND = 1000;

export interface TarIndexing {
  /** Names that mark removals in a layer are ordinary names in a whole filesystem. */
  whiteouts: boolean;
  /** Which paths to keep; the content of the others is not hashed. All without it. */
  wanted?: (path: string) => boolean;
}

/**
 * Reads the tar of a layer or of a filesystem once, hashing each file on the way, with memory for names only.
 * @throws Error when the tar is damaged or ends early
 */
export async function indexTar(
  tar: NodeJS.ReadableStream,
  { whiteouts, wanted = () => true }: TarIndexing,
): Promise<LayerIndex> {
  const index: LayerIndex = { entries: [], removed: [], opaque: [] };
  await eachEntry(tar, async (entry) => {
    const path = relativePath(entry.header.name);
    if ((whiteouts && noteWhiteout(index, path)) || !wanted(path)) entry.resume();
    else index.entries.push(await layerEntry(path, entry));
  });
  return index;
}

/** Without slashes at the ends and `.` components; `''` is the root. */
export function relativePath(name: string): string {
  return name
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .join('/');
}

function noteWhiteout(index: LayerIndex, path: string): boolean {
  const slash = path.lastIndexOf('/');
  const [folder, name] = [path.slice(0, Math.max(0, slash)), path.slice(slash + 1)];
  if (!name.startsWith(WHITEOUT)) return false;
  if (name === OPAQUE) index.opaque.push(folder);
  else if (!name.startsWith(AUFS_OWN))
    index.removed.push(relativePath(`${folder}/${name.slice(WHITEOUT.length)}`));
  return true;
}

async function layerEntry(path: string, entry: TarEntry): Promise<LayerEntry> {
  const { header } = entry;
  const kind = kindOf(header.type);
  const isFile = kind === 'file' && header.type !== 'link';
  const content = isFile ? await hashOf(entry) : contentOf(header);
  if (!isFile) entry.resume();
  return {
    path,
    kind,
    mode: header.mode & 0o7777,
    uid: header.uid,
    gid: header.gid,
    sizeBytes: isFile ? header.size : 0,
    modifiedSeconds: Math.floor(header.mtime.getTime() / MILLIS_PER_SECOND),
    content,
    ...(header.type === 'link' ? { hardLinkTo: relativePath(header.linkname) } : {}),
  };
}

async function hashOf(entry: TarEntry): Promise<string> {
  const hash = createHash('sha256');
  // tar-stream yields buffers; its types leave the chunk open.
  for await (const chunk of entry) hash.update(chunk as Uint8Array);
  return hash.digest('hex');
}

function contentOf(header: TarEntry['header']): string {
  if (header.type === 'symlink') return header.linkname;
  if (header.type === 'block-device' || header.type === 'character-device')
    return `${header.type} ${header.devmajor}:${header.devminor}`;
  return '';
}

function kindOf(type: TarEntry['header']['type']): FileKind {
  switch (type) {
    case 'file':
    case 'link':
    case 'contiguous-file':
      return 'file';
    case 'directory':
    case 'symlink':
      return type;
    case 'block-device':
    case 'character-device':
      return 'device';
    case 'fifo':
      return 'pipe';
    default:
      return 'other';
  }
}

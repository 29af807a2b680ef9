import type { TarFilterEntry } from '../engine/tar-filter';
import { IMPLIED_DIRECTORY, type FileFacts } from './diff/file-facts';
import type { TreeNode } from './diff/filesystem-tree';

/**
 * What the engine lays over the image of every container before it starts (moby, `daemon/initlayer/setup_unix.go`),
 * by absolute path. Nobody in a sandbox sees or changes what an image holds there: the engine puts its own in its
 * place and mounts over most of it. Exports hold it, commits never do.
 * - `mounted`: an empty file below a mount
 * - `mark`: an empty file
 * - `mounts`: a symlink to the list of mounts
 * - `folder`: a folder below a mount, unless the image has one
 * - `parent`: a folder of those above, unless the image has one
 */
const ENGINE_MADE: ReadonlyMap<string, 'mounted' | 'mark' | 'mounts' | 'folder' | 'parent'> = new Map([
  ['/.dockerenv', 'mark'],
  ['/dev', 'parent'],
  ['/dev/console', 'mounted'],
  ['/dev/pts', 'folder'],
  ['/dev/shm', 'folder'],
  ['/etc', 'parent'],
  ['/etc/hostname', 'mounted'],
  ['/etc/hosts', 'mounted'],
  ['/etc/mtab', 'mounts'],
  ['/etc/resolv.conf', 'mounted'],
  ['/proc', 'folder'],
  ['/sys', 'folder'],
]);

const MOUNTS_LINK = '/proc/mounts';
/** As the engine, distributions and old images have it. */
const MOUNTS_LINKS = /^(\.\.|)\/proc\/(self\/)?mounts$/;

/** Whether an entry of an exported container is one of the engine's files; it may be the image's own folder. */
export function isEngineFile(entry: TarFilterEntry): boolean {
  switch (ENGINE_MADE.get(`/${entry.name.replace(/^\.?\//, '')}`)) {
    case 'mounted':
    case 'mark':
      return entry.type === '0' && entry.sizeBytes === 0;
    case 'mounts':
      return entry.type === '2' && entry.linkName === MOUNTS_LINK;
    case 'folder':
    case 'parent':
    case undefined:
      return false;
  }
}

/** Whether what an image holds there is replaced or made by the engine in every container alike. */
export function isEngineMade(path: string, facts: FileFacts): boolean {
  switch (ENGINE_MADE.get(path)) {
    case 'mounted':
      return facts.kind !== 'directory';
    case 'mark':
      return facts.kind === 'file' && facts.sizeBytes === 0;
    case 'mounts':
      return facts.kind === 'symlink' && MOUNTS_LINKS.test(facts.content);
    case 'folder':
      return facts.kind === 'directory';
    case 'parent':
    case undefined:
      return false;
  }
}

/** Whether a folder may be there only for what the engine makes in it. */
export function isEngineMadeParent(path: string, { facts, children }: TreeNode): boolean {
  if (ENGINE_MADE.get(path) !== 'parent') return false;
  const { kind, mode, uid, gid } = IMPLIED_DIRECTORY;
  if (facts.kind !== kind || facts.mode !== mode || facts.uid !== uid || facts.gid !== gid) return false;
  return [...children].every(([name, child]) => isEngineMade(`${path}/${name}`, child.facts));
}

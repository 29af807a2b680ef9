import { posix } from 'node:path';
import { Readable } from 'node:stream';
import type { ArchiveStat } from '../../engine/archives';
import type { SandboxTarget } from '../sandbox-target';
import type { Accounts } from './accounts';
import { movedTar, pathsBelow, rewrittenTar } from './archive-trees';
import { ContainerArchive, type FoundPath } from './container-archive';
import { SMALL_FILE_BYTES, type FileBackend, type FileContent, type OpenedFile } from './file-backend';
import { isoTime, type FileAttributes, type FileEntry } from './file-entry';
import { fileFailed, fileNotFound, unfitPath } from './file-errors';
import { firstContent, smallTar, writtenMode, type TarHeader } from './file-tars';
import { OverflowBuffer } from './overflow-buffer';
import { childPath } from './sandbox-paths';
import type { SpoolFolder, Spooled } from './spool';
import { SpooledTar } from './spooled-tar';

/** What a new path gets without attributes: 0777 less the usual umask (CONTRACT.md 4.6). */
const NEW_MODE = 0o755;

/** By numbers, as in the sandbox. */
export type FileOwner = Pick<TarHeader, 'uid' | 'gid'>;
type Ownership = FileOwner & Pick<TarHeader, 'mode'>;

/**
 * Files through the engine's archives alone, for images without a shell. Slower, blind for tmpfs, and it acts as root;
 * what it makes belongs to the container's user.
 */
export class ArchiveFiles implements FileBackend {
  constructor(private readonly spool: SpoolFolder) {}

  async home(target: SandboxTarget): Promise<string> {
    return (await new ContainerArchive(target).user()).home;
  }

  async stat(target: SandboxTarget, paths: readonly string[]): Promise<(FileEntry | undefined)[]> {
    const container = new ContainerArchive(target);
    const accounts = await container.accounts();
    const entries: (FileEntry | undefined)[] = [];
    for (const path of paths) {
      const found = await container.find(path);
      entries.push(found === undefined ? undefined : entryOf(path, found.stat, found.header, accounts));
    }
    return entries;
  }

  async list(target: SandboxTarget, directory: string, depth: number): Promise<FileEntry[]> {
    const { kind } = await new ContainerArchive(target).requireStat(directory);
    if (kind !== 'directory') throw unfitPath(directory, 'is not a directory.');
    if (depth === 0) return [];
    const levelsAbove = directory === '/' ? 1 : directory.split('/').length;
    const below = await this.below(target, directory);
    return below.filter(({ path }) => path.split('/').length - levelsAbove <= depth);
  }

  async search(target: SandboxTarget, root: string, fits: (name: string) => boolean): Promise<FileEntry[]> {
    const { kind } = await new ContainerArchive(target).requireStat(root);
    const found = kind === 'directory' ? await this.below(target, root) : await this.stat(target, [root]);
    return found
      .filter((entry) => entry !== undefined)
      .filter((entry) => entry.kind !== 'directory' && fits(posix.basename(entry.path)));
  }

  async open(target: SandboxTarget, path: string): Promise<OpenedFile> {
    const got = await new ContainerArchive(target).getFollowed(path);
    if (got === undefined) throw fileNotFound(path);
    const { stat, tar } = got;
    const size = stat.sizeBytes;
    const close = () => tar.destroy();
    if (stat.kind !== 'file') {
      close();
      throw unfitPath(path, 'is not a file.');
    }
    if (size > SMALL_FILE_BYTES) {
      return { size, content: (range) => Promise.resolve(this.contentOf(tar, range)), close };
    }
    const chunks: Buffer[] = [];
    for await (const chunk of firstContent(tar, { start: 0, length: size })) chunks.push(chunk);
    return { size, content: Buffer.concat(chunks), close };
  }

  /** The whole content, if the archives see a file of this size there; they do not see tmpfs. */
  async openIfSized(target: SandboxTarget, path: string, size: number): Promise<Readable | undefined> {
    const got = await new ContainerArchive(target).getFollowed(path);
    if (got?.stat.kind === 'file' && got.stat.sizeBytes === size) {
      return this.contentOf(got.tar, { start: 0, length: size });
    }
    got?.tar.destroy();
    return undefined;
  }

  async write(
    target: SandboxTarget,
    path: string,
    content: FileContent,
    attributes: FileAttributes,
  ): Promise<void> {
    const container = new ContainerArchive(target);
    // The user is asked for beside the path, not after it: most writes make a new file.
    const [{ path: place, found }, userName] = await Promise.all([
      container.findFollowed(path),
      container.userName(),
    ]);
    if (found !== undefined && found.stat.kind !== 'file') throw fileFailed('write', path, 'it is no file.');
    const current =
      found === undefined ? newFor((await container.accounts()).resolveUser(userName)) : ownershipOf(found);
    await putFile(container, place, content, await changed(container, current, attributes));
  }

  /**
   * Gives content to an empty file that was just made through a shell, keeping its mode.
   * @param owner what the shell says of it
   * @returns false when the archives do not see that file, as on a tmpfs
   */
  async replaceEmptyFile(
    target: SandboxTarget,
    path: string,
    content: Spooled,
    owner: FileOwner,
  ): Promise<boolean> {
    const container = new ContainerArchive(target);
    const { path: place, stat } = await container.resolve(path);
    if (stat?.kind !== 'file' || stat.sizeBytes !== 0) return false;
    await putFile(container, place, content, { ...owner, mode: stat.mode });
    return true;
  }

  async setAttributes(target: SandboxTarget, path: string, attributes: FileAttributes): Promise<void> {
    const container = new ContainerArchive(target);
    const { path: place, found } = await container.findFollowed(path);
    if (found === undefined) throw fileNotFound(path);
    const ownership = await changed(container, ownershipOf(found), attributes);
    const change = (header: TarHeader) => ({ ...header, ...ownership });
    if (found.stat.kind === 'directory') {
      // An entry for the directory alone: what lies in it stays as it is.
      const header = {
        ...change(found.header),
        mode: writtenMode(ownership.mode),
        name: posix.basename(place),
      };
      await container.put(posix.dirname(place), () => smallTar([{ header }]));
      return;
    }
    await this.replant(container, place, (tar) => rewrittenTar(tar, change), place);
  }

  async move(target: SandboxTarget, source: string, destination: string): Promise<void> {
    const container = new ContainerArchive(target);
    await container.requireStat(source);
    if ((await container.stat(destination)) !== undefined) {
      throw fileFailed('move to', destination, 'it exists already.');
    }
    await this.replant(container, source, (tar) => movedTar(tar, posix.basename(destination)), destination);
    await container.remove(source);
  }

  async makeDirectory(target: SandboxTarget, path: string, attributes: FileAttributes): Promise<void> {
    const container = new ContainerArchive(target);
    const { path: place, stat } = await container.resolve(path);
    if (stat?.kind === 'directory') return;
    if (stat !== undefined) throw fileFailed('make the directory', path, 'a file has this name.');
    const ownership = await changed(container, newFor(await container.user()), attributes);
    const header = { ...ownership, name: posix.basename(place), type: 'directory' as const };
    await container.put(posix.dirname(place), () => smallTar([{ header }]));
  }

  async removeFile(target: SandboxTarget, path: string): Promise<void> {
    const container = new ContainerArchive(target);
    const stat = await container.stat(path);
    if (stat === undefined) return;
    if (stat.kind === 'directory') throw fileFailed('delete', path, 'it is a directory.');
    await container.remove(path);
  }

  async removeDirectory(target: SandboxTarget, path: string): Promise<void> {
    const container = new ContainerArchive(target);
    if (path === '/') throw fileFailed('delete', path, 'it is the root of the filesystem.');
    if ((await container.stat(path)) !== undefined) await container.remove(path);
  }

  private contentOf(tar: Readable, range: { start: number; length: number }): Readable {
    const buffered = new OverflowBuffer(tar, () => tar.destroy(), this.spool);
    const content = Readable.from(firstContent(buffered, range), { objectMode: false });
    // What nobody began to read never gets to its own end.
    return content.once('close', () => buffered.destroy());
  }

  private async below(target: SandboxTarget, directory: string): Promise<FileEntry[]> {
    const container = new ContainerArchive(target);
    const accounts = await container.accounts();
    const got = await container.get(directory);
    if (got === undefined) throw fileNotFound(directory);
    const paths = await pathsBelow(got.tar);
    return paths.map(({ relativePath, header, sizeBytes }) =>
      archivedEntry(childPath(directory, relativePath), header, sizeBytes, accounts),
    );
  }

  /** Reads a tree, changes it, and unpacks it again; never at once, for the engine would wait for itself. */
  private async replant(
    container: ContainerArchive,
    source: string,
    change: (tar: Readable) => Readable,
    destination: string,
  ): Promise<void> {
    const got = await container.get(source);
    if (got === undefined) throw fileNotFound(source);
    const spooled = await this.spool.collect(got.tar);
    try {
      await container.put(posix.dirname(destination), () => change(spooled.read()));
    } finally {
      await spooled.remove();
    }
  }
}

function ownershipOf({ header: { uid, gid }, stat: { mode } }: FoundPath): Ownership {
  return { uid, gid, mode };
}

function newFor({ uid, gid }: FileOwner): Ownership {
  return { uid, gid, mode: NEW_MODE };
}

/** What the attributes leave out stays. */
async function changed(
  container: ContainerArchive,
  current: Ownership,
  { mode, owner, group }: FileAttributes,
): Promise<Ownership> {
  const accounts = owner === undefined && group === undefined ? undefined : await container.accounts();
  return {
    mode: mode ?? current.mode,
    uid: owner === undefined ? current.uid : known(accounts?.uidOf(owner), 'user', owner),
    gid: group === undefined ? current.gid : known(accounts?.gidOf(group), 'group', group),
  };
}

function putFile(
  container: ContainerArchive,
  place: string,
  content: FileContent,
  { uid, gid, mode }: Ownership,
): Promise<void> {
  const header = { uid, gid, mode: writtenMode(mode), name: posix.basename(place), type: 'file' as const };
  return container.put(posix.dirname(place), () =>
    Buffer.isBuffer(content) ? smallTar([{ header, content }]) : new SpooledTar(header, content),
  );
}

function known(id: number | undefined, kind: 'user' | 'group', name: string): number {
  if (id !== undefined) return id;
  throw fileFailed(`find the ${kind}`, name, 'the sandbox has none of this name.');
}

function entryOf(path: string, stat: ArchiveStat, header: TarHeader, accounts: Accounts): FileEntry {
  const entry = archivedEntry(path, header, stat.sizeBytes, accounts);
  const modifiedAt = isoTime(stat.modifiedAt);
  return { ...entry, kind: stat.kind, mode: stat.mode, modifiedAt, createdAt: modifiedAt };
}

function archivedEntry(path: string, header: TarHeader, sizeBytes: number, accounts: Accounts): FileEntry {
  const modifiedAt = isoTime(header.mtime.toISOString());
  return {
    path,
    kind: kindOf(header.type),
    sizeBytes,
    mode: header.mode,
    owner: accounts.ownerName(header.uid),
    group: accounts.groupName(header.gid),
    modifiedAt,
    createdAt: modifiedAt,
  };
}

function kindOf(type: TarHeader['type']): FileEntry['kind'] {
  if (type === 'directory' || type === 'symlink') return type;
  return type === 'file' || type === 'link' || type === 'contiguous-file' ? 'file' : 'other';
}

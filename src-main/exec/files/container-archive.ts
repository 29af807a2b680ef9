import { posix } from 'node:path';
import type { Readable, Stream } from 'node:stream';
import type { ArchiveStat } from '../../engine/archives';
import { engineStatus } from '../../engine/engine-errors';
import { AppError, messageOf } from '../../errors';
import type { SandboxTarget } from '../sandbox-target';
import { Accounts } from './accounts';
import { fileFailed, fileNotFound } from './file-errors';
import { firstContent, firstHeader, smallTar, type TarHeader } from './file-tars';

const NEW_DIRECTORY_MODE = 0o755;
/** Account files larger than this are not read to their end. */
const LARGEST_ACCOUNT_FILE_BYTES = 2 ** 20;

/** A path as it is now: what the engine says and what its archive says. */
export interface FoundPath {
  path: string;
  stat: ArchiveStat;
  header: TarHeader;
}

/** Where a path leads once a symlink at its end was followed; `stat` is undefined where nothing is. */
export interface ResolvedPath {
  path: string;
  stat: ArchiveStat | undefined;
}

/** One container's filesystem by the engine's archives alone. */
export class ContainerArchive {
  constructor(private readonly target: SandboxTarget) {}

  stat(path: string): Promise<ArchiveStat | undefined> {
    return this.target.engine.archives.stat(this.target.containerId, path);
  }

  /** @throws AppError 404 `FILE_NOT_FOUND` */
  async requireStat(path: string): Promise<ArchiveStat> {
    const stat = await this.stat(path);
    if (stat === undefined) throw fileNotFound(path);
    return stat;
  }

  /** The path as a tar; undefined where nothing is. The engine waits until it is read or destroyed. */
  get(path: string): Promise<{ stat: ArchiveStat; tar: Readable } | undefined> {
    return this.target.engine.archives.get(this.target.containerId, path);
  }

  /** As {@link get}, of what a symlink leads to. */
  async getFollowed(path: string): Promise<{ stat: ArchiveStat; tar: Readable } | undefined> {
    const got = await this.get(path);
    if (got?.stat.kind !== 'symlink') return got;
    got.tar.destroy();
    return this.get(got.stat.linkTarget);
  }

  async find(path: string): Promise<FoundPath | undefined> {
    const got = await this.get(path);
    if (got === undefined) return undefined;
    const header = await firstHeader(got.tar);
    return header === undefined ? undefined : { path, stat: got.stat, header };
  }

  /** As {@link find}, of what a symlink leads to; `path` is where a file would be made if nothing is there. */
  async findFollowed(path: string): Promise<{ path: string; found: FoundPath | undefined }> {
    const found = await this.find(path);
    if (found?.stat.kind !== 'symlink') return { path, found };
    const { linkTarget } = found.stat;
    return { path: linkTarget, found: await this.find(linkTarget) };
  }

  async resolve(path: string): Promise<ResolvedPath> {
    const stat = await this.stat(path);
    if (stat?.kind !== 'symlink') return { path, stat };
    return { path: stat.linkTarget, stat: await this.stat(stat.linkTarget) };
  }

  /**
   * Unpacks a tar into a directory, which is made where it is missing.
   * @param compose called again when the first try found no directory
   */
  async put(directory: string, compose: () => Promise<Buffer> | Stream): Promise<void> {
    const { engine, containerId } = this.target;
    try {
      await engine.archives.put(containerId, directory, await compose());
    } catch (error) {
      if (engineStatus(error) !== 404) throw error;
      await this.makeParents(directory);
      await engine.archives.put(containerId, directory, await compose());
    }
  }

  /**
   * Removes a path with everything below. The engine has no call for that, but unpacking an entry first removes what
   * has its name, and a hard link to a name that has just gone cannot be made: so nothing takes its place.
   * @throws AppError 501 `NOT_SUPPORTED` on an engine that does otherwise
   */
  async remove(path: string): Promise<void> {
    const name = posix.basename(path);
    const entry = { name, type: 'link' as const, linkname: name };
    const failed = await this.put(posix.dirname(path), () => smallTar([{ header: entry }])).then(
      () => undefined,
      (error: unknown) => error,
    );
    if (failed instanceof AppError && failed.status === 503) throw failed;
    if ((await this.stat(path)) === undefined) return;
    if (failed !== undefined && !/no such file/.test(messageOf(failed))) {
      throw fileFailed('delete', path, messageOf(failed));
    }
    throw new AppError(
      501,
      'NOT_SUPPORTED',
      'This engine cannot delete files in a sandbox without a shell. Use an image with a shell.',
    );
  }

  /** Users and groups, as far as the image has any. */
  async accounts(): Promise<Accounts> {
    const [passwd, group] = await Promise.all([this.text('/etc/passwd'), this.text('/etc/group')]);
    return new Accounts(passwd, group);
  }

  /** Whom the container's processes run as. */
  async user(): Promise<ReturnType<Accounts['resolveUser']>> {
    const [name, accounts] = await Promise.all([this.userName(), this.accounts()]);
    return accounts.resolveUser(name);
  }

  /** The same as the container's settings write it; empty means root. */
  async userName(): Promise<string> {
    const { engine, containerId } = this.target;
    return (await engine.containers.settings(containerId))?.user ?? '';
  }

  private async text(path: string): Promise<string> {
    const got = await this.getFollowed(path);
    if (got === undefined) return '';
    const chunks: Buffer[] = [];
    for await (const chunk of firstContent(got.tar, { start: 0, length: LARGEST_ACCOUNT_FILE_BYTES })) {
      chunks.push(chunk);
    }
    return Buffer.concat(chunks).toString();
  }

  private async makeParents(directory: string): Promise<void> {
    const missing: string[] = [];
    let above = directory;
    while (above !== '/' && (await this.stat(above)) === undefined) {
      missing.unshift(posix.basename(above));
      above = posix.dirname(above);
    }
    const { uid, gid } = await this.user();
    const entries = missing.map((_name, index) => ({
      header: {
        name: missing.slice(0, index + 1).join('/'),
        type: 'directory' as const,
        mode: NEW_DIRECTORY_MODE,
        uid,
        gid,
      },
    }));
    const { engine, containerId } = this.target;
    await engine.archives.put(containerId, above, await smallTar(entries));
  }
}

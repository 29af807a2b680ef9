import type { IncomingMessage } from 'node:http';
import { once } from 'node:events';
import type { ArchiveStat } from '../../engine/archives';
import { AppError } from '../../errors';
import { fileBytes, textOf } from './archived-file';
import type { FilesystemSource } from './filesystem-sources';
import type { ImageReaders } from './image-readers';

/** Of both contents that are shown side by side. */
const SHOWN_BYTES = 2 ** 20;

/** A path that is open for reading; whoever opens it reads the archive to its end or destroys it. */
export interface OpenPath {
  stat: ArchiveStat;
  archive: IncomingMessage;
}

/** The beginning of a file as it is shown. */
export interface ShownContent {
  /** UTF-8 text, or base64 of what is not text. */
  encoding: 'utf8' | 'base64';
  content: string;
  truncated: boolean;
}

/** Reads files of snapshots and sandboxes. Nothing runs for it, and symlinks end inside the same filesystem. */
export class FileAccess {
  constructor(private readonly readers: ImageReaders) {}

  /** Undefined when there is no such path. @param path absolute */
  async open(source: FilesystemSource, path: string): Promise<OpenPath | undefined> {
    if (source.kind === 'sandbox') return open(source.engine, source.containerId, path);
    const { containerId, release } = await this.readers.lease(source.engine, source.image.id);
    try {
      const opened = await open(source.engine, containerId, path);
      if (opened === undefined) release();
      else void once(opened.archive, 'close').then(release, release);
      return opened;
    } catch (error) {
      release();
      throw error;
    }
  }

  /**
   * The file at a path, through symlinks.
   * @throws AppError 404 `FILE_NOT_FOUND`, 400 for what is no file
   */
  async openFile(source: FilesystemSource, path: string): Promise<OpenPath> {
    let opened = await this.open(source, path);
    if (opened?.stat.kind === 'symlink') {
      opened.archive.destroy();
      // The engine has followed the whole chain, inside the container.
      opened = await this.open(source, opened.stat.linkTarget);
    }
    if (opened === undefined) throw pathMissing(path);
    if (opened.stat.kind === 'file') return opened;
    opened.archive.destroy();
    throw new AppError(
      400,
      'SANDBOX::INVALID_PARAMETER',
      `${path} is not a file. Ask with format=tar to get a folder.`,
    );
  }

  /** @throws AppError 404 `FILE_NOT_FOUND` */
  async openTar(source: FilesystemSource, path: string): Promise<OpenPath> {
    const opened = await this.open(source, path);
    if (opened === undefined) throw pathMissing(path);
    return opened;
  }

  /** The beginning of a file; undefined when the path is no file now. */
  async shown(source: FilesystemSource, path: string): Promise<ShownContent | undefined> {
    const opened = await this.open(source, path);
    if (opened?.stat.kind !== 'file') {
      opened?.archive.destroy();
      return undefined;
    }
    const chunks: Buffer[] = [];
    for await (const chunk of fileBytes(opened.archive, { start: 0, end: SHOWN_BYTES })) chunks.push(chunk);
    const bytes = Buffer.concat(chunks);
    const truncated = opened.stat.sizeBytes > bytes.length;
    const text = textOf(bytes, truncated);
    return text === undefined
      ? { encoding: 'base64', content: bytes.toString('base64'), truncated }
      : { encoding: 'utf8', content: text, truncated };
  }
}

export function pathMissing(path: string): AppError {
  return new AppError(
    404,
    'FILE_NOT_FOUND',
    `There is no ${path}. Check the path, or look at the folder that should hold it.`,
  );
}

async function open(
  engine: FilesystemSource['engine'],
  containerId: string,
  path: string,
): Promise<OpenPath | undefined> {
  const found = await engine.archives.get(containerId, path);
  return found === undefined ? undefined : { stat: found.stat, archive: found.tar };
}

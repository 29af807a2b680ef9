import { IncomingMessage } from 'node:http';
import { Readable, type Stream } from 'node:stream';
import type Docker from 'dockerode';
import { AppError } from '../errors';
import { engineStatus, translateEngineError } from './engine-errors';

const STAT_HEADER = 'x-docker-container-path-stat';
/** Bits of Go's `fs.FileMode`, which the engine's stat uses instead of the kernel's. */
const GO_MODE = {
  directory: 1 << 31,
  symlink: 1 << 27,
  device: 1 << 26,
  namedPipe: 1 << 25,
  socket: 1 << 24,
  setuid: 1 << 23,
  setgid: 1 << 22,
  charDevice: 1 << 21,
  sticky: 1 << 20,
  irregular: 1 << 19,
} as const;
const GO_SPECIAL =
  GO_MODE.device | GO_MODE.namedPipe | GO_MODE.socket | GO_MODE.charDevice | GO_MODE.irregular;

/** The engine's words for a path that goes through a file or round in links, or that no filesystem can have. */
const LEADS_NOWHERE = /not a directory|too many links|too many levels of symbolic links|file name too long/i;

export type PathKind = 'file' | 'directory' | 'symlink' | 'other';

/** What the engine says about a path inside a container. A last component that is a symlink is not followed. */
export interface ArchiveStat {
  kind: PathKind;
  sizeBytes: number;
  /** Permission, setuid, setgid and sticky bits as the kernel counts them. */
  mode: number;
  /** RFC 3339 with nanoseconds. */
  modifiedAt: string;
  /** Where a symlink leads in the end, absolute; it may lead to nothing. */
  linkTarget: string;
}

/**
 * Paths of a container read and written as tars (Docker API `/containers/{id}/archive`). Works without any process
 * in the container, sees its image, layers, volumes and bind mounts, but neither tmpfs mounts nor /proc and /sys.
 */
export class Archives {
  constructor(private readonly docker: Docker) {}

  /** Undefined when there is no such path. @throws AppError 404 and 500 of the engine */
  async stat(containerId: string, path: string): Promise<ArchiveStat | undefined> {
    try {
      const head = responseOf(await this.docker.getContainer(containerId).infoArchive({ path }));
      // A HEAD has no body; reading its end gives the connection back.
      head.resume();
      return parseStat(head.headers[STAT_HEADER]);
    } catch (error) {
      // HEAD carries no words: 404 is the path, because callers know the container from its events.
      if (engineStatus(error) === 404) return undefined;
      if (engineStatus(error) !== 500) throw translateArchiveError(error);
      // The same question with an answer that says why.
      const got = await this.get(containerId, path);
      got?.tar.destroy();
      return got?.stat;
    }
  }

  /**
   * The path as a tar, directories with everything below; undefined when there is no such path. The engine keeps the
   * container locked until the tar is read or destroyed: whoever reads it slowly blocks pause, exec and inspect.
   */
  async get(
    containerId: string,
    path: string,
  ): Promise<{ stat: ArchiveStat; tar: IncomingMessage } | undefined> {
    try {
      const tar = responseOf(await this.docker.getContainer(containerId).getArchive({ path }));
      return { stat: parseStat(tar.headers[STAT_HEADER]), tar };
    } catch (error) {
      if (engineStatus(error) === 404 || LEADS_NOWHERE.test(String(error))) return undefined;
      throw translateArchiveError(error);
    }
  }

  /**
   * Unpacks a tar into a directory of the container. An entry replaces whatever has its name, but a directory merges.
   * @param tar a stream is only piped, and its errors end the call
   * @throws AppError 500 `RUNTIME_ERROR` with the engine's words
   */
  async put(containerId: string, directory: string, tar: Buffer | Stream): Promise<void> {
    // The typings ask for all of a stream that can be read; docker-modem does with one what is said above.
    const body = tar as Buffer | Readable;
    try {
      await this.docker.getContainer(containerId).putArchive(body, { path: directory });
    } catch (error) {
      throw translateArchiveError(error);
    } finally {
      if (tar instanceof Readable) tar.destroy();
    }
  }
}

function parseStat(header: string | string[] | undefined): ArchiveStat {
  const text = Buffer.from(String(header), 'base64').toString();
  const stat = JSON.parse(text) as { size: number; mode: number; mtime: string; linkTarget: string };
  return {
    kind: kindOf(stat.mode),
    sizeBytes: stat.size,
    mode: kernelMode(stat.mode),
    modifiedAt: stat.mtime,
    linkTarget: stat.linkTarget,
  };
}

/** The typings promise a bare stream; docker-modem hands out the response itself. */
function responseOf(answer: unknown): IncomingMessage {
  if (answer instanceof IncomingMessage) return answer;
  throw new TypeError('docker-modem answered with something that is no response');
}

function kindOf(goMode: number): PathKind {
  if ((goMode & GO_MODE.directory) !== 0) return 'directory';
  if ((goMode & GO_MODE.symlink) !== 0) return 'symlink';
  return (goMode & GO_SPECIAL) === 0 ? 'file' : 'other';
}

function kernelMode(goMode: number): number {
  let mode = goMode & 0o777;
  if ((goMode & GO_MODE.setuid) !== 0) mode |= 0o4000;
  if ((goMode & GO_MODE.setgid) !== 0) mode |= 0o2000;
  if ((goMode & GO_MODE.sticky) !== 0) mode |= 0o1000;
  return mode;
}

function translateArchiveError(error: unknown): AppError {
  const translated = translateEngineError(error, {
    code: 'RUNTIME_ERROR',
    doing: 'The engine could not access the path in the sandbox',
  });
  // 400 is the engine's word for a full or read-only mount here, which is not the request's fault.
  return translated.status === 400
    ? new AppError(500, 'RUNTIME_ERROR', translated.message, { cause: error })
    : translated;
}

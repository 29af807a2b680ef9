import type { Readable } from 'node:stream';
import type { SandboxTarget } from '../sandbox-target';
import type { ByteRange } from './byte-range';
import type { FileAttributes, FileEntry } from './file-entry';
import type { Spooled } from './spool';

/** A file up to this size is passed around in memory. */
export const SMALL_FILE_BYTES = 64 * 1024;

/** What to write: a small file's bytes, or more that lies ready. */
export type FileContent = Buffer | Spooled;

/** A file that can be read. Close it when it is not read to the end. */
export interface OpenedFile {
  size: number;
  /** The whole content of a small file, else a way to read a part of it, once. */
  content: Buffer | ((range: ByteRange) => Promise<Readable>);
  close(): void;
}

/**
 * One way to reach a sandbox's files. Paths are absolute and canonical. What is asked for and is not there is an
 * AppError 404 `FILE_NOT_FOUND`; what the filesystem refuses is a 500 `RUNTIME_ERROR` in its words.
 */
export interface FileBackend {
  /** Home directory of the container's user. */
  home(target: SandboxTarget): Promise<string>;
  /** Each path as it is, symlinks not followed; undefined where nothing is. */
  stat(target: SandboxTarget, paths: readonly string[]): Promise<(FileEntry | undefined)[]>;
  /**
   * What lies below a directory, down to `depth` levels, in no order; symlinks are not followed.
   * @throws AppError 400 `INVALID_REQUEST_BODY` for a symlink or anything else that is no directory
   */
  list(target: SandboxTarget, directory: string, depth: number): Promise<FileEntry[]>;
  /** Everything below `root` but directories, in no order, whose base name fits. */
  search(target: SandboxTarget, root: string, fits: (name: string) => boolean): Promise<FileEntry[]>;
  /** @throws AppError 400 `INVALID_REQUEST_BODY` for what is no file */
  open(target: SandboxTarget, path: string): Promise<OpenedFile>;
  /**
   * Makes or overwrites a file, following symlinks, with the directories above it. An existing file keeps what
   * `attributes` leave out, a new one is executable by all and belongs to the container's user.
   */
  write(target: SandboxTarget, path: string, content: FileContent, attributes: FileAttributes): Promise<void>;
  setAttributes(target: SandboxTarget, path: string, attributes: FileAttributes): Promise<void>;
  /** Moves a file or a directory, making the directories above the destination, which must not exist. */
  move(target: SandboxTarget, source: string, destination: string): Promise<void>;
  /** As `mkdir -p`; the attributes are for this directory alone, and only if it was not there. */
  makeDirectory(target: SandboxTarget, path: string, attributes: FileAttributes): Promise<void>;
  /** What is not there is fine; a directory is not. */
  removeFile(target: SandboxTarget, path: string): Promise<void>;
  /** With everything below; what is not there is fine. */
  removeDirectory(target: SandboxTarget, path: string): Promise<void>;
}

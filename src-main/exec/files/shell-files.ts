import type { Readable } from 'node:stream';
import { AppError } from '../../errors';
import type { ExecOpening } from '../exec-opening';
import type { CommandRunner, HelperResult } from '../exec-types';
import type { SandboxTarget } from '../sandbox-target';
import type { ArchiveFiles } from './archive-files';
import type { ByteRange } from './byte-range';
import { SMALL_FILE_BYTES, type FileBackend, type FileContent, type OpenedFile } from './file-backend';
import type { FileAttributes, FileEntry } from './file-entry';
import { fileFailed, fileNotFound, unfitPath } from './file-errors';
import {
  ATTRIBUTES_SCRIPT,
  FIND_SCRIPT,
  FOUND,
  LIST_SCRIPT,
  MAKE_DIRECTORY_SCRIPT,
  MAKE_FILE_SCRIPT,
  modeArgument,
  MOVE_SCRIPT,
  READ_SCRIPT,
  REMOVE_DIRECTORY_SCRIPT,
  REMOVE_FILE_SCRIPT,
  STAT_SCRIPT,
  WRITE_SCRIPT,
} from './shell-scripts';
import { readBlocks, writeThroughShell } from './shell-streams';
import type { Spooled } from './spool';
import { parseFoundPaths, parseStatRecords } from './stat-records';

/** From here on an archive's own 30 ms are worth it; it is three times as fast as a shell's streams. */
const ARCHIVE_BYTES = 4 * 2 ** 20;
/** So many paths fit on a command line whatever their length is in practice. */
const PATHS_PER_CALL = 400;
/** No path is deeper, and no tool takes any number. */
const DEEPEST = 4_096;
/** A shell's words for a tool that the image does not have. */
const TOOL_MISSING = /(?:^|: )[a-z]+: (?:command |applet )?not found$/m;

export interface ShellFilesOptions {
  runner: CommandRunner;
  opening: ExecOpening;
  /** For whole large files, which pass through the engine's archives much faster than through a shell. */
  archives: ArchiveFiles;
}

/** Files through the sandbox's own shell: exact users, tmpfs and mounts included, and cheap while a shell is warm. */
export class ShellFiles implements FileBackend {
  constructor(private readonly options: ShellFilesOptions) {}

  async home(target: SandboxTarget): Promise<string> {
    const { stdout } = await this.run(target, 'printf %s "$HOME"', []);
    return stdout.toString();
  }

  async stat(target: SandboxTarget, paths: readonly string[]): Promise<(FileEntry | undefined)[]> {
    const found = new Map<string, FileEntry>();
    for (let at = 0; at < paths.length; at += PATHS_PER_CALL) {
      // A path that is not there makes `stat` fail, and the others are told all the same.
      const { stdout } = await this.run(target, STAT_SCRIPT, paths.slice(at, at + PATHS_PER_CALL));
      for (const entry of parseStatRecords(stdout)) found.set(entry.path, entry);
    }
    return paths.map((path) => found.get(path));
  }

  async list(target: SandboxTarget, directory: string, depth: number): Promise<FileEntry[]> {
    const result = await this.run(target, LIST_SCRIPT, [directory, String(Math.min(depth, DEEPEST))]);
    if (result.code === FOUND.noDirectory) throw unfitPath(directory, 'is not a directory.');
    const entries = parseStatRecords(result.stdout);
    // What vanishes while it is listed makes `find` fail too; the directory itself was seen.
    if (entries.length === 0) this.check(result, 'list', directory);
    return entries.filter((entry) => entry.path !== directory);
  }

  async search(target: SandboxTarget, root: string, fits: (name: string) => boolean): Promise<FileEntry[]> {
    const result = await this.run(target, FIND_SCRIPT, [root]);
    const paths = parseFoundPaths(result.stdout).filter((path) =>
      fits(path.slice(path.lastIndexOf('/') + 1)),
    );
    if (result.stdout.length === 0) this.check(result, 'search', root);
    const entries = await this.stat(target, paths);
    return entries.filter((entry) => entry !== undefined);
  }

  async open(target: SandboxTarget, path: string): Promise<OpenedFile> {
    const result = await this.run(target, READ_SCRIPT, [path, String(SMALL_FILE_BYTES)]);
    if (result.code === FOUND.noFile) throw unfitPath(path, 'is not a file.');
    this.check(result, 'read', path);
    const lineEnd = result.stdout.indexOf('\n');
    const size = Number(result.stdout.subarray(0, lineEnd).toString().split('|', 1)[0]);
    const close = () => undefined;
    if (size > SMALL_FILE_BYTES) {
      return { size, content: (range) => this.readLarge(target, path, size, range), close };
    }
    const content = result.stdout.subarray(lineEnd + 1);
    // Files below /proc say that they are empty, and others may have grown meanwhile.
    return { size: content.length, content, close };
  }

  async write(
    target: SandboxTarget,
    path: string,
    content: FileContent,
    attributes: FileAttributes,
  ): Promise<void> {
    if (!Buffer.isBuffer(content)) {
      await this.writeLarge(target, path, content, attributes);
      return;
    }
    const args = [path, ...attributeArguments(attributes)];
    this.check(await this.run(target, WRITE_SCRIPT, args, content), 'write', path);
  }

  async setAttributes(target: SandboxTarget, path: string, attributes: FileAttributes): Promise<void> {
    const result = await this.run(target, ATTRIBUTES_SCRIPT, [path, ...attributeArguments(attributes)]);
    this.check(result, 'change', path);
  }

  async move(target: SandboxTarget, source: string, destination: string): Promise<void> {
    const result = await this.run(target, MOVE_SCRIPT, [source, destination]);
    if (result.code === FOUND.exists) throw fileFailed('move to', destination, 'it exists already.');
    this.check(result, 'move', source);
  }

  async makeDirectory(target: SandboxTarget, path: string, attributes: FileAttributes): Promise<void> {
    const result = await this.run(target, MAKE_DIRECTORY_SCRIPT, [path, ...attributeArguments(attributes)]);
    this.check(result, 'make the directory', path);
  }

  async removeFile(target: SandboxTarget, path: string): Promise<void> {
    const result = await this.run(target, REMOVE_FILE_SCRIPT, [path]);
    if (result.code === FOUND.directory) throw fileFailed('delete', path, 'it is a directory.');
    this.check(result, 'delete', path);
  }

  async removeDirectory(target: SandboxTarget, path: string): Promise<void> {
    this.check(await this.run(target, REMOVE_DIRECTORY_SCRIPT, [path]), 'delete', path);
  }

  private async readLarge(
    target: SandboxTarget,
    path: string,
    size: number,
    range: ByteRange,
  ): Promise<Readable> {
    if (range.length === size && size >= ARCHIVE_BYTES) {
      const whole = await this.options.archives.openIfSized(target, path, size);
      if (whole !== undefined) return whole;
    }
    return readBlocks(this.options.runner, target, path, range);
  }

  private async writeLarge(
    target: SandboxTarget,
    path: string,
    content: Spooled,
    attributes: FileAttributes,
  ): Promise<void> {
    // The shell knows what the container's user may do, and follows every mount.
    const args = [path, ...attributeArguments(attributes)];
    const made = await this.run(target, MAKE_FILE_SCRIPT, args, Buffer.alloc(0));
    this.check(made, 'write', path);
    const { archives, opening } = this.options;
    if (content.size >= ARCHIVE_BYTES) {
      const [uid = 0, gid = 0] = made.stdout.toString().split('|').map(Number);
      if (await archives.replaceEmptyFile(target, path, content, { uid, gid })) return;
    }
    await opening.whileAwake(target.sandboxId, () => writeThroughShell(opening, target, path, content));
  }

  /** @throws AppError 501 `NOT_SUPPORTED` when the image lacks a tool that the script needs */
  private async run(
    target: SandboxTarget,
    script: string,
    args: readonly string[],
    input?: Buffer,
  ): Promise<HelperResult> {
    const result = await this.options.runner.runHelper(target.sandboxId, script, {
      args,
      ...(input === undefined ? {} : { input }),
    });
    if (result.code !== 0 && TOOL_MISSING.test(result.stderr.toString())) {
      throw new AppError(
        501,
        'NOT_SUPPORTED',
        `The image of sandbox ${target.sandboxId} lacks a tool for this: ${result.stderr.toString().trim()}`,
      );
    }
    return result;
  }

  private check({ code, stderr }: HelperResult, doing: string, path: string): void {
    if (code === FOUND.missing) throw fileNotFound(path);
    if (code !== 0) throw fileFailed(doing, path, stderr.toString().trim() || `the shell ended with ${code}`);
  }
}

function attributeArguments({ mode, owner, group }: FileAttributes): string[] {
  return [modeArgument(mode), owner ?? '', group ?? ''];
}

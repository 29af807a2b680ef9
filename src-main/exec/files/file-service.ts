import { Readable } from 'node:stream';
import type { Changes } from '../../activity/changes';
import { AppError } from '../../errors';
import type { SandboxRegistry } from '../../sandboxes/sandbox-registry';
import type { ExecOpening } from '../exec-opening';
import type { CommandRunner } from '../exec-types';
import type { SandboxTarget } from '../sandbox-target';
import { SANDBOX_NOT_RUNNING } from '../shell-errors';
import { ArchiveFiles } from './archive-files';
import { SMALL_FILE_BYTES, type FileBackend, type FileContent, type OpenedFile } from './file-backend';
import { inTreeOrder, type FileAttributes, type FileEntry } from './file-entry';
import { fileNotFound } from './file-errors';
import { LiteralReplacement } from './literal-replacement';
import { namePattern } from './name-pattern';
import { readPathEnvironment } from './path-environment';
import { absolutePath, needsEnvironment, type PathEnvironment } from './sandbox-paths';
import { ShellFiles } from './shell-files';
import type { SpoolFolder, Spooled } from './spool';

export interface FileServiceOptions {
  opening: ExecOpening;
  runner: CommandRunner;
  registry: SandboxRegistry;
  changes: Changes;
  spool: SpoolFolder;
}

/** What is learned once about the container of a sandbox. */
interface KnownContainer {
  containerId: string;
  /** Its image has no shell, or not the tools. */
  lacksShell: boolean;
  environment?: Promise<PathEnvironment>;
}

/** Of absolute paths without variables. */
const NO_ENVIRONMENT: PathEnvironment = { variable: () => undefined, workingDir: '/' };

/**
 * Files of sandboxes (CONTRACT.md 4.6): through a shell where there is one, else through the engine's archives, with
 * the same results. Paths are those of requests. Every method throws 404 and 503 as `requireRunning`.
 */
export class FileService {
  private readonly shell: ShellFiles;
  private readonly archives: ArchiveFiles;
  private readonly known = new Map<string, KnownContainer>();

  constructor(private readonly options: FileServiceOptions) {
    const { opening, runner, registry, changes, spool } = options;
    this.archives = new ArchiveFiles(spool);
    this.shell = new ShellFiles({ runner, opening, archives: this.archives });
    changes.on('sandbox', (id) => {
      if (registry.records.get(id) === undefined) this.known.delete(id);
    });
  }

  /** By the paths as they were asked for. @throws AppError 404 `FILE_NOT_FOUND` when any of them is not there */
  async info(sandboxId: string, paths: readonly string[]): Promise<Map<string, FileEntry>> {
    if (paths.length === 0) return new Map();
    return this.at(sandboxId, paths, async (files, target, absolute) => {
      const entries = await files.stat(target, absolute);
      return new Map(
        paths.map((path, index) => {
          const entry = entries[index];
          if (entry === undefined) throw fileNotFound(path);
          return [path, entry];
        }),
      );
    });
  }

  /** @throws AppError 404 `FILE_NOT_FOUND`, 400 for what is no file */
  open(sandboxId: string, path: string): Promise<OpenedFile> {
    return this.at(sandboxId, [path], (files, target, [absolute = '']) => files.open(target, absolute));
  }

  /**
   * Makes or overwrites a file, with the directories above it. The content is here before the file is touched, so that
   * an upload which breaks off changes nothing.
   */
  async write(
    sandboxId: string,
    path: string,
    content: AsyncIterable<unknown>,
    attributes: FileAttributes,
  ): Promise<void> {
    // Refused before a large content is taken.
    this.options.opening.target(sandboxId);
    const spooled = await this.options.spool.collect(content);
    try {
      await this.writeContent(sandboxId, path, contentOf(spooled), attributes);
    } finally {
      await spooled.remove();
    }
  }

  async move(sandboxId: string, source: string, destination: string): Promise<void> {
    await this.at(sandboxId, [source, destination], (files, target, [from = '', to = '']) =>
      files.move(target, from, to),
    );
  }

  /**
   * Replaces a text wherever it occurs in a file; mode and owner stay.
   * @returns how often it occurred
   */
  async replace(sandboxId: string, path: string, old: string, replacement: string): Promise<number> {
    if (old === '')
      throw new AppError(400, 'INVALID_REQUEST_BODY', 'old is empty. Send the text to replace.');
    const { content, size } = await this.open(sandboxId, path);
    const filter = new LiteralReplacement(Buffer.from(old), Buffer.from(replacement));
    const source = Buffer.isBuffer(content)
      ? Readable.from([content])
      : await content({ start: 0, length: size });
    source.once('error', (error) => filter.destroy(error));
    const spooled = await this.options.spool.collect(source.pipe(filter));
    try {
      if (filter.count > 0) await this.writeContent(sandboxId, path, contentOf(spooled), {});
    } finally {
      await spooled.remove();
    }
    return filter.count;
  }

  /** Everything but directories below a directory whose base name fits the glob, in tree order. */
  async search(sandboxId: string, root: string, pattern: string): Promise<FileEntry[]> {
    const fits = namePattern(pattern);
    const found = await this.at(sandboxId, [root], (files, target, [absolute = '']) =>
      files.search(target, absolute, fits),
    );
    return inTreeOrder(found);
  }

  /** @throws AppError 404 `FILE_NOT_FOUND`, 500 for an unknown owner or group */
  async setAttributes(sandboxId: string, path: string, attributes: FileAttributes): Promise<void> {
    await this.at(sandboxId, [path], (files, target, [absolute = '']) =>
      files.setAttributes(target, absolute, attributes),
    );
  }

  async removeFile(sandboxId: string, path: string): Promise<void> {
    await this.at(sandboxId, [path], (files, target, [absolute = '']) => files.removeFile(target, absolute));
  }

  /** What lies in a directory, parents before children. @throws AppError 404, 400 for what is no directory */
  async list(sandboxId: string, directory: string, depth: number): Promise<FileEntry[]> {
    const found = await this.at(sandboxId, [directory], (files, target, [absolute = '']) =>
      files.list(target, absolute, depth),
    );
    return inTreeOrder(found);
  }

  async makeDirectory(sandboxId: string, path: string, attributes: FileAttributes): Promise<void> {
    await this.at(sandboxId, [path], (files, target, [absolute = '']) =>
      files.makeDirectory(target, absolute, attributes),
    );
  }

  async removeDirectory(sandboxId: string, path: string): Promise<void> {
    await this.at(sandboxId, [path], (files, target, [absolute = '']) =>
      files.removeDirectory(target, absolute),
    );
  }

  private async writeContent(
    sandboxId: string,
    path: string,
    content: FileContent,
    attributes: FileAttributes,
  ): Promise<void> {
    await this.at(sandboxId, [path], (files, target, [absolute = '']) =>
      files.write(target, absolute, content, attributes),
    );
  }

  private async at<T>(
    sandboxId: string,
    paths: readonly string[],
    work: (files: FileBackend, target: SandboxTarget, absolute: string[]) => Promise<T>,
  ): Promise<T> {
    const target = this.options.opening.target(sandboxId);
    const environment = paths.some(needsEnvironment) ? await this.environment(target) : NO_ENVIRONMENT;
    const absolute = paths.map((path) => absolutePath(path, environment));
    return this.through(target, (files) => work(files, target, absolute));
  }

  /** What the shell way answers with 501 has had no effect, and goes through archives from then on. */
  private async through<T>(target: SandboxTarget, work: (files: FileBackend) => Promise<T>): Promise<T> {
    const known = this.knownOf(target);
    if (!known.lacksShell) {
      try {
        return await work(this.shell);
      } catch (error) {
        if (!(error instanceof AppError) || error.code !== 'NOT_SUPPORTED') throw error;
        known.lacksShell = true;
      }
    }
    const { opening } = this.options;
    try {
      return await opening.whileAwake(target.sandboxId, () =>
        opening.throughFreezes(target, () => work(this.archives)),
      );
    } catch (error) {
      // The engine unpacks into a filesystem while it removes it, and then only tells of what it did not find there.
      if (!(error instanceof AppError) || error.status !== 500) throw error;
      const isReplaced = opening.target(target.sandboxId).containerId !== target.containerId;
      throw isReplaced ? rolledBack(target.sandboxId) : error;
    }
  }

  private environment(target: SandboxTarget): Promise<PathEnvironment> {
    const known = this.knownOf(target);
    if (known.environment === undefined) {
      const reading = readPathEnvironment(target, () => this.through(target, (files) => files.home(target)));
      known.environment = reading;
      reading.catch(() => delete known.environment);
    }
    return known.environment;
  }

  private knownOf({ sandboxId, containerId }: SandboxTarget): KnownContainer {
    const known = this.known.get(sandboxId);
    if (known?.containerId === containerId) return known;
    const fresh: KnownContainer = { containerId, lacksShell: false };
    this.known.set(sandboxId, fresh);
    return fresh;
  }
}

function rolledBack(sandboxId: string): AppError {
  return new AppError(
    503,
    SANDBOX_NOT_RUNNING,
    `Sandbox ${sandboxId} was rolled back before this was done. Look what it holds now, and send it again.`,
  );
}

function contentOf(spooled: Spooled): FileContent {
  const { bytes } = spooled;
  return bytes !== undefined && bytes.length <= SMALL_FILE_BYTES ? bytes : spooled;
}

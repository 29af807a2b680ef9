import { createHash, type Hash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { AppError } from '../../errors';
import type { OpenedFile } from './file-backend';
import type { FileEntry } from './file-entry';
import { unfitPath } from './file-errors';
import type { FileService } from './file-service';

/** A file up to this size is read with a revision, so that it can be edited. */
const REVISED_BYTES = 2 ** 20;
const NEW_FILE_MODE = 0o644;

/** What a write expects to find. */
export interface WriteExpectation {
  /** Of the content that the new one replaces. */
  revision?: string;
  /** Nothing may be there. */
  isNew?: boolean;
}

/**
 * Opens a file as `FileService.open`. A file that a person could edit comes whole with its revision: a hash of its
 * content, because times are coarse on some filesystems and say nothing of where a symlink leads.
 */
export async function openRevised(
  files: FileService,
  sandboxId: string,
  path: string,
): Promise<OpenedFile & { revision?: string }> {
  const file = await files.open(sandboxId, path);
  if (file.size > REVISED_BYTES) return file;
  const content = Buffer.isBuffer(file.content)
    ? file.content
    : await buffer(await file.content({ start: 0, length: file.size }));
  return {
    size: content.length,
    content,
    close: () => file.close(),
    revision: digest(hash().update(content)),
  };
}

/**
 * Writes a file as `FileService.write`, unless what is there is not what was expected. That is looked at before the
 * content is taken, and once more right before it is written. A new file is not executable.
 * @throws AppError 400 for a directory, 412 `FILE_CHANGED`, 412 `FILE_EXISTS`
 */
export async function writeRevised(
  files: FileService,
  { sandboxId, path }: { sandboxId: string; path: string },
  content: AsyncIterable<unknown>,
  expected: WriteExpectation,
): Promise<{ sizeBytes: number; revision: string }> {
  const before = await entryAt(files, sandboxId, path);
  if (before?.kind === 'directory') throw unfitPath(path, 'is not a file.');
  const check = () => requireExpected(files, sandboxId, path, expected);
  await check();
  const written = hash();
  let sizeBytes = 0;
  async function* received(): AsyncGenerator<Buffer> {
    for await (const chunk of content) {
      // Only byte streams come here.
      const bytes = chunk as Buffer;
      written.update(bytes);
      sizeBytes += bytes.length;
      yield bytes;
    }
    await check();
  }
  await files.write(sandboxId, path, received(), before === undefined ? { mode: NEW_FILE_MODE } : {});
  return { sizeBytes, revision: digest(written) };
}

/** @throws AppError 409 `FILE_EXISTS` */
export async function makeFolder(files: FileService, sandboxId: string, path: string): Promise<FileEntry> {
  if ((await entryAt(files, sandboxId, path)) !== undefined) throw exists(409, path);
  await files.makeDirectory(sandboxId, path, {});
  return requireEntry(files, sandboxId, path);
}

/** @throws AppError 404 `FILE_NOT_FOUND`, 409 `FILE_EXISTS` when something is at the destination */
export async function movePath(
  files: FileService,
  sandboxId: string,
  { from, to }: { from: string; to: string },
): Promise<FileEntry> {
  if ((await entryAt(files, sandboxId, to)) !== undefined) throw exists(409, to);
  await files.move(sandboxId, from, to);
  return requireEntry(files, sandboxId, to);
}

/** Removes a file, or a directory with everything below it. @throws AppError 404, 400 for the root */
export async function removePath(files: FileService, sandboxId: string, path: string): Promise<void> {
  const entry = await requireEntry(files, sandboxId, path);
  if (entry.path === '/')
    throw new AppError(
      400,
      'INVALID_REQUEST_BODY',
      'The root of a sandbox cannot be deleted. Name a path in it.',
    );
  if (entry.kind === 'directory') await files.removeDirectory(sandboxId, path);
  else await files.removeFile(sandboxId, path);
}

async function requireExpected(
  files: FileService,
  sandboxId: string,
  path: string,
  { revision, isNew }: WriteExpectation,
): Promise<void> {
  if (isNew === true && (await entryAt(files, sandboxId, path)) !== undefined) throw exists(412, path);
  if (revision === undefined) return;
  const now = await ifFound(openRevised(files, sandboxId, path));
  if (now?.revision === revision) return;
  now?.close();
  throw new AppError(
    412,
    'FILE_CHANGED',
    now === undefined
      ? `${path} was deleted meanwhile. Write it without a revision to make it again.`
      : `${path} was changed meanwhile. Read it again, or write it without a revision to replace it.`,
  );
}

async function requireEntry(files: FileService, sandboxId: string, path: string): Promise<FileEntry> {
  const entry = (await files.info(sandboxId, [path])).get(path);
  if (entry === undefined) throw new Error(`The service told nothing of ${path}.`);
  return entry;
}

function entryAt(files: FileService, sandboxId: string, path: string): Promise<FileEntry | undefined> {
  return ifFound(requireEntry(files, sandboxId, path));
}

async function ifFound<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof AppError && error.code === 'FILE_NOT_FOUND') return undefined;
    throw error;
  }
}

function exists(status: 409 | 412, path: string): AppError {
  return new AppError(
    status,
    'FILE_EXISTS',
    `There is a ${path} already. Choose another name, or delete it first.`,
  );
}

function hash(): Hash {
  return createHash('sha256');
}

/** As an `ETag` is written. */
function digest(content: Hash): string {
  return `"${content.digest('hex')}"`;
}

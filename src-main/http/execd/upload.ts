import type { Readable } from 'node:stream';
import { AppError, messageOf } from '../../errors';
import type { FileService } from '../../exec/files/file-service';
import type { FileMetadata } from '../schemas/files';
import { attributesOf } from './file-views';

const METADATA_LIMIT_BYTES = 64 * 1024;

/** A multipart body with the files of a sandbox. */
export interface Upload {
  sandboxId: string;
  parts: AsyncIterable<UploadPart>;
  /** Whether what a metadata part holds has the shape of one. */
  isMetadata: (value: unknown) => value is FileMetadata;
}

/** One part of a multipart body; each has to be read before the next one comes. */
export interface UploadPart {
  fieldname: string;
  file: Readable;
}

/**
 * Writes uploaded files as they come (CONTRACT.md 4.6): parts `metadata` and `file` alternate, in as many pairs as
 * the client likes. A batch stops at the first failure.
 * @throws AppError 400 `INVALID_FILE_METADATA`, `INVALID_FILE_CONTENT`, `INVALID_FILE`, `INVALID_REQUEST_BODY`
 */
export async function receiveFiles(
  files: FileService,
  { sandboxId, parts, isMetadata }: Upload,
): Promise<void> {
  const waiting: FileMetadata[] = [];
  let written = 0;
  for await (const { fieldname, file } of readable(parts)) {
    if (fieldname === 'metadata') {
      waiting.push(await readMetadata(readable(file), isMetadata));
    } else if (fieldname === 'file') {
      const metadata = waiting.shift();
      if (metadata === undefined) throw missing('INVALID_FILE_METADATA', written, 'metadata');
      await files.write(sandboxId, metadata.path, readable(file), attributesOf(metadata));
      written += 1;
    } else {
      file.resume();
    }
  }
  if (waiting.length > 0) throw missing('INVALID_FILE_CONTENT', written, 'file');
  if (written === 0) throw missing('INVALID_FILE_METADATA', written, 'metadata');
}

/** What is read of a body, or the 400 for one that is no multipart body or has no end. Faults of its reader are not told so. */
async function* readable<T>(source: AsyncIterable<T>): AsyncGenerator<T, void> {
  try {
    yield* source;
  } catch (error) {
    throw new AppError(
      400,
      'INVALID_REQUEST_BODY',
      `The multipart body cannot be read: ${messageOf(error)}. Send it whole, with its boundary in the Content-Type.`,
      { cause: error },
    );
  }
}

async function readMetadata(
  part: AsyncIterable<unknown>,
  isMetadata: Upload['isMetadata'],
): Promise<FileMetadata> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of part) {
    // Parts are byte streams.
    const bytes = chunk as Buffer;
    size += bytes.length;
    if (size <= METADATA_LIMIT_BYTES) chunks.push(bytes);
  }
  let value: unknown;
  try {
    value = JSON.parse(Buffer.concat(chunks).toString());
  } catch {
    // Said below, as for a value of another shape.
  }
  if (isMetadata(value)) return value;
  throw new AppError(
    400,
    'INVALID_FILE_METADATA',
    'A metadata part is not an object with a path. Send {"path": "/where/to", "mode": 644} before each file.',
  );
}

/** With files already written the counts differ; without any, one kind of part is missing altogether. */
function missing(code: string, written: number, part: string): AppError {
  return new AppError(
    400,
    written > 0 ? 'INVALID_FILE' : code,
    `A ${part} part is missing. Send pairs of a metadata part and a file part, in this order.`,
  );
}

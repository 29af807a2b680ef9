import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';

/** Content up to this size stays in memory. */
const MEMORY_BYTES = 2 ** 20;
const READ_BYTES = 256 * 1024;
/** Few large pieces cost the engine's connection less than many small ones. */
const PIECE_BYTES = 2 ** 20;
const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;

/** Bytes that were collected to learn how many they are. */
export interface Spooled {
  size: number;
  /** All of them, while they are few. */
  bytes: Buffer | undefined;
  read(): Readable;
  /**
   * Hands over all bytes in their order. A piece is its taker's until the promise is kept, then its memory is used
   * again: fresh memory for each piece of a large file costs more than everything else about reading it.
   */
  pour(take: (piece: Buffer) => Promise<void>): Promise<void>;
  /** Call it when nobody reads any more. */
  remove(): Promise<void>;
}

/** A folder of short-lived files; what a crash left in it goes when it is first used again. */
export class SpoolFolder {
  private prepared: Promise<void> | undefined;

  constructor(private readonly path: string) {}

  /** A new file, for its owner alone. The caller removes it. */
  async create(): Promise<{ path: string; handle: FileHandle }> {
    this.prepared ??= this.prepare();
    await this.prepared;
    const path = join(this.path, randomUUID());
    return { path, handle: await open(path, 'wx+', FILE_MODE) };
  }

  /** Collects a stream, in memory while it is small. Nothing remains when the stream fails. */
  async collect(source: AsyncIterable<unknown> | Iterable<unknown>): Promise<Spooled> {
    let chunks: Buffer[] = [];
    let size = 0;
    let waiting = 0;
    let file: SpoolFile | undefined;
    try {
      for await (const chunk of source) {
        // Only byte streams come here.
        const bytes = chunk as Buffer;
        size += bytes.length;
        waiting += bytes.length;
        chunks.push(bytes);
        if (waiting <= MEMORY_BYTES) continue;
        file ??= new SpoolFile(await this.create());
        await file.append(chunks);
        chunks = [];
        waiting = 0;
      }
      if (file === undefined) return inMemory(Buffer.concat(chunks));
      await file.append(chunks);
      await file.close();
    } catch (error) {
      await file?.remove();
      throw error;
    }
    const { path } = file;
    return {
      size,
      bytes: undefined,
      read: () => createReadStream(path, { highWaterMark: READ_BYTES }),
      pour: (take) => pourFile(path, take),
      remove: () => rm(path, { force: true }),
    };
  }

  private async prepare(): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
    await mkdir(this.path, { recursive: true, mode: FOLDER_MODE });
  }
}

/** Writes one batch while the next is being collected. */
class SpoolFile {
  readonly path: string;
  private readonly handle: FileHandle;
  private writing: Promise<void> = Promise.resolve();

  constructor({ path, handle }: { path: string; handle: FileHandle }) {
    this.path = path;
    this.handle = handle;
  }

  /** Answers once the batch before this one is written. */
  async append(batch: readonly Buffer[]): Promise<void> {
    await this.writing;
    this.writing = writeWhole(this.handle, batch);
    // Thrown where it is waited for: at the next batch, or at the end.
    this.writing.catch(() => undefined);
  }

  async close(): Promise<void> {
    await this.writing;
    await this.handle.close();
  }

  async remove(): Promise<void> {
    await this.writing.catch(() => undefined);
    await this.handle.close();
    await rm(this.path, { force: true });
  }
}

/** `writev` may take a part only. */
async function writeWhole(handle: FileHandle, batch: readonly Buffer[]): Promise<void> {
  const size = batch.reduce((sum, { length }) => sum + length, 0);
  if (size === 0) return;
  const { bytesWritten } = await handle.writev(batch);
  if (bytesWritten < size) await handle.appendFile(Buffer.concat(batch).subarray(bytesWritten));
}

/** Reads one piece while the one before it is being taken. */
async function pourFile(path: string, take: (piece: Buffer) => Promise<void>): Promise<void> {
  const handle = await open(path);
  try {
    let [filled, free] = [Buffer.allocUnsafeSlow(PIECE_BYTES), Buffer.allocUnsafeSlow(PIECE_BYTES)];
    let { bytesRead } = await handle.read(filled);
    while (bytesRead > 0) {
      const taken = take(filled.subarray(0, bytesRead));
      [{ bytesRead }] = await Promise.all([handle.read(free), taken]);
      [filled, free] = [free, filled];
    }
  } finally {
    await handle.close();
  }
}

function inMemory(bytes: Buffer): Spooled {
  return {
    size: bytes.length,
    bytes,
    read: () => Readable.from([bytes], { objectMode: false }),
    pour: (take) => take(bytes),
    remove: () => Promise.resolve(),
  };
}

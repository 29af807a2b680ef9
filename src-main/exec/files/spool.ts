import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';

/** Content up to this size stays in memory. */
const MEMORY_BYTES = 2 ** 20;
const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;

/** Bytes that were collected to learn how many they are. */
export interface Spooled {
  size: number;
  /** All of them, while they are few. */
  bytes: Buffer | undefined;
  read(): Readable;
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
    const chunks: Buffer[] = [];
    let size = 0;
    let file: { path: string; handle: FileHandle } | undefined;
    try {
      for await (const chunk of source) {
        // Only byte streams come here.
        const bytes = chunk as Buffer;
        size += bytes.length;
        if (file === undefined && size <= MEMORY_BYTES) {
          chunks.push(bytes);
          continue;
        }
        file ??= await this.create();
        await writeAll(file.handle, chunks.splice(0));
        await file.handle.appendFile(bytes);
      }
    } catch (error) {
      await file?.handle.close();
      if (file !== undefined) await rm(file.path, { force: true });
      throw error;
    }
    if (file === undefined) return inMemory(Buffer.concat(chunks));
    const { path, handle } = file;
    await handle.close();
    return {
      size,
      bytes: undefined,
      read: () => createReadStream(path),
      remove: () => rm(path, { force: true }),
    };
  }

  private async prepare(): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
    await mkdir(this.path, { recursive: true, mode: FOLDER_MODE });
  }
}

async function writeAll(handle: FileHandle, chunks: readonly Buffer[]): Promise<void> {
  for (const chunk of chunks) await handle.appendFile(chunk);
}

function inMemory(bytes: Buffer): Spooled {
  return {
    size: bytes.length,
    bytes,
    read: () => Readable.from([bytes], { objectMode: false }),
    remove: () => Promise.resolve(),
  };
}

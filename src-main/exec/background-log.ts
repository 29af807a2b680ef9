import { createReadStream } from 'node:fs';
import { mkdir, open, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';

/** A log is kept in pieces, and of an endless one only the last two stay. */
const PIECE_BYTES = 32 * 2 ** 20;
const KEPT_PIECES = 2;

/**
 * What a background command printed, in files outside the sandbox. Offsets count from the command's first byte, also
 * after the beginning of a very long log has been dropped.
 */
export class BackgroundLog {
  /** Offset after the last byte. */
  size = 0;
  private handle: FileHandle | undefined;
  private closed = false;
  private removed = false;

  private constructor(private readonly folder: string) {}

  /** @param folder is made, and is the log's alone. */
  static async create(folder: string): Promise<BackgroundLog> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    return new BackgroundLog(folder);
  }

  /** Bytes on disk. */
  get keptBytes(): number {
    return this.size - this.firstKept;
  }

  /** Writes everything that the source gives until it ends; a disk that is full loses output, not the command. */
  async record(source: Readable): Promise<void> {
    try {
      for await (const chunk of source) await this.append(chunk as Buffer);
    } catch {
      source.resume();
    } finally {
      this.closed = true;
      await this.handle?.close();
      this.handle = undefined;
    }
  }

  /**
   * The bytes from an offset to the end; an offset before the kept part begins with that, one past the end gives
   * nothing. While the command runs, a character whose last bytes are still missing is left for the next call.
   */
  async read(offset: number): Promise<{ bytes: Readable; length: number; next: number }> {
    const end = this.closed ? this.size : this.size - (await this.unfinishedCharacter());
    const start = Math.max(offset, this.firstKept);
    if (start >= end) return { bytes: Readable.from([]), length: 0, next: Math.max(offset, 0) };
    return {
      bytes: Readable.from(this.bytes(start, end), { objectMode: false }),
      length: end - start,
      next: end,
    };
  }

  /** Also while the command still prints; what comes from now on is dropped. */
  async remove(): Promise<void> {
    this.closed = true;
    this.removed = true;
    await removeFolder(this.folder);
  }

  private get firstKept(): number {
    const pieces = Math.floor(Math.max(this.size - 1, 0) / PIECE_BYTES) + 1;
    return Math.max(pieces - KEPT_PIECES, 0) * PIECE_BYTES;
  }

  private async append(chunk: Buffer): Promise<void> {
    for (let at = 0; at < chunk.length && !this.removed;) {
      const inPiece = this.size % PIECE_BYTES;
      if (inPiece === 0) await this.nextPiece();
      const part = chunk.subarray(at, at + PIECE_BYTES - inPiece);
      await this.handle?.write(part);
      at += part.length;
      this.size += part.length;
    }
  }

  private async nextPiece(): Promise<void> {
    const number = this.size / PIECE_BYTES;
    await this.handle?.close();
    this.handle = await open(this.piece(number), 'w', 0o600);
    await rm(this.piece(number - KEPT_PIECES), { force: true });
  }

  private async *bytes(start: number, end: number): AsyncGenerator<Buffer> {
    for (let at = start; at < end;) {
      const number = Math.floor(at / PIECE_BYTES);
      const first = at % PIECE_BYTES;
      const last = Math.min(end - number * PIECE_BYTES, PIECE_BYTES) - 1;
      for await (const chunk of createReadStream(this.piece(number), { start: first, end: last })) {
        yield chunk as Buffer;
      }
      at += last - first + 1;
    }
  }

  private async unfinishedCharacter(): Promise<number> {
    const start = Math.max(this.size - 3, this.firstKept);
    const chunks: Buffer[] = [];
    for await (const chunk of this.bytes(start, this.size)) chunks.push(chunk);
    return unfinishedBytes(Buffer.concat(chunks));
  }

  private piece(number: number): string {
    return join(this.folder, `${number}.log`);
  }
}

/** Never rejects: what cannot be removed now goes with the next start of the server, which empties the whole folder. */
export async function removeFolder(folder: string): Promise<void> {
  // A file that is being made meanwhile would fail a single attempt.
  const patiently = { recursive: true, force: true, maxRetries: 5, retryDelay: 50 };
  await rm(folder, patiently).catch(() => undefined);
}

/** How many bytes at the end begin a UTF-8 character without finishing it. */
function unfinishedBytes(tail: Buffer): number {
  for (let back = 1; back <= Math.min(3, tail.length); back += 1) {
    const byte = tail[tail.length - back] ?? 0;
    if (byte < 0x80) return 0;
    if (byte < 0xc0) continue;
    const needed = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
    return needed > back ? back : 0;
  }
  return 0;
}

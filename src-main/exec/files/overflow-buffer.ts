import { rm, type FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { asError } from '../../errors';
import type { SpoolFolder } from './spool';

const MEMORY_BYTES = 8 * 2 ** 20;
const READ_BYTES = 256 * 1024;

/**
 * Takes whatever its source gives at once and hands it on as fast as the reader takes it: in memory while the reader
 * keeps up, through a file where it does not. The engine holds a container's lock while an archive is being read, so
 * that a slow client would block every other call on its sandbox; it must never wait for one.
 */
export class OverflowBuffer extends Readable {
  private readonly queue: Buffer[] = [];
  private queuedBytes = 0;
  private file: { path: string; handle: FileHandle } | undefined;
  /** While the file holds bytes that were not read, new ones go there too, to keep their order. */
  private overflowing = false;
  private written = 0;
  private taken = 0;
  private busyWriting = false;
  private sourceEnded = false;
  private isFilling = false;
  private wanted = false;

  constructor(
    private readonly source: AsyncIterable<unknown>,
    private readonly closeSource: () => void,
    private readonly folder: SpoolFolder,
  ) {
    super({ highWaterMark: READ_BYTES });
    this.pump().catch((error: unknown) => {
      this.destroy(asError(error));
    });
  }

  override _read(): void {
    this.wanted = true;
    this.fill();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.closeSource();
    const { file } = this;
    this.file = undefined;
    if (file === undefined) {
      done(error);
      return;
    }
    file.handle
      .close()
      .then(() => rm(file.path, { force: true }))
      .then(
        () => done(error),
        (failure: unknown) => done(error ?? (failure as Error)),
      );
  }

  private async pump(): Promise<void> {
    for await (const chunk of this.source) {
      if (this.destroyed) return;
      await this.keep(chunk as Buffer);
      this.fill();
    }
    this.sourceEnded = true;
    this.fill();
  }

  private async keep(chunk: Buffer): Promise<void> {
    if (!this.overflowing && this.queuedBytes + chunk.length <= MEMORY_BYTES) {
      this.queue.push(chunk);
      this.queuedBytes += chunk.length;
      return;
    }
    this.overflowing = true;
    this.busyWriting = true;
    this.file ??= await this.folder.create();
    await this.file.handle.write(chunk, 0, chunk.length, this.written);
    this.written += chunk.length;
    this.busyWriting = false;
  }

  private fill(): void {
    if (this.isFilling || !this.wanted || this.destroyed) return;
    const chunk = this.queue.shift();
    if (chunk !== undefined) {
      this.queuedBytes -= chunk.length;
      this.wanted = false;
      this.push(chunk);
      return;
    }
    if (this.overflowing && this.taken < this.written) {
      this.isFilling = true;
      this.readFile().catch((error: unknown) => this.destroy(error as Error));
      return;
    }
    // A write under way has its place in the file already.
    if (this.overflowing && !this.busyWriting) this.startOver();
    if (this.sourceEnded) this.push(null);
  }

  private async readFile(): Promise<void> {
    const length = Math.min(READ_BYTES, this.written - this.taken);
    const buffer = Buffer.allocUnsafe(length);
    const read = await this.file?.handle.read(buffer, 0, length, this.taken);
    this.isFilling = false;
    if (this.destroyed || read === undefined) return;
    this.taken += read.bytesRead;
    this.wanted = false;
    this.push(buffer.subarray(0, read.bytesRead));
  }

  private startOver(): void {
    this.overflowing = false;
    this.written = 0;
    this.taken = 0;
  }
}

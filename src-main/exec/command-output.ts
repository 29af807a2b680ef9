import { Readable } from 'node:stream';

const BUFFERED_BYTES = 256 * 1024;

/** One stream of one command. While its reader is slow, the source is paused, so memory stays flat. */
export class CommandOutput extends Readable {
  private source: Readable | undefined;
  private bounded = true;

  constructor(source: Readable) {
    super({ highWaterMark: BUFFERED_BYTES });
    this.source = source;
    // A reader that goes away must not hold up the command: what follows is dropped.
    this.once('close', () => this.source?.resume());
  }

  give(bytes: Buffer): void {
    if (this.destroyed || this.source === undefined) return;
    if (!this.push(bytes) && this.bounded) this.source.pause();
  }

  /** Takes whatever still comes, for a source that will not wait for the reader. */
  unbind(): void {
    this.bounded = false;
    this.source?.resume();
  }

  /** The command's last byte has been given. */
  finish(): void {
    if (this.source === undefined) return;
    this.source.resume();
    this.source = undefined;
    if (!this.destroyed) this.push(null);
  }

  override _read(): void {
    this.source?.resume();
  }
}

/** The latest bytes of an endless output, so that whoever comes back can read what was missed. */
export class ReplayBuffer {
  private readonly chunks: Buffer[] = [];
  private held = 0;
  /** Bytes ever written: the offset of the next one. */
  end = 0;

  constructor(private readonly maxBytes: number) {}

  write(chunk: Buffer): void {
    this.end += chunk.length;
    this.held += chunk.length;
    // A view would keep the whole of what it was read into.
    this.chunks.push(Buffer.from(chunk));
    while (this.held > this.maxBytes && this.chunks.length > 1) {
      this.held -= this.chunks.shift()?.length ?? 0;
    }
  }

  /** What is held from an offset on, and where it begins: later than asked when older bytes are gone. */
  since(offset: number): { offset: number; bytes: Buffer } {
    const oldest = this.end - this.held;
    const from = Math.min(Math.max(offset, oldest), this.end);
    return { offset: from, bytes: Buffer.concat(this.chunks).subarray(from - oldest) };
  }
}

import { Transform, type TransformCallback } from 'node:stream';

/**
 * Replaces every occurrence of one byte sequence by another in a stream of any length. Occurrences do not overlap and
 * are taken from left to right.
 */
export class LiteralReplacement extends Transform {
  count = 0;
  private rest: Buffer = Buffer.alloc(0);

  /** @param old at least one byte. */
  constructor(
    private readonly old: Buffer,
    private readonly replacement: Buffer,
  ) {
    super();
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    const text = this.rest.length === 0 ? chunk : Buffer.concat([this.rest, chunk]);
    let at = 0;
    for (;;) {
      const found = text.indexOf(this.old, at);
      if (found < 0) break;
      if (found > at) this.push(text.subarray(at, found));
      if (this.replacement.length > 0) this.push(this.replacement);
      this.count += 1;
      at = found + this.old.length;
    }
    // An occurrence may begin in the last bytes and end in the next chunk.
    const keepFrom = Math.max(at, text.length - this.old.length + 1);
    if (keepFrom > at) this.push(text.subarray(at, keepFrom));
    this.rest = text.subarray(keepFrom);
    done();
  }

  override _flush(done: TransformCallback): void {
    if (this.rest.length > 0) this.push(this.rest);
    done();
  }
}

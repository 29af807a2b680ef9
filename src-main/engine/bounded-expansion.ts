import { Transform, type TransformCallback } from 'node:stream';
import { createGunzip, type Gunzip } from 'node:zlib';

/** Each piece is a trip to another thread. */
const PIECE_BYTES = 2 ** 20;
const GZIP_FIRST_BYTE = 0x1f;
/** Below this no harm is done, whatever it was made from. */
const ALWAYS_FINE_BYTES = 64 * 2 ** 20;
/** Files of programs shrink to a third or a tenth; deflate ends at 1,032. */
const MAX_RATIO = 200;

/**
 * Passes a tar on and follows what it becomes when it is unpacked, if it is gzip: the engine unpacks what it is given
 * without a limit. What is no gzip after all is left to the engine, which refuses it.
 * @param refusal what the stream fails with when it grows to many times its size
 */
export function boundedExpansion(refusal: () => Error): Transform {
  return new BoundedExpansion(refusal);
}

class BoundedExpansion extends Transform {
  private unpacking: Gunzip | undefined;
  private isFirst = true;
  private packed = 0;
  private unpacked = 0;

  constructor(private readonly refusal: () => Error) {
    super();
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    if (this.isFirst && chunk[0] === GZIP_FIRST_BYTE)
      this.unpacking = createGunzip({ chunkSize: PIECE_BYTES });
    this.isFirst = false;
    this.packed += chunk.length;
    if (this.unpacking === undefined) {
      done(null, chunk);
      return;
    }
    measure(this.unpacking, chunk, (bytes) => {
      if (bytes === undefined) this.unpacking = undefined;
      this.unpacked += bytes ?? 0;
      const isBomb = this.unpacked > ALWAYS_FINE_BYTES && this.unpacked > this.packed * MAX_RATIO;
      if (isBomb) done(this.refusal());
      else done(null, chunk);
    });
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.unpacking?.destroy();
    done(error);
  }
}

/** Tells how much a piece of gzip unpacks to, or nothing when it is none. */
function measure(unpacking: Gunzip, chunk: Buffer, done: (bytes: number | undefined) => void): void {
  let bytes = 0;
  const count = (piece: Buffer): void => void (bytes += piece.length);
  const end = (result: number | undefined): void => {
    unpacking.off('data', count).off('error', failed);
    done(result);
  };
  // A write that fails has no callback.
  const failed = (): void => {
    unpacking.on('error', () => undefined);
    end(undefined);
  };
  unpacking.on('data', count).once('error', failed);
  unpacking.write(chunk, () => end(bytes));
}

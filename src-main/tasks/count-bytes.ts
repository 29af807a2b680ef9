import { Transform } from 'node:stream';

/** Passes a stream on unchanged, and tells how many bytes have come so far. */
export function countBytes(report: (done: number) => void): Transform {
  let done = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, next) {
      done += chunk.length;
      report(done);
      next(null, chunk);
    },
  });
}

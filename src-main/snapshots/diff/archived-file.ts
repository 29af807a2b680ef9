import type { IncomingMessage } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { extract } from 'tar-stream';

/** How many bytes at the beginning tell text from binary, as git does it. */
const PROBE_BYTES = 8_000;

/**
 * Bytes of the one file in an archive of the engine, from `start` up to and without `end`. The archive is given up as
 * soon as they are read, because the engine keeps the container locked until then.
 */
export async function* fileBytes(
  archive: IncomingMessage,
  { start, end }: { start: number; end: number },
): AsyncGenerator<Buffer, undefined> {
  const tar = extract();
  const reading = pipeline(archive, tar);
  // Giving it up early ends the reading with an error that means nothing; the loop below sees every other one.
  reading.catch(() => undefined);
  try {
    for await (const entry of tar) {
      let at = 0;
      for await (const chunk of entry) {
        // tar-stream yields buffers; its types leave the chunk open.
        const bytes = chunk as Buffer;
        const piece = bytes.subarray(Math.max(0, start - at), Math.max(0, end - at));
        at += bytes.length;
        if (piece.length > 0) yield piece;
        if (at >= end) return undefined;
      }
      return undefined;
    }
    return undefined;
  } finally {
    archive.destroy();
  }
}

/** Text when it is UTF-8 without zero bytes; a character that the end cuts is left out. */
export function textOf(bytes: Buffer, isCut: boolean): string | undefined {
  if (bytes.subarray(0, PROBE_BYTES).includes(0)) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes, { stream: isCut });
  } catch {
    return undefined;
  }
}

import { once } from 'node:events';
import type { Readable } from 'node:stream';
import tar from 'tar-stream';
import { collectBytes } from '../collected-bytes';
import type { TarEntry } from '../../engine/tar-streams';
import { bytesInRange, type ByteRange } from './byte-range';

const BEYOND_MODE_BITS = 0o10000;
const BLOCK_BYTES = 512;

export type TarHeader = TarEntry['header'];

/** A new entry: whatever is not said is decided by the writer. */
export type NewHeader = Partial<TarHeader> & { name: string };

/** The header of a tar's first entry; nothing more of the tar is read. Undefined for an empty tar. */
export async function firstHeader(source: Readable): Promise<TarHeader | undefined> {
  const entries = entriesOf(source);
  try {
    for await (const entry of entries) return entry.header;
    return undefined;
  } finally {
    source.destroy();
    entries.destroy();
  }
}

/** The bytes of a tar's first entry. Closes the tar when the range was read or the reader goes. */
export async function* firstContent(source: Readable, range: ByteRange): AsyncGenerator<Buffer> {
  const entries = entriesOf(source);
  try {
    for await (const entry of entries) {
      yield* bytesInRange(entry, range);
      return;
    }
  } finally {
    source.destroy();
    entries.destroy();
  }
}

function entriesOf(source: Readable): tar.Extract {
  const extract = tar.extract();
  source.pipe(extract);
  source.once('error', (error) => extract.destroy(error));
  // A tar that breaks off must not look like the end of the file.
  source.once('close', () => {
    if (!source.readableEnded) extract.destroy(new Error('The archive ended early.'));
  });
  return extract;
}

/** A mode for a header to write. tar-stream takes 0 for absent; a bit that it masks out makes it a number. */
export function writtenMode(mode: number): number {
  return mode === 0 ? BEYOND_MODE_BITS : mode;
}

/** A small tar, complete. */
export function smallTar(entries: readonly { header: NewHeader; content?: Buffer }[]): Promise<Buffer> {
  const pack = tar.pack();
  for (const { header, content } of entries) {
    if (content === undefined) pack.entry(header);
    else pack.entry(header, content);
  }
  pack.finalize();
  return collectBytes(pack);
}

/** What stands before the content of a tar's only file. */
export async function fileHead(header: NewHeader & { size: number }): Promise<Buffer> {
  const pack = tar.pack();
  const pieces: Buffer[] = [];
  // It is written at once, and nothing follows it as long as no content comes.
  const written = once(pack, 'readable');
  pack.entry(header).on('error', () => undefined);
  await written;
  for (let piece = pack.read(); piece !== null; piece = pack.read()) pieces.push(piece as Buffer);
  pack.destroy();
  return Buffer.concat(pieces);
}

/** What stands behind the content of a tar's only file: zeros up to the next block, and two blocks of them. */
export function fileEnd(size: number): Buffer {
  const padding = (BLOCK_BYTES - (size % BLOCK_BYTES)) % BLOCK_BYTES;
  return Buffer.alloc(padding + 2 * BLOCK_BYTES);
}

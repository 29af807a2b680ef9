import { PassThrough, pipeline, type Readable } from 'node:stream';
import { pipeline as run } from 'node:stream/promises';
import tar from 'tar-stream';
import { TarFilter } from './tar-filter';

/** One file of a tar that is being read: its header and its content. */
export type TarEntry = tar.Extract extends AsyncIterable<infer Entry> ? Entry : never;

/** A tar that is being written or saved, as a Node stream that anything can read; errors travel both ways. */
export function readableOf(source: NodeJS.ReadableStream | tar.Pack): Readable {
  const out = new PassThrough();
  // Whoever reads `out` sees the error; the callback only keeps it from being thrown as unhandled.
  pipeline(source, out, () => undefined);
  return out;
}

/**
 * Feeds a tar through `handle`, entry by entry, with flat memory, whoever made it. Each entry has to be consumed before
 * the next one comes; when anything fails, both ends are closed.
 */
export async function eachEntry(
  source: NodeJS.ReadableStream,
  handle: (entry: TarEntry) => Promise<void> | void,
): Promise<void> {
  const extract = tar.extract();
  // What the extractor reads into memory is as long as the tar says.
  const bounded = new TarFilter(() => false, true);
  const reading = run(source, bounded, extract);
  // Reported below; without this line an early failure of `handle` would leave it unhandled.
  reading.catch(() => undefined);
  try {
    for await (const entry of extract) await handle(entry);
    await reading;
  } catch (error) {
    extract.destroy();
    throw error;
  }
}

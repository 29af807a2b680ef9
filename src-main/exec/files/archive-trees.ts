import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import tar from 'tar-stream';
import { asError } from '../../errors';
import { eachEntry, readableOf } from '../../engine/tar-streams';
import { writtenMode, type TarHeader } from './file-tars';

/** Something below a directory, as the directory's tar tells it. */
export interface ArchivedPath {
  /** Below the directory, without a slash in front. */
  relativePath: string;
  header: TarHeader;
  /** Of a hard link the size of what it is linked to. */
  sizeBytes: number;
}

/** Everything below a directory but the directory itself, from its tar; contents are passed over. */
export async function pathsBelow(source: Readable): Promise<ArchivedPath[]> {
  const paths: ArchivedPath[] = [];
  const sizes = new Map<string, number>();
  let rootLength: number | undefined;
  await eachEntry(source, (entry) => {
    const { header } = entry;
    entry.resume();
    if (rootLength === undefined) {
      rootLength = header.name.length;
      return;
    }
    const sizeBytes = header.type === 'link' ? (sizes.get(header.linkname) ?? 0) : header.size;
    if (header.type !== 'link') sizes.set(header.name, sizeBytes);
    paths.push({ relativePath: header.name.slice(rootLength).replace(/^\/|\/$/g, ''), header, sizeBytes });
  });
  return paths;
}

/** The same tree under another name; modes, owners, times and links go with it. */
export function movedTar(source: Readable, name: string): Readable {
  let root: string | undefined;
  return rewrittenTar(source, (header) => {
    root ??= header.name.replace(/\/$/, '');
    const from = root;
    const moved = (path: string) =>
      path === from || path.startsWith(`${from}/`) ? name + path.slice(from.length) : path;
    return {
      ...header,
      name: moved(header.name),
      ...(header.type === 'link' ? { linkname: moved(header.linkname) } : {}),
    };
  });
}

/** A tar with other headers and the same contents. */
export function rewrittenTar(source: Readable, change: (header: TarHeader) => TarHeader): Readable {
  const pack = tar.pack();
  const writing = eachEntry(source, async (entry) => {
    const header = change(entry.header);
    const written = { ...header, ...withoutNames(header), mode: writtenMode(header.mode) };
    await pipeline(entry, pack.entry(written));
  });
  writing.then(
    () => pack.finalize(),
    (error: unknown) => pack.destroy(asError(error)),
  );
  return readableOf(pack);
}

/** Long names travel as records beside the header, which would win over a new name. */
function withoutNames(header: TarHeader): { pax?: Record<string, string> } {
  if (typeof header.pax !== 'object' || header.pax === null) return {};
  // Pax records are text (POSIX, pax interchange format); the types leave them open.
  const records = Object.entries(header.pax as Record<string, string>);
  return { pax: Object.fromEntries(records.filter(([key]) => key !== 'path' && key !== 'linkpath')) };
}

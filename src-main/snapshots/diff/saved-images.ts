import { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { AppError } from '../../errors';
import { eachEntry, type TarEntry } from '../../engine/tar-streams';
import { relativePath } from './layer-indexing';

const GZIP_MAGIC = [0x1f, 0x8b] as const;
const ZSTD_MAGIC = [0x28, 0xb5, 0x2f, 0xfd] as const;
const JSON_STARTS = new Set(['{', '['].map((each) => each.charCodeAt(0)));
/** Configurations of images are a few kilobytes; whatever is larger is no configuration. */
const MAX_JSON_BYTES = 8 * 2 ** 20;

export interface SavedImageReading {
  /** Whether that file may be of use; false for layers that are known already. */
  needs: (fileName: string) => boolean;
  /** Takes the tar of one file to its end, before it is known which layer it is. */
  take: (fileName: string, tar: NodeJS.ReadableStream) => Promise<void>;
}

/**
 * Reads an image archive of any engine (`docker save`, or the OCI layout with a `manifest.json` that newer ones write).
 * The archive only tells at its end which file is which layer.
 * @returns for each file of a layer the digest of the uncompressed layer (`rootfs.diff_ids`).
 */
export async function readSavedImages(
  archive: NodeJS.ReadableStream,
  { needs, take }: SavedImageReading,
): Promise<Map<string, string>> {
  const documents = new Map<string, unknown>();
  const links = new Map<string, string>();
  await eachEntry(archive, async (entry) => {
    const name = relativePath(entry.header.name);
    if (entry.header.type === 'symlink') links.set(name, linkedFile(name, entry.header.linkname));
    if (entry.header.type !== 'file' || entry.header.size === 0 || !needs(name)) {
      entry.resume();
      return;
    }
    const { first, rest } = await openContent(entry);
    if (JSON_STARTS.has(first[0] ?? 0)) documents.set(name, await parsed(rest, entry.header.size));
    else if (isLayerFile(name)) await take(name, uncompressed(first, rest));
    else await drained(rest);
  });
  return layersOf(documents, links);
}

/** Old archives have `<id>/layer.tar` beside small text files, newer ones only blobs. */
function isLayerFile(name: string): boolean {
  return name.endsWith('/layer.tar') || name.startsWith('blobs/');
}

function linkedFile(name: string, target: string): string {
  const folder = name.split('/').slice(0, -1);
  for (const part of target.split('/')) {
    if (part === '..') folder.pop();
    else if (part !== '.' && part !== '') folder.push(part);
  }
  return folder.join('/');
}

async function openContent(entry: TarEntry): Promise<{ first: Buffer; rest: AsyncIterable<Buffer> }> {
  const chunks = chunksOf(entry);
  const { value: first = Buffer.alloc(0) } = await chunks.next();
  async function* all(): AsyncGenerator<Buffer> {
    yield first;
    yield* chunks;
  }
  return { first, rest: all() };
}

async function* chunksOf(entry: TarEntry): AsyncGenerator<Buffer, undefined> {
  // tar-stream yields buffers; its types leave the chunk open.
  for await (const chunk of entry) yield chunk as Buffer;
  return undefined;
}

async function parsed(content: AsyncIterable<Buffer>, sizeBytes: number): Promise<unknown> {
  if (sizeBytes > MAX_JSON_BYTES) {
    await drained(content);
    return undefined;
  }
  const chunks: Buffer[] = [];
  for await (const chunk of content) chunks.push(chunk);
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8')) as unknown;
  } catch {
    // Not a document of the archive's own: nothing refers to it.
    return undefined;
  }
}

async function drained(content: AsyncIterable<Buffer>): Promise<void> {
  await finished(Readable.from(content, { objectMode: false }).resume());
}

function uncompressed(first: Buffer, content: AsyncIterable<Buffer>): NodeJS.ReadableStream {
  const source = Readable.from(content, { objectMode: false });
  if (ZSTD_MAGIC.every((byte, at) => first[at] === byte)) {
    throw new AppError(
      501,
      'SNAPSHOT::LAYERS_UNREADABLE',
      'The layers of this image are compressed with zstd, which cannot be read here. Compare a snapshot of a sandbox that runs from it.',
    );
  }
  if (!GZIP_MAGIC.every((byte, at) => first[at] === byte)) return source;
  const gunzip = createGunzip();
  source.on('error', (error) => gunzip.destroy(error));
  return source.pipe(gunzip);
}

function layersOf(
  documents: ReadonlyMap<string, unknown>,
  links: ReadonlyMap<string, string>,
): Map<string, string> {
  const found = new Map<string, string>();
  // The engine's own manifest: an array with one object per image.
  const manifest = documents.get('manifest.json') as { Config?: string; Layers?: string[] }[] | undefined;
  for (const { Config: config = '', Layers: files = [] } of manifest ?? []) {
    const image = documents.get(relativePath(config)) as { rootfs?: { diff_ids?: string[] } } | undefined;
    const digests = image?.rootfs?.diff_ids ?? [];
    files.forEach((file, at) => {
      const name = relativePath(file);
      const digest = digests[at];
      if (digest !== undefined) found.set(links.get(name) ?? name, digest);
    });
  }
  if (found.size > 0) return found;
  throw new AppError(
    500,
    'SNAPSHOT::LAYERS_UNREADABLE',
    'The engine saved the image in a form that tells nothing about its layers. Check that the engine works with docker save.',
  );
}

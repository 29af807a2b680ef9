import { createHash } from 'node:crypto';
import { posix } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { finished, pipeline } from 'node:stream/promises';
import type { Pack } from 'tar-stream';
import { AppError, messageOf } from '../errors';
import { MANIFEST_FILE, archivePart, blobPath, damaged, digestOf, foreign } from './archive-format';
import { boundedExpansion } from '../engine/bounded-expansion';
import { TarFilter } from '../engine/tar-filter';
import { eachEntry, type TarEntry } from '../engine/tar-streams';

/** Configurations and manifests are read into memory; real ones are some KiB. */
const MAX_JSON_BYTES = 4 * 2 ** 20;
const MAX_JSON_TOTAL_BYTES = 16 * 2 ** 20;
/** An image's configuration has five levels; labels and annotations hold text. */
const MAX_JSON_DEPTH = 64;
/** Docker's limit of layers times the files of each, with room. */
const MAX_ENTRIES = 2000;

export interface ArchiveLayer {
  /** The entry that it was written as. */
  writtenAs: string;
  /** sha256 of the bytes as they lie in the archive. */
  digest: string;
  sizeBytes: number;
  isCompressed: boolean;
  /** It was put in the place of the layer that was read. */
  isReplacement?: boolean;
}

/** What is written in the place of a layer. */
export interface ReplacedLayer {
  /** Of the layer without compression. */
  digest: string;
  sizeBytes: number;
  read: () => Readable;
}

export interface ArchiveCopy {
  out: Pack;
  /** How a layer is called in `out`. */
  nameOf: (entryName: string) => string;
  /** What to write instead of a layer; under the name of its digest. */
  replacementOf?: (entryName: string) => ReplacedLayer | undefined;
}

export interface ArchiveImage {
  config: Buffer;
  /** Lowest first. */
  layers: ArchiveLayer[];
  /** Every other JSON document of the archive, such as OCI manifests. */
  documents: unknown[];
}

interface Found {
  layers: Map<string, ArchiveLayer>;
  documents: Map<string, Buffer>;
  links: Map<string, string>;
  documentBytes: number;
  entries: number;
  /** Names of replacements that are written: two may be the same. */
  replacements: Set<string>;
}

type EntryReading = ArchiveCopy & { found: Found };

/**
 * Reads an archive of one image, as `docker save` of any age or an export of ours wrote it, and writes its layers to
 * `out` as they come, so memory stays flat. Everything is checked that the archive itself can tell: names, digests,
 * that layers and configuration belong together. `out` gets neither configuration nor manifest: whoever calls adds
 * them when this has resolved, and until then no engine can make anything of what was written.
 * @throws AppError `SNAPSHOT::ARCHIVE_DAMAGED` or `SNAPSHOT::ARCHIVE_FOREIGN`
 */
export async function readImageArchive(source: Readable, copy: ArchiveCopy): Promise<ArchiveImage> {
  const found: Found = {
    layers: new Map(),
    documents: new Map(),
    links: new Map(),
    documentBytes: 0,
    entries: 0,
    replacements: new Set(),
  };
  // Bounds what the reader of the tar would hold in memory, and insists on the mark at the end.
  const guard = new TarFilter(() => false);
  source.once('error', (error) => guard.destroy(error));
  // A source that is cut off closes without an end.
  source.once('close', () => {
    if (!source.readableEnded) guard.destroy(new Error('it ended early'));
  });
  try {
    await eachEntry(source.pipe(guard), (entry) => readEntry(entry, { ...copy, found }));
  } catch (error) {
    if (error instanceof AppError) throw error;
    if (found.entries === 0) throw foreign(`it is no tar file (${messageOf(error)})`);
    throw damaged(messageOf(error).replace(/\.$/, ''), error);
  }
  return imageOf(found);
}

async function readEntry(entry: TarEntry, reading: EntryReading): Promise<void> {
  const { found } = reading;
  const { name, type, linkname, size } = entry.header;
  found.entries += 1;
  const part = archivePart(name);
  if (part === undefined) throw foreign(`it holds "${name.slice(0, 100)}", which no image archive has`);
  if (found.entries > MAX_ENTRIES) throw foreign('it has more files than an image can have');
  if (found.layers.has(name) || found.documents.has(name) || found.links.has(name))
    throw damaged(`"${name}" is in it twice`);
  if (type === 'symlink' || type === 'link') {
    found.links.set(name, linkTarget(name, type, linkname));
    entry.resume();
  } else if (part === 'ignored' || type === 'directory') {
    entry.resume();
  } else if (type !== 'file' && type !== 'contiguous-file') {
    throw foreign(`"${name}" is a ${type}, which no image archive has`);
  } else if (part === 'json' || (part === 'blob' && size <= MAX_JSON_BYTES)) {
    await readSmall(entry, name, part, reading);
  } else {
    await passLayer(Readable.from(entry, { objectMode: false }), { name, size }, reading);
  }
  checkBlob(name, found);
}

/** Blobs do not say what they are: what reads as a JSON object is one, the rest are layers. */
async function readSmall(
  entry: TarEntry,
  name: string,
  part: 'json' | 'blob',
  reading: EntryReading,
): Promise<void> {
  const { found } = reading;
  if (entry.header.size > MAX_JSON_BYTES) throw foreign(`"${name}" is larger than any real one`);
  const chunks: Uint8Array[] = [];
  // tar-stream yields buffers; its types leave the chunk open.
  for await (const chunk of entry) chunks.push(chunk as Uint8Array);
  const content = Buffer.concat(chunks);
  if (part === 'blob' && !isJsonObject(content)) {
    const source = Readable.from([content], { objectMode: false });
    await passLayer(source, { name, size: content.length }, reading);
    return;
  }
  found.documentBytes += content.length;
  if (found.documentBytes > MAX_JSON_TOTAL_BYTES) throw foreign('its descriptions are larger than real ones');
  found.documents.set(name, content);
}

async function passLayer(
  content: Readable,
  { name, size }: { name: string; size: number },
  { found, out, nameOf, replacementOf }: EntryReading,
): Promise<void> {
  const replacement = replacementOf?.(name);
  if (replacement !== undefined) {
    await finished(content.resume());
    found.layers.set(name, await writeReplacement(replacement, found, out));
    return;
  }
  const writtenAs = nameOf(name);
  const hash = createHash('sha256');
  let start = Buffer.alloc(0);
  const hashing = new Transform({
    transform(chunk: Buffer, _encoding, next) {
      if (start.length < MAGIC_BYTES) start = Buffer.concat([start, chunk.subarray(0, MAGIC_BYTES)]);
      hash.update(chunk);
      next(null, chunk);
    },
  });
  await pipeline(content, hashing, boundedExpansion(bomb), out.entry({ name: writtenAs, size }));
  const digest = `sha256:${hash.digest('hex')}`;
  const isCompressed = [GZIP, ZSTD].some((magic) => start.subarray(0, magic.length).equals(magic));
  found.layers.set(name, { writtenAs, digest, sizeBytes: size, isCompressed });
}

function bomb(): AppError {
  return foreign('a layer grows to many times its size when it is unpacked');
}

async function writeReplacement(
  { digest, sizeBytes, read }: ReplacedLayer,
  { replacements }: Found,
  out: Pack,
): Promise<ArchiveLayer> {
  const writtenAs = blobPath(digest);
  if (!replacements.has(writtenAs)) {
    replacements.add(writtenAs);
    await pipeline(read(), out.entry({ name: writtenAs, size: sizeBytes }));
  }
  return { writtenAs, digest, sizeBytes, isCompressed: false, isReplacement: true };
}

const MAGIC_BYTES = 4;
const GZIP = Buffer.from([0x1f, 0x8b]);
const ZSTD = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);

/** A blob's name is its digest; so is the name of a configuration in the older layout. */
function checkBlob(name: string, { layers, documents }: Found): void {
  const named = /([0-9a-f]{64})(\.json)?$/.exec(name)?.[1];
  const document = documents.get(name);
  const layer = layers.get(name);
  // What was read in its place has another name than what is written.
  if (layer?.isReplacement === true) return;
  const digest = document === undefined ? layer?.digest : digestOf(document);
  if (named === undefined || digest === undefined || digest === `sha256:${named}`) return;
  throw damaged(`"${name}" does not hold what its name says`);
}

/** Links only ever lead from one name of a layer to another. */
function linkTarget(name: string, type: 'symlink' | 'link', linkName: string): string {
  const target =
    type === 'link' ? posix.normalize(linkName) : posix.normalize(posix.join(posix.dirname(name), linkName));
  const part = archivePart(target);
  if (part === 'layer' || part === 'blob') return target;
  throw foreign(`"${name}" links to "${linkName.slice(0, 100)}"`);
}

function imageOf(found: Found): ArchiveImage {
  const manifest = found.documents.get(MANIFEST_FILE);
  const names = manifest === undefined ? namesInIndex(found) : namesInManifest(manifest);
  const config = found.documents.get(names.config);
  if (config === undefined) throw damaged('the configuration of the image is missing');
  const layers = names.layers.map((name) => {
    const layer = found.layers.get(name) ?? found.layers.get(found.links.get(name) ?? '');
    if (layer === undefined) throw damaged('a layer is missing');
    return layer;
  });
  const documents = [...found.documents].filter(([name]) => name !== names.config);
  const image = { config, layers, documents: documents.map(([, content]) => parse(content)) };
  checkLayers(image);
  return image;
}

/** The engine checks the content of a compressed layer itself; here its name vouches for it. */
function checkLayers({ config, layers }: ArchiveImage): void {
  const diffIds = diffIdsOf(parse(config));
  if (diffIds.length !== layers.length) throw damaged('layers and configuration do not belong together');
  layers.forEach((layer, index) => {
    if (layer.digest !== diffIds[index] && !layer.isCompressed && layer.isReplacement !== true)
      throw damaged(`layer ${String(index + 1)} of ${String(layers.length)} is not what it was`);
  });
}

interface ImageNames {
  config: string;
  layers: string[];
}

function namesInManifest(content: Buffer): ImageNames {
  const images = parse(content);
  if (!Array.isArray(images)) throw damaged('manifest.json cannot be read');
  if (images.length !== 1)
    throw foreign(`it holds ${String(images.length)} images. Snapshots travel one by one`);
  const config = member(images[0], 'Config');
  const layers = member(images[0], 'Layers');
  if (typeof config !== 'string' || !isStrings(layers)) throw damaged('manifest.json cannot be read');
  return { config, layers };
}

/** An archive of the OCI layout alone, as other tools write it. */
function namesInIndex({ documents }: Found): ImageNames {
  const index = documents.get('index.json');
  if (index === undefined) throw damaged('it has no manifest, so its end is missing');
  const list = member(parse(index), 'manifests');
  if (!Array.isArray(list)) throw damaged('index.json cannot be read');
  if (list.length !== 1) throw foreign(`it holds ${String(list.length)} images. Snapshots travel one by one`);
  const manifest = documents.get(blobNamed(list[0]));
  if (manifest === undefined) throw damaged('the manifest of the image is missing');
  const layers = member(parse(manifest), 'layers');
  if (!Array.isArray(layers)) throw foreign('its manifest is not that of one image');
  return { config: blobNamed(member(parse(manifest), 'config')), layers: layers.map(blobNamed) };
}

function blobNamed(descriptor: unknown): string {
  const digest = member(descriptor, 'digest');
  if (typeof digest !== 'string') throw damaged('a descriptor has no digest');
  return `blobs/${digest.replace(':', '/')}`;
}

function diffIdsOf(config: unknown): string[] {
  const diffIds = member(member(config, 'rootfs'), 'diff_ids');
  if (!isStrings(diffIds)) throw damaged('the configuration of the image cannot be read');
  return diffIds;
}

function isJsonObject(content: Buffer): boolean {
  if (content[0] !== '{'.charCodeAt(0)) return false;
  try {
    JSON.parse(content.toString('utf8'));
    return true;
  } catch {
    return false;
  }
}

function parse(content: Buffer): unknown {
  let value: unknown;
  try {
    value = JSON.parse(content.toString('utf8'));
  } catch (error) {
    throw damaged('a description in it cannot be read', error);
  }
  // What is read without recursion cannot be written without it.
  if (isDeeper(value, MAX_JSON_DEPTH))
    throw foreign('a description in it is nested deeper than any real one');
  return value;
}

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((each) => isDeeper(each, levels - 1));
}

/** A member of whatever JSON.parse made; undefined where there is none. */
export function member(value: unknown, key: string): unknown {
  // Any object that JSON.parse makes can be read by string keys.
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined;
}

function isStrings(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}

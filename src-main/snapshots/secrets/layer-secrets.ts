import { eachEntry, type TarEntry } from '../../engine/tar-streams';
import { relativePath, WHITEOUT } from '../diff/layer-indexing';
import type { FoundSecret, SecretFinder } from './secret-finder';

/** Larger files are data: keys, tokens and what people configure are some KiB. */
export const MAX_FILE_BYTES = 2 ** 20;
/** Of one layer; whoever has more than that has a folder to leave out, not files. */
const MAX_FINDINGS = 1_000;
/** Of one file, so that no list of samples pushes everything else out. */
const MAX_FINDINGS_PER_FILE = 20;

/** A secret in a file of a layer. */
export interface LayerFinding extends FoundSecret {
  /** Relative, as in the layer. */
  path: string;
}

/** What was found in one layer. A layer never changes, and neither does this. */
export interface LayerSecrets {
  findings: LayerFinding[];
  /** Secrets that were found beyond what is listed. */
  omitted: number;
  scannedFiles: number;
  scannedBytes: number;
  /** Files that were not looked into. */
  skipped: { large: number; binary: number; unread: number };
}

export function nothingFound(): LayerSecrets {
  return {
    findings: [],
    omitted: 0,
    scannedFiles: 0,
    scannedBytes: 0,
    skipped: { large: 0, binary: 0, unread: 0 },
  };
}

/**
 * Looks through the files of a layer as they come, one in memory at a time.
 * @param onBytes told of each file's size when it is done.
 * @throws Error when the tar is damaged or ends early
 */
export async function secretsInLayer(
  tar: NodeJS.ReadableStream,
  finder: SecretFinder,
  onBytes: (bytes: number) => void,
): Promise<LayerSecrets> {
  const found = nothingFound();
  await eachEntry(tar, async (entry) => {
    const { type, size } = entry.header;
    const path = relativePath(entry.header.name);
    const isFile = type === 'file' || type === 'contiguous-file';
    if (!isFile || size === 0 || path.slice(path.lastIndexOf('/') + 1).startsWith(WHITEOUT)) {
      entry.resume();
      return;
    }
    if (size > MAX_FILE_BYTES) {
      found.skipped.large += 1;
      entry.resume();
    } else {
      note(found, path, size, await finder.find(`/${path}`, await contentOf(entry, size)));
    }
    onBytes(size);
  });
  return found;
}

function note(found: LayerSecrets, path: string, size: number, secrets: FoundSecret[] | 'binary' | 'unread') {
  if (typeof secrets === 'string') {
    found.skipped[secrets] += 1;
    return;
  }
  found.scannedFiles += 1;
  found.scannedBytes += size;
  const room = Math.min(MAX_FINDINGS_PER_FILE, MAX_FINDINGS - found.findings.length);
  for (const secret of secrets.slice(0, room)) found.findings.push({ path, ...secret });
  found.omitted += Math.max(0, secrets.length - room);
}

/** In memory of its own, because it is given away. */
async function contentOf(entry: TarEntry, size: number): Promise<Uint8Array<ArrayBuffer>> {
  const content = new Uint8Array(size);
  let at = 0;
  for await (const chunk of entry) {
    // tar-stream yields buffers; its types leave the chunk open.
    const bytes = chunk as Buffer;
    content.set(bytes, at);
    at += bytes.length;
  }
  return content;
}

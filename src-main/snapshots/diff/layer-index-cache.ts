import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FileKind, LayerEntry, LayerIndex } from './file-facts';

const FORMAT = 1;
const SUFFIX = '.layer';
const STAGED_SUFFIX = '.staged';
const MAX_BYTES = 256 * 2 ** 20;
const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;

/** One line per entry, as short as JSON can be: path, kind, mode, uid, gid, size, time, content, hard link. */
type Line = [string, FileKind, number, number, number, number, number, string, string?];

/**
 * Indexes of layers on the disk, by the digest of the layer. A layer never changes, so they are computed once; whoever
 * deletes the folder only makes the next comparison slower.
 */
export class LayerIndexCache {
  constructor(
    private readonly folder: string,
    private readonly maxBytes = MAX_BYTES,
  ) {}

  async has(digest: string): Promise<boolean> {
    return stat(this.pathOf(digest)).then(
      () => true,
      () => false,
    );
  }

  /** Undefined when it is not there or was damaged; then it has to be computed. */
  async read(digest: string): Promise<LayerIndex | undefined> {
    const path = this.pathOf(digest);
    try {
      const index = parse(await readFile(path, 'utf8'));
      if (index === undefined) await rm(path, { force: true });
      else await touch(path);
      return index;
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  /** Writes an index whose layer is not known yet. @returns what {@link adopt} or {@link discard} takes. */
  async stage(index: LayerIndex): Promise<string> {
    await mkdir(this.folder, { recursive: true, mode: FOLDER_MODE });
    const path = join(this.folder, `${randomUUID()}${STAGED_SUFFIX}`);
    await writeFile(path, format(index), { mode: FILE_MODE });
    return path;
  }

  async adopt(staged: string, digest: string): Promise<void> {
    await rename(staged, this.pathOf(digest));
  }

  async discard(staged: string): Promise<void> {
    await rm(staged, { force: true });
  }

  /** Removes what a crash left, and the indexes unused for longest until the rest fits. `kept` are not touched. */
  async trim(kept: ReadonlySet<string>): Promise<void> {
    const names = await readdir(this.folder).catch((error: unknown) => {
      if (isMissing(error)) return [];
      throw error;
    });
    for (const name of names.filter((each) => each.endsWith(STAGED_SUFFIX)))
      await this.discard(join(this.folder, name));
    const keptNames = new Set([...kept].map(nameOf));
    const files = await Promise.all(
      names
        .filter((name) => name.endsWith(SUFFIX))
        .map(async (name) => ({ name, ...(await sizeAndUse(join(this.folder, name))) })),
    );
    let total = files.reduce((sum, file) => sum + file.bytes, 0);
    for (const file of files.sort((a, b) => a.usedAt - b.usedAt)) {
      if (total <= this.maxBytes) return;
      if (keptNames.has(file.name)) continue;
      await rm(join(this.folder, file.name), { force: true });
      total -= file.bytes;
    }
  }

  private pathOf(digest: string): string {
    return join(this.folder, nameOf(digest));
  }
}

function nameOf(digest: string): string {
  return `${digest.replaceAll(/[^a-z0-9]/g, '-')}${SUFFIX}`;
}

async function sizeAndUse(path: string): Promise<{ bytes: number; usedAt: number }> {
  try {
    const { size, mtimeMs } = await stat(path);
    return { bytes: size, usedAt: mtimeMs };
  } catch (error) {
    if (isMissing(error)) return { bytes: 0, usedAt: 0 };
    throw error;
  }
}

/** The time of modification tells when it was used last. */
async function touch(path: string): Promise<void> {
  const now = new Date();
  await utimes(path, now, now);
}

function format(index: LayerIndex): string {
  const { entries, removed, opaque } = index;
  const lines = [JSON.stringify({ format: FORMAT, entries: entries.length, removed, opaque })];
  for (const entry of entries) lines.push(JSON.stringify(lineOf(entry)));
  return lines.join('\n');
}

function lineOf(entry: LayerEntry): Line {
  const { path, kind, mode, uid, gid, sizeBytes, modifiedSeconds, content, hardLinkTo } = entry;
  const line: Line = [path, kind, mode, uid, gid, sizeBytes, modifiedSeconds, content];
  if (hardLinkTo !== undefined) line.push(hardLinkTo);
  return line;
}

function parse(text: string): LayerIndex | undefined {
  try {
    const [first = '', ...rest] = text.split('\n');
    // Written by `format`; the checks below tell a file of another version or one that was cut.
    const header = JSON.parse(first) as LayerIndexHeader;
    if (header.format !== FORMAT || header.entries !== rest.length) return undefined;
    const entries = rest.map((line) => entryOf(JSON.parse(line) as Line));
    return { entries, removed: header.removed, opaque: header.opaque };
  } catch {
    return undefined;
  }
}

interface LayerIndexHeader {
  format: number;
  entries: number;
  removed: string[];
  opaque: string[];
}

function entryOf(line: Line): LayerEntry {
  const [path, kind, mode, uid, gid, sizeBytes, modifiedSeconds, content, hardLinkTo] = line;
  const facts = { path, kind, mode, uid, gid, sizeBytes, modifiedSeconds, content };
  return hardLinkTo === undefined ? facts : { ...facts, hardLinkTo };
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

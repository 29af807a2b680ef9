import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LayerSecrets } from './layer-secrets';

/** Goes up with the rules and with what is kept: older findings are then looked for anew. */
const FORMAT = 1;
const SUFFIX = '.secrets.json';
const MAX_LAYERS = 1_000;
const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;

/**
 * What was found in layers, on the disk, by the digest of the layer. It holds paths and lines, never a secret. Whoever
 * deletes the folder only makes the next look slower.
 */
export class KeptFindings {
  constructor(private readonly folder: string) {}

  /** Undefined when the layer was not looked through by these rules, or what was kept is damaged. */
  async read(digest: string): Promise<LayerSecrets | undefined> {
    try {
      // Written by `keep`, which no other program does; another format or a cut file is told below.
      const kept = JSON.parse(await readFile(this.pathOf(digest), 'utf8')) as Partial<Kept>;
      return kept.format === FORMAT ? kept.found : undefined;
    } catch (error) {
      if (error instanceof SyntaxError || isMissing(error)) return undefined;
      throw error;
    }
  }

  async keep(digest: string, found: LayerSecrets): Promise<void> {
    await mkdir(this.folder, { recursive: true, mode: FOLDER_MODE });
    const staged = join(this.folder, randomUUID());
    const kept: Kept = { format: FORMAT, found };
    await writeFile(staged, JSON.stringify(kept), { mode: FILE_MODE });
    await rename(staged, this.pathOf(digest));
    await this.trim();
  }

  /** Removes what a crash left, and the oldest beyond what is worth keeping. */
  private async trim(): Promise<void> {
    const names = await readdir(this.folder);
    const files = await Promise.all(
      names.map(async (name) => {
        const path = join(this.folder, name);
        return { path, isKept: name.endsWith(SUFFIX), at: (await stat(path)).mtimeMs };
      }),
    );
    const kept = files.filter((file) => file.isKept).sort((a, b) => b.at - a.at);
    const gone = [...files.filter((file) => !file.isKept), ...kept.slice(MAX_LAYERS)];
    await Promise.all(gone.map((file) => rm(file.path, { force: true })));
  }

  private pathOf(digest: string): string {
    return join(this.folder, `${digest.replaceAll(/[^a-z0-9]/g, '-')}${SUFFIX}`);
  }
}

interface Kept {
  format: number;
  found: LayerSecrets;
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FILE_MODE, FOLDER_MODE } from '../../store/durable-files';
import type { WitnessedChanges } from './capture-witness';

const FORMAT = 1;
const SUFFIX = '.json';

export interface CaptureEvidence extends WitnessedChanges {
  /** Of the image that the container was made from: without changes a commit adds none. */
  baseLayers: number;
}

/** What captures were witnessed to change, one file per snapshot, so that it can be checked at any later time. */
export class EvidenceFiles {
  constructor(private readonly folder: string) {}

  async keep(snapshotId: string, evidence: CaptureEvidence): Promise<void> {
    await mkdir(this.folder, { recursive: true, mode: FOLDER_MODE });
    await writeFile(this.pathOf(snapshotId), JSON.stringify({ format: FORMAT, ...evidence }), {
      mode: FILE_MODE,
    });
  }

  async has(snapshotId: string): Promise<boolean> {
    return stat(this.pathOf(snapshotId)).then(
      () => true,
      () => false,
    );
  }

  /** Undefined when there is none, or one that a crash cut. */
  async read(snapshotId: string): Promise<CaptureEvidence | undefined> {
    try {
      const text = await readFile(this.pathOf(snapshotId), 'utf8');
      // Written by `keep`; a file that was cut does not parse.
      const { format, ...evidence } = JSON.parse(text) as CaptureEvidence & { format: number };
      return format === FORMAT ? evidence : undefined;
    } catch {
      return undefined;
    }
  }

  async remove(snapshotId: string): Promise<void> {
    await rm(this.pathOf(snapshotId), { force: true });
  }

  /** Removes what belongs to no snapshot any more. */
  async trim(isKept: (snapshotId: string) => boolean): Promise<void> {
    const names = await readdir(this.folder).catch(() => []);
    for (const name of names) {
      const id = name.slice(0, -SUFFIX.length);
      if (!isKept(id)) await this.remove(id);
    }
  }

  private pathOf(snapshotId: string): string {
    return join(this.folder, `${snapshotId}${SUFFIX}`);
  }
}

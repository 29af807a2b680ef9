import { execFileSync } from 'node:child_process';
import { mkdir, rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A real file system of a test's own, small enough to be filled. Needs root and Linux. */
export interface TinyDisk {
  folder: string;
  /** Leaves not even room for one more page. */
  fill(): Promise<void>;
  /** Gives back what {@link fill} took. */
  clear(): Promise<void>;
  unmount(): void;
}

/** Mounts one at a folder, which is made when it does not exist. */
export async function mountTinyDisk(folder: string, mebibytes: number): Promise<TinyDisk> {
  await mkdir(folder, { recursive: true });
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${mebibytes}m`, 'opensandbox-test', folder]);
  const ballast = join(folder, 'ballast');
  return {
    folder,
    async fill() {
      const { bavail, bsize } = await statfs(folder);
      await writeFile(ballast, Buffer.alloc(bavail * bsize));
    },
    clear: () => rm(ballast, { force: true }),
    unmount: () => void execFileSync('umount', ['--lazy', folder]),
  };
}

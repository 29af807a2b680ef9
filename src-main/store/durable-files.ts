import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Only the owner reads what the store writes. */
export const FILE_MODE = 0o600;
export const FOLDER_MODE = 0o700;

/** Makes creations, renames and removals in a folder survive a power cut. */
export async function syncFolder(folder: string): Promise<void> {
  // Windows cannot open a folder; NTFS journals its metadata by itself.
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Writes all bytes at a position; a single write may store only a part, as on a disk that is nearly full. */
export async function writeFully(handle: FileHandle, bytes: Buffer, position: number): Promise<void> {
  let done = 0;
  while (done < bytes.length) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}

/**
 * Creates a file that is either absent or whole, whatever happens in between: written beside its place, synced,
 * renamed, folder synced.
 * @param fill writes the content; its result is returned.
 */
export async function createDurably<T>(path: string, fill: (handle: FileHandle) => Promise<T>): Promise<T> {
  const temporary = `${path}.tmp`;
  try {
    const handle = await open(temporary, 'w', FILE_MODE);
    let result: T;
    try {
      result = await fill(handle);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
    await syncFolder(dirname(path));
    return result;
  } catch (error) {
    // Gives the space back on a full disk; the first error is the one that counts.
    await rm(temporary, { force: true }).catch(() => undefined);
    throw error;
  }
}

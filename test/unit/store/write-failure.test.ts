import { execFileSync } from 'node:child_process';
import { rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { createFolder, openStore, readFolder } from './store-folder';
import { sampleSnapshot } from './sample-records';

const DISK_BYTES = 256 * 1024;

/** A real, tiny file system, which only root can mount. */
async function mountTinyDisk(): Promise<string> {
  const folder = await createFolder();
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_BYTES}`, 'opensandbox-test', folder]);
  onTestFinished(() => void execFileSync('umount', ['--lazy', folder]));
  return folder;
}

function canMount(): boolean {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false;
  try {
    execFileSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'opensandbox-test', '/mnt'], {
      stdio: 'ignore',
    });
    return true;
  } catch {
    return false;
  }
}

/** Fills the disk but for less than a page, so that the next append is stored in part at most. */
async function fillDisk(folder: string): Promise<string> {
  const { bavail, bsize } = await statfs(folder);
  const ballast = join(folder, 'ballast');
  await writeFile(ballast, Buffer.alloc(bavail * bsize));
  return ballast;
}

/** Writes until the disk refuses. */
async function putUntilRefused(
  put: (index: number) => Promise<void>,
): Promise<{ stored: number; error: unknown }> {
  for (let stored = 0; ; stored++) {
    try {
      await put(stored);
    } catch (error) {
      return { stored, error };
    }
  }
}

// Without root no disk can be filled or made read-only for real, and pretending proves nothing.
it.skipIf(!canMount())('a full disk refuses the change, undoes it and poisons nothing', async () => {
  const folder = await mountTinyDisk();
  const store = await openStore(folder);
  const snapshots = store.collection('snapshots');
  await snapshots.put(sampleSnapshot(0));
  await snapshots.put(sampleSnapshot(1));
  const ballast = await fillDisk(folder);

  const { stored, error } = await putUntilRefused((index) => snapshots.put(sampleSnapshot(0, index + 1)));
  expect(error).toMatchObject({ status: 507, code: 'STORE::WRITE_FAILED' });
  expect(String(error)).toMatch(/ENOSPC.*free space/);
  expect(snapshots.get(sampleSnapshot(0).id)).toEqual(sampleSnapshot(0, stored));
  await expect(
    snapshots.delete(sampleSnapshot(1).id).then(() => snapshots.put(largeSnapshot(1))),
  ).rejects.toMatchObject({
    status: 507,
  });
  await expect(snapshots.put(largeSnapshot(2))).rejects.toMatchObject({ status: 507 });
  expect(snapshots.get(sampleSnapshot(2).id)).toBeUndefined();

  await rm(ballast);
  await snapshots.put(sampleSnapshot(3));
  const expected = new Map([...snapshots.values()].map((record) => [record.id, record]));
  await store.close();
  const reopened = await openStore(folder);
  expect(reopened.recovery).toBeUndefined();
  expect(
    new Map([...reopened.collection('snapshots').values()].map((record) => [record.id, record])),
  ).toEqual(expected);
  expect([...expected.keys()]).toContain(sampleSnapshot(3).id);
  await reopened.close();
});

it.skipIf(!canMount())(
  'a change that a later one replaced stays replaced when both are refused or stored',
  async () => {
    const folder = await mountTinyDisk();
    const store = await openStore(folder);
    const snapshots = store.collection('snapshots');
    await snapshots.put(sampleSnapshot(0));
    const ballast = await fillDisk(folder);
    const refused = snapshots.put(largeSnapshot(0));
    await new Promise((resolve) => setImmediate(resolve));
    const refusedToo = snapshots.put({ ...largeSnapshot(0), name: 'newer' });
    const results = await Promise.allSettled([refused, refusedToo]);
    expect(results.map((result) => result.status)).toEqual(['rejected', 'rejected']);
    // Back to what the disk has, not to the first refused change.
    expect(snapshots.get(sampleSnapshot(0).id)).toEqual(sampleSnapshot(0));
    await rm(ballast);
    await store.close();
  },
);

it.skipIf(!canMount())(
  'a disk that became read-only refuses changes until it can be written again',
  async () => {
    const folder = await mountTinyDisk();
    const store = await openStore(folder);
    await store.collection('snapshots').put(sampleSnapshot(0));
    await store.close();
    execFileSync('mount', ['-o', 'remount,ro', folder]);
    const before = await readFolder(folder);
    await expect(openStore(folder)).rejects.toMatchObject({ status: 500, code: 'STORE::OPEN_FAILED' });
    expect(await readFolder(folder)).toEqual(before);
    execFileSync('mount', ['-o', 'remount,rw', folder]);
    const again = await openStore(folder);
    await again.collection('snapshots').put(sampleSnapshot(1));
    expect(again.collection('snapshots').size).toBe(2);
    await again.close();
  },
);

/** A record that fits on no page that is left. */
function largeSnapshot(index: number): ReturnType<typeof sampleSnapshot> {
  return { ...sampleSnapshot(index), notes: 'x'.repeat(20_000) };
}

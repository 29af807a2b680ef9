import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { acquireFolderLock, type FolderLock } from '../../../src-main/store/folder-lock';
import { bundleProgram, startChild } from './child-program';
import { createFolder, openStore, readFolder } from './store-folder';

const held: FolderLock[] = [];

async function acquire(folder: string, platform: string): Promise<FolderLock> {
  const lock = await acquireFolderLock(folder, platform);
  held.push(lock);
  return lock;
}

afterEach(async () => {
  await Promise.all(held.splice(0).map((lock) => lock.release()));
});

describe('a second process', () => {
  it('learns who has the folder and changes nothing; when the first is killed, it gets it', async () => {
    const folder = await createFolder();
    const child = startChild(await bundleProgram('holding-program.ts'), [folder]);
    const { value: pid } = (await child.lines.next()) as { value: string };
    const before = await readFolder(folder);
    const opening = openStore(folder);
    await expect(opening).rejects.toMatchObject({ status: 409, code: 'STORE::LOCKED' });
    await expect(opening).rejects.toThrow(`${folder} is in use by process ${pid} (http://localhost:8080)`);
    await expect(opening).rejects.toThrow('--data-dir');
    expect(await readFolder(folder)).toEqual(before);

    child.process.kill('SIGKILL');
    await child.exited;
    const store = await openStore(folder);
    expect(store.recovery).toBeUndefined();
  });
});

// A socket file works on Linux as well, so what other platforms use is tested here too.
describe.each(['linux', 'darwin'])('the lock as made for %s', (platform) => {
  it('is exclusive, also over another path to the same folder, and can be taken again', async () => {
    const folder = await createFolder();
    const lock = await acquire(folder, platform);
    await expect(acquire(join(folder, '.'), platform)).rejects.toMatchObject({ code: 'STORE::LOCKED' });
    await lock.release();
    await acquire(folder, platform);
    await acquire(await createFolder(), platform);
  });

  it('tells its address once it is known', async () => {
    const folder = await createFolder();
    const lock = await acquire(folder, platform);
    await expect(acquire(folder, platform)).rejects.toThrow(`process ${process.pid}, running since`);
    lock.setInfo({ address: 'http://localhost:9000' });
    await expect(acquire(folder, platform)).rejects.toThrow(`process ${process.pid} (http://localhost:9000)`);
  });

  it('goes to exactly one of many that try at once', async () => {
    const folder = await createFolder();
    const results = await Promise.allSettled(Array.from({ length: 8 }, () => acquire(folder, platform)));
    expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(1);
  });
});

describe('a socket file', () => {
  it('that a killed process left behind is noticed as stale', async () => {
    const folder = await createFolder();
    const code = `require('node:net').createServer().listen(${JSON.stringify(join(folder, 'lock.sock'))}, () => process.kill(process.pid, 'SIGKILL'))`;
    await new Promise<void>((resolve) => execFile(process.execPath, ['-e', code], () => resolve()));
    expect(await readdir(folder)).toContain('lock.sock');
    await acquire(folder, 'darwin');
    expect(await readdir(folder)).toEqual(['lock.sock']);
  });

  it('whose holder hangs still counts as held', async () => {
    const folder = await createFolder();
    const silent = createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(join(folder, 'lock.sock'), resolve));
    try {
      await expect(acquire(folder, 'darwin')).rejects.toThrow('another process, which does not answer');
    } finally {
      silent.close();
    }
  });
});

import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Docker from 'dockerode';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { connectionOptions, discoverEngine } from '../../src-main/engine/discovery';
import { ImageBootstrap } from '../../src-main/engine/image-bootstrap';
import {
  ensureStarterImage,
  type StarterImageStore,
  type StarterProgress,
} from '../../src-main/engine/starter-image';
import { findStaticBusybox, isStaticExecutable } from '../../src-main/engine/static-busybox';

let docker: Docker;
let bootstrap: ImageBootstrap;
const made: string[] = [];

beforeAll(async () => {
  const { chosen } = await discoverEngine(process.env, process.platform);
  if (chosen === undefined) throw new Error('These tests need a running engine; npm test starts one.');
  const options = connectionOptions(chosen.endpoint, process.env);
  docker = new Docker(options);
  bootstrap = new ImageBootstrap(options);
});

afterEach(async () => {
  for (const name of made.splice(0)) await docker.getImage(name).remove({ force: true });
});

/** The real engine under a name of this test's own, so that the user's starter image stays as it is. */
function renamed(name: string): StarterImageStore {
  made.push(name);
  return {
    inspect: () => bootstrap.inspect(name),
    import: (tar, options) => bootstrap.import(tar, { ...options, name }),
  };
}

async function runIn(image: string, script: string): Promise<{ code: number; output: string }> {
  const container = await docker.createContainer({
    Image: image,
    Cmd: ['sh', '-c', script],
    NetworkDisabled: true,
    Labels: { 'opensandbox.test': 'starter-image' },
  });
  try {
    await container.start();
    const { StatusCode: code } = (await container.wait()) as { StatusCode: number };
    const logs = await container.logs({ stdout: true, stderr: true });
    return { code, output: logs.toString('utf8') };
  } finally {
    await container.remove({ force: true });
  }
}

describe('starter image', () => {
  it('is made offline and gives a shell, the usual commands, a home and a sticky /tmp', async () => {
    const name = `opensandbox-test/starter:${randomUUID()}`;
    const progress: StarterProgress[] = [];
    const result = await ensureStarterImage(renamed(name), { onProgress: (step) => progress.push(step) });
    expect(result.created).toBe(true);
    expect(progress.map(({ done }) => done)).toEqual([0, 1, 2]);
    const { code, output } = await runIn(
      name,
      'pwd && stat -c %a /tmp && id -un && echo "$HOME" && for c in ls tar wget vi awk; do which $c; done && sleep 0',
    );
    expect(code, output).toBe(0);
    expect(output).toMatch(/\/workspace[^]*1777[^]*root[^]*\/root[^]*\/usr\/bin\/awk/);
    const { Config } = await docker.getImage(name).inspect();
    expect(Config.Cmd).toEqual(['sh']);
    expect(Config.Env.join()).toContain('PATH=/usr/local/sbin');
  });

  it('is not made again when it exists', async () => {
    const name = `opensandbox-test/starter:${randomUUID()}`;
    const images = renamed(name);
    expect((await ensureStarterImage(images)).created).toBe(true);
    const before = await docker.getImage(name).inspect();
    expect((await ensureStarterImage(images)).created).toBe(false);
    expect((await docker.getImage(name).inspect()).Id).toBe(before.Id);
  });

  it('says what to install when the machine has no static busybox', async () => {
    const images: StarterImageStore = {
      inspect: () => Promise.resolve(undefined),
      import: () => Promise.reject(new Error('nothing to import')),
    };
    await expect(ensureStarterImage(images, { busyboxPaths: ['/nonexistent'] })).rejects.toMatchObject({
      code: 'IMAGE::STARTER_UNAVAILABLE',
      message: expect.stringContaining('apt-get install -y busybox-static') as string,
    });
  });

  it('reports an engine that fails in the middle of an import', async () => {
    const { Readable } = await import('node:stream');
    const name = `opensandbox-test/broken:${randomUUID()}`;
    await expect(
      bootstrap.import(Readable.from([Buffer.from('no tar at all'.repeat(100))]), { name, changes: [] }),
    ).rejects.toMatchObject({ code: 'IMAGE::IMPORT_FAILED' });
    expect(await bootstrap.inspect(name)).toBeUndefined();
  });
});

describe('static busybox', () => {
  it('takes a static executable and refuses a dynamic one, a script and a missing file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'osb-'));
    try {
      await writeFile(join(folder, 'script'), '#!/bin/sh\n');
      expect(await isStaticExecutable(process.execPath)).toBe(false);
      expect(await isStaticExecutable(join(folder, 'script'))).toBe(false);
      expect(await findStaticBusybox([join(folder, 'none'), join(folder, 'script')])).toBeUndefined();
      expect(await findStaticBusybox()).toMatch(/busybox/);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});

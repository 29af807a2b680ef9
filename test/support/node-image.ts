import { execFile } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import type Docker from 'dockerode';
import { pack, type Pack } from 'tar-stream';
import { BUSYBOX_IMAGE, ensureBaseImages } from './docker';

/** Busybox with this machine's Node and the `ws` package: for servers inside a sandbox. */
export const NODE_IMAGE = `opensandbox-test/node:${process.version}`;

/** A sandbox's main command that runs `services-in-sandbox.cjs`. */
export async function servicesEntrypoint(): Promise<string[]> {
  return ['node', '-e', await readFile(resolve('test/support/services-in-sandbox.cjs'), 'utf8')];
}

/** Makes the image if it does not exist yet. It stays for the next run. */
export async function ensureNodeImage(docker: Docker): Promise<void> {
  await ensureBaseImages(docker);
  const found = await docker.listImages({ filters: JSON.stringify({ reference: [NODE_IMAGE] }) });
  if (found.length > 0) return;
  const container = await docker.createContainer({ Image: BUSYBOX_IMAGE, Cmd: ['true'] });
  try {
    const tar = pack();
    const writing = writeFiles(tar);
    await container.putArchive(Readable.from(tar, { objectMode: false }), { path: '/' });
    await writing;
    const [repo, tag] = NODE_IMAGE.split(':');
    await container.commit({ repo, tag });
  } finally {
    await container.remove({ force: true });
  }
}

async function writeFiles(tar: Pack): Promise<void> {
  await addFile(tar, process.execPath, 'usr/bin/node', 0o755);
  for (const library of await sharedLibraries(process.execPath)) {
    await addFile(tar, await realpath(library), library.slice(1), 0o755);
  }
  const ws = resolve('node_modules/ws');
  for (const file of [
    'package.json',
    'index.js',
    ...(await readdir(join(ws, 'lib'))).map((name) => `lib/${name}`),
  ]) {
    await addFile(tar, join(ws, file), `node_modules/ws/${file}`, 0o644);
  }
  tar.finalize();
}

/** Absolute paths, as the dynamic loader looks for them. */
async function sharedLibraries(program: string): Promise<string[]> {
  const { stdout } = await promisify(execFile)('ldd', [program]);
  return [...stdout.matchAll(/(?:=> )?(\/\S+) \(0x/g)].flatMap((match) => match[1] ?? []);
}

async function addFile(tar: Pack, from: string, name: string, mode: number): Promise<void> {
  const folder = dirname(name);
  tar.entry({ name: folder, type: 'directory', mode: 0o755 });
  const { size } = await stat(from);
  await pipeline(createReadStream(from), tar.entry({ name, size, mode }));
}

import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import type Docker from 'dockerode';
import { packStarterFilesystem } from '../../src-main/engine/starter-filesystem';
import { findStaticBusybox } from '../../src-main/engine/static-busybox';
import { entry } from './capability-tar';

const END_OF_TAR = Buffer.alloc(1024);

/**
 * Makes a busybox image of that many layers, each with one small file, by one load.
 * @returns its name; removing it is the caller's business.
 */
export async function makeDeepImage(docker: Docker, layers: number): Promise<string> {
  const busybox = await findStaticBusybox();
  if (busybox === undefined) throw new Error('This test needs a static busybox.');
  const name = `opensandbox-test/deep-${layers}:latest`;
  const contents: Buffer[] = [await buffer(await packStarterFilesystem(busybox))];
  for (let depth = 2; depth <= layers; depth += 1) contents.push(tarOf('depth', String(depth)));
  const config = JSON.stringify({
    architecture: process.arch === 'arm64' ? 'arm64' : 'amd64',
    os: 'linux',
    config: {},
    rootfs: { type: 'layers', diff_ids: contents.map((each) => `sha256:${sha256(each)}`) },
  });
  const files = contents.map((content, index) => ({ name: `${index}/layer.tar`, content }));
  const manifest = [{ Config: 'config.json', RepoTags: [name], Layers: files.map((each) => each.name) }];
  const archive = Buffer.concat([
    ...files.flatMap((each) => entry({ ...each, type: '0' })),
    ...entry({ name: 'config.json', type: '0', content: Buffer.from(config) }),
    ...entry({ name: 'manifest.json', type: '0', content: Buffer.from(JSON.stringify(manifest)) }),
    END_OF_TAR,
  ]);
  // dockerode takes a buffer as well, whatever its typings say.
  const answer = await docker.loadImage(archive as unknown as NodeJS.ReadableStream, { quiet: true });
  const said = await buffer(answer);
  if (said.includes('"error"')) throw new Error(said.toString());
  return name;
}

function tarOf(name: string, text: string): Buffer {
  return Buffer.concat([...entry({ name, type: '0', content: Buffer.from(text) }), END_OF_TAR]);
}

function sha256(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}

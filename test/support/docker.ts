import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import Docker from 'dockerode';
import { pack } from 'tar-stream';
import { connectionOptions, discoverEngine, type ConnectionOptions } from '../../src-main/engine/discovery';
import { LABEL_INSTANCE } from '../../src-main/engine/labels';
import { packStarterFilesystem } from '../../src-main/engine/starter-filesystem';
import { findStaticBusybox } from '../../src-main/engine/static-busybox';
import { waitFor } from './wait-for';

/** Busybox with its commands; made from this machine's own, so tests need no registry. */
export const BUSYBOX_IMAGE = 'opensandbox-test/busybox:latest';
/** One static binary at /sleeper and nothing else: no shell, no /etc. Its command sleeps. */
export const SCRATCH_IMAGE = 'opensandbox-test/scratch:latest';
export const SCRATCH_ENTRYPOINT = ['/busybox', 'sleep', '100000'];

/** The engine that tests use, found as the product finds it; `npm test` starts one where none runs. */
export async function connectDocker(environment: NodeJS.ProcessEnv = process.env): Promise<Docker> {
  return new Docker(await engineConnection(environment));
}

/** The way to that engine. */
export async function engineConnection(
  environment: NodeJS.ProcessEnv = process.env,
): Promise<ConnectionOptions> {
  const { chosen } = await discoverEngine(environment, process.platform);
  if (chosen === undefined) throw new Error('These tests need a running Docker engine; npm test starts one.');
  return connectionOptions(chosen.endpoint, environment);
}

/** Makes the base images that do not exist yet. They stay for the next run. */
export async function ensureBaseImages(docker: Docker): Promise<void> {
  const busybox = await findStaticBusybox();
  if (busybox === undefined)
    throw new Error('These tests need a static busybox: apt-get install busybox-static.');
  if (!(await hasImage(docker, BUSYBOX_IMAGE))) {
    await importImage(docker, await packStarterFilesystem(busybox), BUSYBOX_IMAGE, ['ENV BASE=from-image']);
  }
  if (!(await hasImage(docker, SCRATCH_IMAGE))) {
    const tar = pack();
    const { size } = await stat(busybox);
    void pipeline(createReadStream(busybox), tar.entry({ name: 'busybox', mode: 0o755, size })).then(() =>
      tar.finalize(),
    );
    await importImage(docker, Readable.from(tar, { objectMode: false }), SCRATCH_IMAGE, []);
  }
}

/** Removes whatever a server with this instance id made: containers, images, volumes. */
export async function removeInstance(docker: Docker, instanceId: string): Promise<void> {
  const filters = { label: [`${LABEL_INSTANCE}=${instanceId}`] };
  for (const each of await docker.listContainers({ all: true, filters })) {
    await ignoreGone(docker.getContainer(each.Id).remove({ force: true, v: true }));
  }
  // Children first: an image that others build on cannot go before them.
  const images = await docker.listImages({ all: false, filters: JSON.stringify(filters) });
  for (const each of images.sort((a, b) => b.Created - a.Created)) {
    await ignoreGone(docker.getImage(each.Id).remove({ force: true }));
  }
  const { Volumes: volumes } = await docker.listVolumes({ filters });
  for (const each of volumes) await ignoreGone(docker.getVolume(each.Name).remove());
}

/** Runs a command in a container and gives its output. */
export async function execIn(docker: Docker, containerId: string, command: string[]): Promise<string> {
  const exec = await docker.getContainer(containerId).exec({
    Cmd: command,
    AttachStdout: true,
    AttachStderr: true,
    Tty: true,
  });
  const stream = await exec.start({ Tty: true });
  let output = '';
  for await (const chunk of stream) output += String(chunk);
  return output.replaceAll('\r\n', '\n');
}

/** Removes an image past the product. Docker before 25 answers 500 when two removals meet; a person would try again. */
export async function removeImageByHand(
  docker: Docker,
  name: string,
  options: { force?: boolean } = {},
): Promise<void> {
  await waitFor(`${name} to be removed`, () =>
    docker
      .getImage(name)
      .remove(options)
      .then(
        () => true,
        (error: unknown) => {
          if (String(error).includes('no such image')) return true;
          if (!String(error).includes('unrecognized image ID')) throw error;
          return undefined;
        },
      ),
  );
}

async function hasImage(docker: Docker, name: string): Promise<boolean> {
  try {
    await docker.getImage(name).inspect();
    return true;
  } catch {
    return false;
  }
}

async function importImage(docker: Docker, tar: Readable, name: string, changes: string[]): Promise<void> {
  const [repo, tag] = name.split(':');
  const stream = await docker.importImage(tar, { repo, tag, changes });
  for await (const chunk of stream) {
    if (String(chunk).includes('"error"')) throw new Error(String(chunk));
  }
}

async function ignoreGone(removal: Promise<unknown>): Promise<void> {
  await removal.catch((error: unknown) => {
    const status = (error as { statusCode?: number }).statusCode;
    if (status !== 404 && status !== 409) throw error;
  });
}

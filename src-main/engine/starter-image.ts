import type { Readable } from 'node:stream';
import { AppError } from '../errors';
import { buildDebianFilesystem } from './debian-filesystem';
import { packStarterFilesystem } from './starter-filesystem';
import { findStaticBusybox } from './static-busybox';

/** What a newcomer's first sandbox starts from when nothing can be pulled. */
export const STARTER_IMAGE = 'opensandbox/starter:latest';
export const DEBIAN_STARTER_IMAGE = 'opensandbox/starter:debian';

const SEARCH_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** The part of `Images` that this needs. */
export interface StarterImageStore {
  inspect(name: string): Promise<object | undefined>;
  /** Imports a root filesystem; resolves with the image's id. */
  import(tar: Readable, options: { name: string; changes: string[] }): Promise<string>;
}

export type StarterKind = 'busybox' | 'debian';

export interface StarterProgress {
  done: number;
  total: number;
  message: string;
}

export interface StarterOptions {
  kind?: StarterKind;
  onProgress?: (progress: StarterProgress) => void;
  signal?: AbortSignal;
  /** Where to look for busybox instead of the usual places. */
  busyboxPaths?: readonly string[];
}

export interface StarterResult {
  name: string;
  created: boolean;
}

/**
 * Makes the starter image, from this machine's static busybox and without any network, or a minimal Debian with
 * debootstrap. Does nothing when the image exists.
 * @throws AppError `IMAGE::STARTER_UNAVAILABLE` when this machine has nothing to make it from, saying what to install.
 */
export async function ensureStarterImage(
  images: StarterImageStore,
  options: StarterOptions = {},
): Promise<StarterResult> {
  const kind = options.kind ?? 'busybox';
  const name = kind === 'busybox' ? STARTER_IMAGE : DEBIAN_STARTER_IMAGE;
  if ((await images.inspect(name)) !== undefined) return { name, created: false };
  if (kind === 'busybox') await importBusybox(images, name, options);
  else await importDebian(images, name, options);
  options.onProgress?.({ done: 2, total: 2, message: `${name} is ready` });
  return { name, created: true };
}

async function importBusybox(
  images: StarterImageStore,
  name: string,
  options: StarterOptions,
): Promise<void> {
  options.onProgress?.({ done: 0, total: 2, message: 'Looking for a static busybox' });
  const busybox = await findStaticBusybox(options.busyboxPaths);
  if (busybox === undefined) throw noBusybox();
  options.onProgress?.({ done: 1, total: 2, message: `Importing a root filesystem made of ${busybox}` });
  const tar = await packStarterFilesystem(busybox);
  await images.import(tar, { name, changes: imageChanges('sh', 'busybox') });
}

async function importDebian(images: StarterImageStore, name: string, options: StarterOptions): Promise<void> {
  const onLine = (message: string): void => options.onProgress?.({ done: 0, total: 2, message });
  const filesystem = await buildDebianFilesystem(onLine, options.signal);
  try {
    options.onProgress?.({ done: 1, total: 2, message: 'Importing the Debian root filesystem' });
    await images.import(filesystem.tar, { name, changes: imageChanges('bash', 'debian') });
  } finally {
    await filesystem.remove();
  }
}

/** Dockerfile instructions for the imported image; an import alone has neither command nor search path. */
function imageChanges(shell: string, kind: StarterKind): string[] {
  return [
    `CMD ["${shell}"]`,
    `ENV PATH=${SEARCH_PATH}`,
    'WORKDIR /workspace',
    `LABEL org.opencontainers.image.title="OpenSandbox starter (${kind})"`,
  ];
}

function noBusybox(): AppError {
  return new AppError(
    409,
    'IMAGE::STARTER_UNAVAILABLE',
    'There is no static busybox on this machine to make a starter image from. On Debian or Ubuntu run: ' +
      'sudo apt-get install -y busybox-static; elsewhere pull an image, for example: docker pull busybox',
  );
}

import { readdir } from 'node:fs/promises';
import type Docker from 'dockerode';
import type { ContainerFacts } from './engine-types';

/** `GraphDriver.Data.UpperDir` of the overlay2 driver (Docker API `GET /containers/{id}/json`). */
export function writtenLayerOf(info: Docker.ContainerInspectInfo): Pick<ContainerFacts, 'writtenLayerPath'> {
  // Engines with the containerd image store leave the driver out, whatever the typings say.
  const { Data: data } =
    (info.GraphDriver as Partial<Docker.ContainerInspectInfo['GraphDriver']> | null) ?? {};
  const path = (data as { UpperDir?: string } | null | undefined)?.UpperDir;
  return path === undefined ? {} : { writtenLayerPath: path };
}

/**
 * Whether a container has changed nothing at this moment. Overlayfs keeps everything that a container adds, changes or
 * deletes as entries of one directory (kernel, filesystems/overlayfs, "upper"), so an empty one means: nothing.
 * False also where it cannot be told, because this process may not read the directory, or the engine is on another
 * machine; no other machine has a directory of this name, which is made of random digits.
 */
export async function isWrittenLayerEmpty(path: string): Promise<boolean> {
  try {
    return (await readdir(path)).length === 0;
  } catch {
    return false;
  }
}

import { pipeline } from 'node:stream/promises';
import type { DockerEngine } from '../engine/docker-engine';
import { ownerInstructions } from '../engine/labels';
import { TarFilter } from '../engine/tar-filter';
import { isEngineFile } from './engine-made';

/** A commit that would make a 126th layer fails with "max depth exceeded" (moby, layer store). */
export const LAYER_LIMIT = 125;
/** Chains are squashed when a capture would reach this many layers, with room left for other tools to build on it. */
export const FLATTEN_AT = 110;

/**
 * Makes an untagged image of one layer from a container's whole filesystem: export, filter, import, streamed with
 * flat memory.
 * @param labels of the intermediate image, by which a crash's leftovers are found.
 * @returns the id of the image; its configuration is empty.
 */
export async function importFilesystem(
  engine: DockerEngine,
  containerId: string,
  labels: Record<string, string>,
): Promise<string> {
  const exported = await engine.containers.export(containerId);
  const filter = new TarFilter(isEngineFile);
  const changes = ownerInstructions(labels);
  const importing = engine.images.import(filter, { changes, message: 'Flattened by OpenSandbox Desktop' });
  try {
    const [id] = await Promise.all([importing, pipeline(exported, filter)]);
    return id;
  } finally {
    // After a failure of either side the other one would wait for ever.
    filter.destroy();
  }
}

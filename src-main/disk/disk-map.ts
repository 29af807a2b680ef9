import type { DockerEngine } from '../engine/docker-engine';
import type { ImageHolder } from '../engine/image-holders';
import { readLabels } from '../engine/labels';
import { chainIds, learnLayerSizes } from './layer-sizes';

/** Images read at once; the engine answers them one after the other anyway. */
const READ_AT_ONCE = 8;

/** Which bytes of the engine are kept by what. A layer counts once, however many images share it. */
export class DiskMap {
  private readonly keepers = new Map<string, Set<string>>();

  constructor(
    readonly holders: readonly ImageHolder[],
    private readonly chains: ReadonlyMap<string, readonly string[]>,
    private readonly sizes: ReadonlyMap<string, number>,
  ) {
    for (const holder of holders) {
      for (const chain of chains.get(holder.imageId) ?? []) {
        const keepers = this.keepers.get(chain) ?? new Set();
        keepers.add(holder.key);
        this.keepers.set(chain, keepers);
      }
    }
  }

  /** Bytes of all images together. */
  get totalBytes(): number {
    return this.sum(this.keepers.keys());
  }

  /** Bytes of everything that these keep, with what others keep too. */
  heldBytes(keys: ReadonlySet<string>): number {
    return this.sum(this.chainsOf(keys));
  }

  /** Bytes that nothing would keep any more if all of these were gone. */
  freedBytes(keys: ReadonlySet<string>): number {
    const freed = [...this.chainsOf(keys)].filter((chain) =>
      [...(this.keepers.get(chain) ?? [])].every((keeper) => keys.has(keeper)),
    );
    return this.sum(freed);
  }

  private chainsOf(keys: ReadonlySet<string>): Set<string> {
    const chains = new Set<string>();
    for (const { key, imageId } of this.holders) {
      if (!keys.has(key)) continue;
      for (const chain of this.chains.get(imageId) ?? []) chains.add(chain);
    }
    return chains;
  }

  private sum(chains: Iterable<string>): number {
    let bytes = 0;
    for (const chain of chains) bytes += this.sizes.get(chain) ?? 0;
    return bytes;
  }
}

/** Reads the map from the engine. Images never change, so each is read once. */
export class DiskMapReader {
  private readonly sizes = new Map<string, number>();
  private readonly chains = new Map<string, readonly string[]>();

  async read(engine: DockerEngine): Promise<DiskMap> {
    // Containers that files of images are read through go by themselves, and before an image that is removed.
    const holders = (await engine.imageHolders()).filter(
      ({ labels }) => readLabels(labels)?.kind !== 'reader',
    );
    const ids = [...new Set(holders.map((holder) => holder.imageId))];
    for (const id of this.chains.keys()) if (!ids.includes(id)) this.chains.delete(id);
    const missing = ids.filter((id) => !this.chains.has(id));
    const images = [];
    for (let start = 0; start < missing.length; start += READ_AT_ONCE) {
      const batch = missing.slice(start, start + READ_AT_ONCE);
      images.push(...(await Promise.all(batch.map((id) => readImage(engine, id)))));
    }
    // Short chains first: what they tell of their layers serves the images that are built on them.
    const present = images.filter((image) => image !== undefined);
    for (const image of present.sort((a, b) => a.chains.length - b.chains.length)) {
      learnLayerSizes(image, this.sizes);
      this.chains.set(image.id, image.chains);
    }
    return new DiskMap(holders, new Map(this.chains), new Map(this.sizes));
  }
}

/** Undefined when the image went away meanwhile. */
async function readImage(engine: DockerEngine, id: string) {
  const facts = await engine.images.inspect(id);
  if (facts === undefined) return undefined;
  try {
    const history = await engine.images.history(id);
    return { id, chains: chainIds(facts.layers), sizeBytes: facts.sizeBytes, history };
  } catch (error) {
    if ((await engine.images.inspect(id)) === undefined) return undefined;
    throw error;
  }
}

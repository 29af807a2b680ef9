import type { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { Mutex } from 'async-mutex';
import type { DockerEngine } from '../../engine/docker-engine';
import type { ImageFacts } from '../../engine/engine-types';
import { AppError } from '../../errors';
import type { LayerIndex } from './file-facts';
import type { LayerIndexCache } from './layer-index-cache';
import { indexTar } from './layer-indexing';
import { applyLayer, EMPTY_TREE, type TreeNode } from './filesystem-tree';
import { readSavedImages, type SavedImageReading } from './saved-images';

/** Trees kept in memory while they are in use; a tree of 50,000 files takes about 20 MiB. */
const KEPT_TREES = 4;
const KEPT_MS = 60_000;
const READ_ATTEMPTS = 2;
/** Names of archive files whose layer is known; 100 bytes each. */
const KNOWN_NAMES = 5_000;
/** The OCI image layout; of a layer that is not compressed it is the digest that the image names. */
const NAMED_BY_DIGEST = /^blobs\/sha256\/([0-9a-f]{64})$/;

export interface LayerReading {
  /** Digests of layers. */
  wanted: Iterable<string>;
  /** Takes the tar of a layer to its end. */
  read: (digest: string, tar: NodeJS.ReadableStream) => Promise<void>;
  /** Gives the reading up. */
  signal?: AbortSignal | undefined;
}

/** The filesystems of images, made from the indexes of their layers. Images are read out of the engine one at a time. */
export class LayerLibrary {
  private readonly reading = new Mutex();
  private readonly trees = new Map<string, TreeNode>();
  private forgetting: NodeJS.Timeout | undefined;
  /** What is being read now. */
  private archive: Readable | undefined;
  /** Engines name the files of an archive after the layers, so a name seen once tells the layer. */
  private readonly layerOfFile = new Map<string, string>();

  constructor(private readonly cache: LayerIndexCache) {}

  /**
   * The filesystems of some images, in their order. Related ones share what their layers have in common.
   * @throws AppError of the engine, or `SNAPSHOT::LAYERS_UNREADABLE`
   */
  async treesOf(engine: DockerEngine, images: readonly ImageFacts[]): Promise<TreeNode[]> {
    const shared = sharedDepth(images.map((image) => image.layers));
    for (let attempt = 1; ; attempt += 1) {
      await this.ensureIndexed(engine, images);
      const trees: TreeNode[] = [];
      for (const { layers } of images) {
        const tree = await this.treeOf(layers, shared);
        if (tree !== undefined) trees.push(tree);
      }
      if (trees.length === images.length) return trees;
      // Somebody emptied the folder, or a file in it was damaged: once more from the engine.
      if (attempt === READ_ATTEMPTS) throw indexGone();
    }
  }

  /**
   * What the topmost layer of an image does.
   * @throws AppError like {@link treesOf}
   */
  async topLayerOf(engine: DockerEngine, image: ImageFacts): Promise<LayerIndex> {
    return this.layerOf(engine, image, image.layers.at(-1) ?? '');
  }

  /**
   * What one layer of an image does.
   * @throws AppError like {@link treesOf}
   */
  async layerOf(engine: DockerEngine, image: ImageFacts, digest: string): Promise<LayerIndex> {
    await this.ensureIndexed(engine, [image]);
    const index = await this.cache.read(digest);
    if (index === undefined) throw indexGone();
    return index;
  }

  /**
   * Reads layers of an image themselves, each once, in whatever order the engine hands them out.
   * @throws AppError like {@link treesOf}, or what `read` throws
   */
  async readLayers(
    engine: DockerEngine,
    image: ImageFacts,
    { wanted, read, signal }: LayerReading,
  ): Promise<void> {
    const left = new Set(wanted);
    await this.reading.runExclusive(async () => {
      // An engine that names files by what only the end of the archive tells is read twice.
      for (let attempt = 1; left.size > 0; attempt += 1) {
        if (attempt > READ_ATTEMPTS) throw layersMissing();
        await this.readSaved(engine, [image], signal, {
          // By its name a document of the archive could be a layer.
          needs: (file) => left.has(this.layerOfFile.get(file) ?? '') || !this.layerOfFile.has(file),
          take: async (file, tar) => {
            const digest = this.digestOf(file);
            if (digest !== undefined && left.delete(digest)) await read(digest, tar);
            // The next one comes when this one is over, read or not.
            else await finished(tar.resume());
          },
        });
      }
    });
  }

  /** Drops what is kept in memory, and stops reading. */
  close(): void {
    this.archive?.destroy();
    clearTimeout(this.forgetting);
    this.trees.clear();
  }

  private async ensureIndexed(engine: DockerEngine, images: readonly ImageFacts[]): Promise<void> {
    if ((await this.withMissing(images)).length === 0) return;
    await this.reading.runExclusive(async () => {
      // Somebody else may have read them meanwhile.
      const missing = await this.withMissing(images);
      if (missing.length > 0) await this.index(engine, missing);
    });
  }

  private async withMissing(images: readonly ImageFacts[]): Promise<ImageFacts[]> {
    const found: ImageFacts[] = [];
    for (const image of images) {
      const known = await Promise.all(image.layers.map((digest) => this.cache.has(digest)));
      if (known.includes(false)) found.push(image);
    }
    return found;
  }

  private async index(engine: DockerEngine, images: readonly ImageFacts[]): Promise<void> {
    const known = new Map<string, string>();
    for (const [file, digest] of this.layerOfFile) if (await this.cache.has(digest)) known.set(file, digest);
    const staged = new Map<string, string>();
    try {
      const layers = await this.readSaved(engine, images, undefined, {
        needs: (file) => !known.has(file),
        take: async (file, tar) =>
          void staged.set(file, await this.cache.stage(await indexTar(tar, { whiteouts: true }))),
      });
      for (const [file, digest] of layers) {
        const path = staged.get(file);
        if (path === undefined) continue;
        staged.delete(file);
        await this.cache.adopt(path, digest);
      }
    } finally {
      for (const path of staged.values()) await this.cache.discard(path);
    }
    await this.cache.trim(new Set(images.flatMap((image) => image.layers)));
  }

  private async readSaved(
    engine: DockerEngine,
    images: readonly ImageFacts[],
    signal: AbortSignal | undefined,
    reading: SavedImageReading,
  ): Promise<Map<string, string>> {
    const archive = await engine.filesystems.saveImages(images.map((image) => image.id));
    this.archive = archive;
    const stop = (): void => void archive.destroy(new Error('given up'));
    signal?.addEventListener('abort', stop, { once: true });
    try {
      if (signal?.aborted === true) stop();
      const layers = await readSavedImages(archive, reading);
      for (const [file, digest] of layers) this.noteFile(file, digest);
      return layers;
    } finally {
      signal?.removeEventListener('abort', stop);
      this.archive = undefined;
    }
  }

  /** Which layer a file of an archive is; undefined before one was read to its end, unless the name tells. */
  digestOf(file: string): string | undefined {
    const named = NAMED_BY_DIGEST.exec(file)?.[1];
    return this.layerOfFile.get(file) ?? (named === undefined ? undefined : `sha256:${named}`);
  }

  private noteFile(file: string, digest: string): void {
    if (this.layerOfFile.size >= KNOWN_NAMES) this.layerOfFile.clear();
    this.layerOfFile.set(file, digest);
  }

  /** Undefined when an index is no longer there. Starts from the longest row of lowest layers that is kept. */
  private async treeOf(layers: readonly string[], shared: number): Promise<TreeNode | undefined> {
    let depth = layers.length;
    while (depth > 0 && !this.trees.has(keyOf(layers, depth))) depth -= 1;
    let tree = this.trees.get(keyOf(layers, depth)) ?? EMPTY_TREE;
    for (; depth < layers.length; depth += 1) {
      const index = await this.cache.read(layers[depth] ?? '');
      if (index === undefined) return undefined;
      tree = applyLayer(tree, index);
      // Trees that grow from the same nodes are compared without looking at what they share.
      if (depth + 1 === shared || depth + 1 === layers.length) this.keep(keyOf(layers, depth + 1), tree);
    }
    return tree;
  }

  private keep(key: string, tree: TreeNode): void {
    this.trees.delete(key);
    this.trees.set(key, tree);
    const [oldest] = this.trees.keys();
    if (this.trees.size > KEPT_TREES && oldest !== undefined) this.trees.delete(oldest);
    clearTimeout(this.forgetting);
    this.forgetting = setTimeout(() => this.trees.clear(), KEPT_MS).unref();
  }
}

/** How many lowest layers all of them have in common. */
function sharedDepth(stacks: readonly (readonly string[])[]): number {
  const [first = [], ...others] = stacks;
  const differing = first.findIndex((digest, at) => others.some((layers) => layers[at] !== digest));
  return differing < 0 ? first.length : differing;
}

function keyOf(layers: readonly string[], depth: number): string {
  return layers.slice(0, depth).join(' ');
}

function layersMissing(): AppError {
  return new AppError(
    500,
    'SNAPSHOT::LAYERS_UNREADABLE',
    'The engine saved the image without one of its layers. Check that the engine works with docker save.',
  );
}

function indexGone(): AppError {
  return new AppError(
    500,
    'SNAPSHOT::LAYERS_UNREADABLE',
    'The index of a layer vanished from the data folder while it was used. Try again: it is made anew.',
  );
}

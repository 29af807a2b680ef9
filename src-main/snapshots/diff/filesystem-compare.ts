import { join } from 'node:path';
import type { Logger } from 'pino';
import type { Changes } from '../../activity/changes';
import type { EngineMonitor } from '../../engine/engine-monitor';
import { AppError } from '../../errors';
import type { SandboxRegistry } from '../../sandboxes/sandbox-registry';
import type { OrderedCollection } from '../../store/ordered-collection';
import type { SnapshotRecord } from '../../store/records';
import { snapshotImageName } from '../snapshot-tag';
import { FileAccess, pathMissing, type ShownContent } from './file-access';
import type { FileFacts } from './file-facts';
import { followedNodeAt, nodeAt, type TreeNode } from './filesystem-tree';
import { FilesystemSources, type FilesystemSource } from './filesystem-sources';
import { ImageReaders } from './image-readers';
import { KeptComparisons, type Comparison } from './kept-comparisons';
import { LayerIndexCache } from './layer-index-cache';
import { LayerLibrary } from './layer-library';
import { LiveFilesystems } from './live-filesystems';
import { requestedPath } from './requested-path';
import { diffTrees, differAt, summarize } from './tree-diff';

const CACHE_FOLDER = 'layer-index';

export interface FilesystemCompareOptions {
  engines: EngineMonitor;
  snapshots: OrderedCollection<SnapshotRecord>;
  sandboxes: SandboxRegistry;
  changes: Changes;
  instanceId: string;
  dataDir: string;
  logger: Logger;
}

/** A path on one side of a comparison: what it is, and the beginning of its content when it is a file. */
export interface FileSide {
  facts: FileFacts;
  shown?: ShownContent;
}

export interface FolderListing {
  /** Without symlinks. */
  path: string;
  facts: FileFacts;
  items: { name: string; facts: FileFacts }[];
}

/** A path in one snapshot of a lineage. */
export interface PathVersion {
  snapshot: SnapshotRecord;
  /** `unreadable`: the snapshot is not Ready or its image is gone. */
  state: 'present' | 'absent' | 'unreadable';
  facts?: FileFacts;
  /** Whether this snapshot changed it, against the one before; undefined when that cannot be told. */
  changed?: boolean;
}

/** What differs between filesystems of snapshots and sandboxes, and what they hold. Nothing is started for it. */
export class FilesystemCompare {
  readonly sources: FilesystemSources;
  readonly files: FileAccess;
  private readonly readers: ImageReaders;
  readonly library: LayerLibrary;
  private readonly live: LiveFilesystems;
  private readonly kept = new KeptComparisons();

  constructor(options: FilesystemCompareOptions) {
    const { engines, snapshots, sandboxes, dataDir } = options;
    this.sources = new FilesystemSources(engines, snapshots, sandboxes);
    this.readers = new ImageReaders(engines, options);
    this.files = new FileAccess(this.readers);
    this.library = new LayerLibrary(new LayerIndexCache(join(dataDir, CACHE_FOLDER)));
    this.live = new LiveFilesystems(this.library);
    options.changes.on('snapshot', (id) => this.letGo(snapshots.get(id)));
  }

  /**
   * All paths that differ.
   * @param again a later page of the same comparison is asked for: what the first one was taken from is taken, if it
   * is still there.
   * @throws AppError 404, 409, 503
   */
  async compare(from: string, to: string, again: boolean): Promise<Comparison> {
    const [before, after] = await Promise.all([this.sources.find(from), this.sources.find(to)]);
    const key = `${from} ${to}`;
    const isFixed = before.kind === 'snapshot' && after.kind === 'snapshot';
    const known = isFixed || again ? this.kept.get(key) : undefined;
    if (known !== undefined) return known;
    const [old, young] = await this.trees(before, after);
    const changes = diffTrees(old, young);
    const comparison = { changes, summary: summarize(changes) };
    this.kept.keep(key, comparison);
    return comparison;
  }

  /**
   * Whether anything differs; keeps nothing, so that nobody's pages of a comparison are pushed out.
   * @throws AppError 404, 409, 503
   */
  async differ(from: string, to: string): Promise<boolean> {
    const [before, after] = await Promise.all([this.sources.find(from), this.sources.find(to)]);
    return diffTrees(...(await this.trees(before, after))).length > 0;
  }

  /**
   * What a snapshot's sandbox had changed since it was started, whatever became of the snapshots before.
   * @returns undefined where what it was started from cannot be told: its layers were squashed, or it is gone.
   * @throws AppError 404, 409, 503
   */
  async changesSinceStart(snapshotId: string): Promise<Comparison | undefined> {
    const source = await this.sources.snapshot(snapshotId);
    const start = await this.treeBelow(source);
    if (start === undefined) return undefined;
    const changes = diffTrees(start, await this.tree(source));
    return { changes, summary: summarize(changes) };
  }

  /**
   * One path on both sides; undefined where it does not exist.
   * @throws AppError 404 `FILE_NOT_FOUND` when neither side has it
   */
  async compareFile(
    from: string,
    to: string,
    path: string,
  ): Promise<{ before: FileSide | undefined; after: FileSide | undefined }> {
    const relative = requestedPath(path);
    const sides = await Promise.all([this.sources.find(from), this.sources.find(to)]);
    const trees = await Promise.all(sides.map((side) => this.tree(side)));
    const [before, after] = await Promise.all(
      sides.map((side, at) => this.side(side, nodeAt(trees[at] ?? NOTHING, relative), `/${relative}`)),
    );
    if (before === undefined && after === undefined) throw pathMissing(path);
    return { before, after };
  }

  /**
   * What a folder holds, by name; a file has no items. Symlinks are followed. Of a sandbox it may be some seconds old.
   * @throws AppError 404 `FILE_NOT_FOUND`
   */
  async list(source: FilesystemSource, path: string): Promise<FolderListing> {
    const found = followedNodeAt(await this.tree(source), requestedPath(path));
    if (found === undefined) throw pathMissing(path);
    const items = [...found.node.children].map(([name, { facts }]) => ({ name, facts }));
    return {
      path: `/${found.path}`,
      facts: found.node.facts,
      items: items.sort((a, b) => (a.name < b.name ? -1 : 1)),
    };
  }

  /** The path in the snapshot and in those that it descends from, newest first. */
  async history(snapshotId: string, path: string): Promise<PathVersion[]> {
    const relative = requestedPath(path);
    const { record } = await this.sources.snapshot(snapshotId);
    const versions: PathVersion[] = [];
    let older: PathVersion | undefined;
    // Oldest first, because each snapshot's layers go on where its parent's end.
    for (const snapshot of this.sources.lineage(record).reverse()) {
      const version = await this.version(snapshot, relative, older);
      versions.push(version);
      older = version;
    }
    return versions.reverse();
  }

  /** Lets go of an image that is to be removed: a container that its files are read through would keep it. */
  async release(imageId: string): Promise<void> {
    await this.readers.dropped(imageId);
  }

  /** Removes what was made for reading. */
  async close(): Promise<void> {
    this.kept.close();
    this.library.close();
    await this.readers.close();
  }

  private async version(
    snapshot: SnapshotRecord,
    path: string,
    older: PathVersion | undefined,
  ): Promise<PathVersion> {
    const source = await this.readable(snapshot);
    if (source === undefined) return { snapshot, state: 'unreadable' };
    const facts = nodeAt(await this.tree(source), path)?.facts;
    const found = { snapshot, state: facts === undefined ? 'absent' : 'present' } as const;
    const told = facts === undefined ? found : { ...found, facts };
    if (older === undefined) {
      const start = await this.treeBelow(source);
      return start === undefined
        ? told
        : { ...told, changed: differAt(`/${path}`, nodeAt(start, path)?.facts, facts) };
    }
    return older.state === 'unreadable'
      ? told
      : { ...told, changed: differAt(`/${path}`, older.facts, facts) };
  }

  private async readable(
    snapshot: SnapshotRecord,
  ): Promise<(FilesystemSource & { kind: 'snapshot' }) | undefined> {
    try {
      return await this.sources.snapshot(snapshot.id);
    } catch (error) {
      if (error instanceof AppError && (error.status === 409 || error.status === 404)) return undefined;
      throw error;
    }
  }

  /** What the snapshot's sandbox began with: all but the layer that its capture made. */
  private async treeBelow(source: FilesystemSource & { kind: 'snapshot' }): Promise<TreeNode | undefined> {
    const { engine, image } = source;
    const layers = await this.layersBelow(source);
    if (layers === undefined) return undefined;
    const [tree] = await this.library.treesOf(engine, [{ ...image, layers }]);
    return tree;
  }

  /** Of a sandbox that had changed nothing, a capture makes no layer: only what it began with tells. */
  private async layersBelow({
    engine,
    image,
    record,
  }: FilesystemSource & { kind: 'snapshot' }): Promise<string[] | undefined> {
    if (record.flattened === true) return undefined;
    const { parentSnapshotId, baseImage, ownSizeBytes } = record;
    const start = parentSnapshotId === undefined ? baseImage : snapshotImageName(parentSnapshotId);
    const below = start === undefined ? undefined : (await engine.images.inspect(start))?.layers;
    const own = image.layers.length - (below?.length ?? 0);
    if (
      below !== undefined &&
      (own === 0 || own === 1) &&
      below.every((each, at) => each === image.layers[at])
    )
      return below;
    return ownSizeBytes === 0 ? undefined : image.layers.slice(0, -1);
  }

  private async trees(before: FilesystemSource, after: FilesystemSource): Promise<[TreeNode, TreeNode]> {
    if (before.kind === 'snapshot' && after.kind === 'snapshot') {
      const [old = NOTHING, young = NOTHING] = await this.library.treesOf(before.engine, [
        before.image,
        after.image,
      ]);
      return [old, young];
    }
    // One after the other: the second one finds the layers that both share.
    return [await this.freshTree(before), await this.freshTree(after)];
  }

  private async freshTree(source: FilesystemSource): Promise<TreeNode> {
    return source.kind === 'sandbox'
      ? this.live.treeNow(source.engine, source.containerId)
      : this.tree(source);
  }

  private async tree(source: FilesystemSource): Promise<TreeNode> {
    if (source.kind === 'sandbox') return this.live.recentTree(source.engine, source.containerId);
    const [tree = NOTHING] = await this.library.treesOf(source.engine, [source.image]);
    return tree;
  }

  private async side(
    source: FilesystemSource,
    node: TreeNode | undefined,
    path: string,
  ): Promise<FileSide | undefined> {
    if (node === undefined) return undefined;
    if (node.facts.kind !== 'file') return { facts: node.facts };
    const shown = await this.files.shown(source, path);
    return shown === undefined ? { facts: node.facts } : { facts: node.facts, shown };
  }

  /** A reader would keep the image of a snapshot that is being deleted. */
  private letGo(record: SnapshotRecord | undefined): void {
    if (record?.state === 'Deleting' && record.imageId !== undefined) this.readers.drop(record.imageId);
  }
}

const NOTHING: TreeNode = {
  facts: { kind: 'directory', mode: 0, uid: 0, gid: 0, sizeBytes: 0, modifiedSeconds: 0, content: '' },
  children: new Map(),
};

import type { DockerEngine } from '../../engine/docker-engine';
import { AppError } from '../../errors';
import { applyLayer, EMPTY_TREE, type TreeNode } from './filesystem-tree';
import { indexTar, relativePath } from './layer-indexing';
import type { LayerLibrary } from './layer-library';

/** Walking through the folders of one sandbox reads it once. */
const KEPT_MS = 5_000;
const KEPT_SANDBOXES = 2;

/** The filesystems of containers as they are now, without mounts, whatever state the containers are in. */
export class LiveFilesystems {
  private readonly kept = new Map<string, Promise<TreeNode>>();

  constructor(private readonly library: LayerLibrary) {}

  /**
   * What the container holds now: its image, and over it what the engine says has changed. Only changed files are
   * hashed, though the engine sends all.
   * @throws AppError 404 `DOCKER::SANDBOX_NOT_FOUND` when the container is gone
   */
  async treeNow(engine: DockerEngine, containerId: string): Promise<TreeNode> {
    const tree = readTree(engine, containerId, this.library);
    this.kept.set(containerId, tree);
    const [oldest] = this.kept.keys();
    if (this.kept.size > KEPT_SANDBOXES && oldest !== undefined) this.kept.delete(oldest);
    const drop = () => {
      if (this.kept.get(containerId) === tree) this.kept.delete(containerId);
    };
    tree.then(() => setTimeout(drop, KEPT_MS).unref(), drop);
    return tree;
  }

  /** The same, up to some seconds old. */
  async recentTree(engine: DockerEngine, containerId: string): Promise<TreeNode> {
    return this.kept.get(containerId) ?? this.treeNow(engine, containerId);
  }
}

async function readTree(engine: DockerEngine, containerId: string, library: LayerLibrary): Promise<TreeNode> {
  const container = await engine.containers.inspect(containerId);
  const changes = await engine.filesystems.containerChanges(containerId);
  if (container === undefined || changes === undefined) throw containerGone();
  const image = await engine.images.inspect(container.imageId);
  const exported = await engine.containers.export(containerId);
  // The image was removed by force while its sandbox runs: then all that is known is what is there now.
  if (image === undefined) return applyLayer(EMPTY_TREE, await indexTar(exported, { whiteouts: false }));
  const changed = new Set(changes.map((change) => relativePath(change.path)));
  const reading = indexTar(exported, { whiteouts: false, wanted: (path) => changed.has(path) });
  const [[base = EMPTY_TREE], layer] = await Promise.all([library.treesOf(engine, [image]), reading]);
  const removed = changes.filter((change) => change.kind === 'deleted').map(({ path }) => relativePath(path));
  return applyLayer(base, { ...layer, removed });
}

function containerGone(): AppError {
  return new AppError(
    404,
    'DOCKER::SANDBOX_NOT_FOUND',
    'The container of the sandbox is no longer on the engine. Take another sandbox, or one of its snapshots.',
  );
}

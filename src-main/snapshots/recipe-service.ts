import type { EngineMonitor } from '../engine/engine-monitor';
import { AppError } from '../errors';
import type { LineageNode } from '../http/schemas/lineage';
import type { FilesystemCompare } from './diff/filesystem-compare';
import type { Comparison } from './diff/kept-comparisons';
import type { LineageService } from './lineage-service';
import { recipe, type RecipeChanges, type RecipeStep } from './recipe';
import type { SnapshotService } from './snapshot-service';

export interface RecipeServiceOptions {
  engines: EngineMonitor;
  snapshots: SnapshotService;
  lineage: LineageService;
  compare: FilesystemCompare;
}

/** Writes how a snapshot came to be, as far as records and images tell. */
export class RecipeService {
  constructor(private readonly options: RecipeServiceOptions) {}

  /**
   * The draft of a Dockerfile. Reads the lineage's images; starts and changes nothing.
   * @throws AppError 404, 503
   */
  async write(snapshotId: string): Promise<string> {
    const record = this.options.snapshots.get(snapshotId);
    const path = this.pathTo(snapshotId);
    const steps: RecipeStep[] = [];
    for (const node of path.filter((each) => each.kind === 'snapshot'))
      steps.push(await this.step(node, steps.at(-1)));
    const [root] = path;
    return recipe({
      steps,
      baseImage: root?.kind === 'image' ? root.name : record.baseImage,
      restoreDefaults: record.restoreDefaults,
    });
  }

  /** From the base image, where it is known, down to the snapshot. */
  private pathTo(snapshotId: string): LineageNode[] {
    const { engines, lineage } = this.options;
    const { nodes, edges } = lineage.read(engines.require().info.id);
    const byId = new Map(nodes.map((node) => [node.id, node]));
    const from = new Map(edges.map((edge) => [edge.to, edge.from]));
    const path: LineageNode[] = [];
    for (let id: string | undefined = snapshotId; id !== undefined; id = from.get(id)) {
      const node = byId.get(id);
      if (node !== undefined) path.unshift(node);
    }
    return path;
  }

  private async step(node: LineageNode, before: RecipeStep | undefined): Promise<RecipeStep> {
    const { id, name, createdAt, sandboxName } = node;
    const told = {
      id,
      name,
      ...(createdAt === undefined ? {} : { createdAt }),
      ...(sandboxName === undefined ? {} : { sandboxName }),
    };
    if (node.ghost === true) return { ...told, isDeleted: true };
    const { notes } = this.options.snapshots.get(id);
    return {
      ...told,
      isDeleted: false,
      ...(notes === undefined ? {} : { notes }),
      changes: await this.changes(id, before),
    };
  }

  private async changes(id: string, before: RecipeStep | undefined): Promise<RecipeChanges | undefined> {
    const { compare } = this.options;
    if (before?.changes !== undefined) {
      const since = await readable(() => compare.compare(before.id, id, false));
      return since === undefined ? undefined : { since: 'step before', ...since };
    }
    const own = await readable(() => compare.changesSinceStart(id));
    return own === undefined ? undefined : { since: 'start of its sandbox', ...own };
  }
}

/** A snapshot that is not Ready, or whose image is gone, has nothing to compare. */
async function readable(read: () => Promise<Comparison | undefined>): Promise<Comparison | undefined> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof AppError && (error.status === 409 || error.status === 404)) return undefined;
    throw error;
  }
}

import { join } from 'node:path';
import { Mutex } from 'async-mutex';
import type { DockerEngine } from '../../engine/docker-engine';
import type { ImageFacts } from '../../engine/engine-types';
import { AppError } from '../../errors';
import type { ActivityCause, SnapshotRecord } from '../../store/records';
import type { TaskHandle, TaskService } from '../../tasks/task-service';
import type { FilesystemSources } from '../diff/filesystem-sources';
import { nodeAt } from '../diff/filesystem-tree';
import type { LayerLibrary } from '../diff/layer-library';
import { travellingFacts } from '../labelled-record';
import { imageTexts, type TextPlace } from './image-texts';
import { KeptFindings } from './kept-findings';
import { nothingFound, secretsInLayer, type LayerSecrets } from './layer-secrets';
import { SecretFinder, type FoundSecret } from './secret-finder';

const FOLDER = 'secret-findings';
/** Whoever has more than that leaves out folders, not files. */
const MAX_FINDINGS = 1_000;
const ENCODER = new TextEncoder();

export interface SecretScanOptions {
  library: LayerLibrary;
  sources: FilesystemSources;
  tasks: TaskService;
  dataDir: string;
}

/** A secret in a file of some layer. */
export interface FileSecret extends FoundSecret {
  place: 'file';
  /** Relative. */
  path: string;
  /** Which layer of the image, counted from 1 at the bottom. */
  layer: number;
  /** False: a later layer replaces or removes the file, but the layer with it travels all the same. */
  isVisible: boolean;
}

/** A secret in what travels beside the layers. */
export interface TextSecret extends FoundSecret {
  place: TextPlace;
  name: string;
  /** How to name the text so that it stays here, where it can. */
  leaveOut?: string;
}

export interface SecretsReport extends Omit<LayerSecrets, 'findings'> {
  findings: (FileSecret | TextSecret)[];
  layers: number;
  /** The lowest ones, which the base image brought and which were not looked into. */
  baseLayers: number;
}

interface Scanned {
  engine: DockerEngine;
  image: ImageFacts;
  record: SnapshotRecord;
}

/**
 * Looks for secrets in what an export or a push of a snapshot would hand on: the files of every layer above the base
 * image, also of those that later layers hide, and what the image and the record tell beside them. Nothing is started.
 */
export class SecretScanService {
  private readonly kept: KeptFindings;
  /** A thread and the engine's hard work; one at a time is enough. */
  private readonly turn = new Mutex();

  constructor(private readonly options: SecretScanOptions) {
    this.kept = new KeptFindings(join(options.dataDir, FOLDER));
  }

  /**
   * Looks through a snapshot. Layers that were looked through before, for whichever snapshot, are not read again; for
   * the others there is a task, which shows progress and can be cancelled.
   * @param includeBase also look into the layers of the base image.
   * @throws AppError 404, 409, 503; 409 `TASK::CANCELLED`
   */
  async scan(id: string, includeBase: boolean, cause: ActivityCause): Promise<SecretsReport> {
    const scanned = await this.options.sources.snapshot(id);
    return this.turn.runExclusive(async () => {
      const { engine, image, record } = scanned;
      const baseLayers = includeBase ? 0 : await layersOfBase(scanned);
      const digests = image.layers.slice(baseLayers);
      const missing = await this.withoutFindings(digests);
      const finder = new SecretFinder();
      try {
        if (missing.size > 0)
          await this.inTask(scanned, cause, (task) => this.look(scanned, missing, finder, task));
        const { findings, ...sums } = await this.inLayers(scanned, baseLayers);
        const history = await engine.images.history(image.id);
        const texts = imageTexts(image.config, history, travellingFacts(record));
        const inTexts: TextSecret[] = [];
        for (const { text, ...where } of texts) {
          const found = await finder.find(`/${where.place}`, ENCODER.encode(text));
          if (typeof found !== 'string') inTexts.push(...found.map((secret) => ({ ...where, ...secret })));
        }
        const all = [...inTexts, ...findings];
        return {
          ...sums,
          findings: all.slice(0, MAX_FINDINGS),
          omitted: sums.omitted + Math.max(0, all.length - MAX_FINDINGS),
          layers: image.layers.length,
          baseLayers,
        };
      } catch (error) {
        // A snapshot that went meanwhile is the reason, whatever call noticed it first.
        await this.options.sources.snapshot(id);
        throw error;
      } finally {
        await finder.close();
      }
    });
  }

  private async withoutFindings(digests: readonly string[]): Promise<Set<string>> {
    const missing = new Set<string>();
    for (const digest of digests) if ((await this.kept.read(digest)) === undefined) missing.add(digest);
    return missing;
  }

  private async inTask(
    { record }: Scanned,
    cause: ActivityCause,
    work: (task: TaskHandle) => Promise<void>,
  ): Promise<void> {
    let failure: unknown;
    const title = `Look for secrets in ${record.name ?? record.id}`;
    const { finished } = await this.options.tasks.start(
      { kind: 'snapshot.secrets', title, unit: 'bytes', cause },
      async (task) => {
        try {
          await work(task);
          return { snapshotId: record.id };
        } catch (error) {
          failure = task.signal.aborted ? cancelled() : error;
          throw failure;
        }
      },
    );
    await finished;
    if (failure !== undefined) throw failure instanceof Error ? failure : new Error('The look failed.');
  }

  private async look(
    { engine, image }: Scanned,
    missing: ReadonlySet<string>,
    finder: SecretFinder,
    { signal, report }: TaskHandle,
  ): Promise<void> {
    const { library } = this.options;
    let total = 0;
    for (const digest of missing) {
      const { entries } = await library.layerOf(engine, image, digest);
      total += entries.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    }
    let done = 0;
    await library.readLayers(engine, image, {
      wanted: missing,
      signal,
      read: async (digest, tar) => {
        const found = await secretsInLayer(tar, finder, (bytes) => {
          signal.throwIfAborted();
          done += bytes;
          report({ done, total, unit: 'bytes' });
        });
        await this.kept.keep(digest, found);
      },
    });
  }

  /** What is known of all layers now, the same file in several layers told of each. */
  private async inLayers(
    { engine, image }: Scanned,
    baseLayers: number,
  ): Promise<Omit<LayerSecrets, 'findings'> & { findings: FileSecret[] }> {
    const { library } = this.options;
    const sum: Omit<LayerSecrets, 'findings'> & { findings: FileSecret[] } = {
      ...nothingFound(),
      findings: [],
    };
    const [tree] = await library.treesOf(engine, [image]);
    for (const [at, digest] of image.layers.entries()) {
      const found = at < baseLayers ? undefined : await this.kept.read(digest);
      if (found === undefined) continue;
      sum.omitted += found.omitted;
      sum.scannedFiles += found.scannedFiles;
      sum.scannedBytes += found.scannedBytes;
      for (const why of ['large', 'binary', 'unread'] as const) sum.skipped[why] += found.skipped[why];
      if (found.findings.length === 0) continue;
      const { entries } = await library.layerOf(engine, image, digest);
      const contents = new Map(entries.map(({ path, content }) => [path, content]));
      for (const finding of found.findings) {
        const now = tree === undefined ? undefined : nodeAt(tree, finding.path)?.facts.content;
        const isVisible = now !== undefined && now === contents.get(finding.path);
        sum.findings.push({ place: 'file', ...finding, layer: at + 1, isVisible });
      }
    }
    sum.findings.sort((a, b) => (a.path === b.path ? b.layer - a.layer : a.path < b.path ? -1 : 1));
    return sum;
  }
}

/** How many of the lowest layers the base image has; none where it is gone, or where the layers were squashed. */
async function layersOfBase({ engine, image, record }: Scanned): Promise<number> {
  const base = record.baseImage === undefined ? undefined : await engine.images.inspect(record.baseImage);
  const layers = base?.layers ?? [];
  return layers.every((digest, at) => image.layers[at] === digest) ? layers.length : 0;
}

function cancelled(): AppError {
  return new AppError(409, 'TASK::CANCELLED', 'Cancelled. What was looked through by then is remembered.');
}

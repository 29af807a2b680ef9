import { setTimeout as delay } from 'node:timers/promises';
import { Mutex } from 'async-mutex';
import type { Logger } from 'pino';
import type { EngineMonitor } from '../engine/engine-monitor';
import type { ImageFacts } from '../engine/engine-types';
import { readLabels, snapshotLabels } from '../engine/labels';
import type { OrderedCollection } from '../store/ordered-collection';
import type { SnapshotRecord } from '../store/records';
import { snapshotConfig } from './image-config';
import { rewriteImage } from './image-rewrite';
import type { UnnamedImages } from './unnamed-images';

/** An engine that does not answer must not hold up the end of the server: the next start takes it up again. */
const LAST_MS = 2_000;
const RETRY_MS = 60_000;

export interface OwnImagesOptions {
  engines: EngineMonitor;
  records: OrderedCollection<SnapshotRecord>;
  instanceId: string;
  unnamedImages: UnnamedImages;
  /** Records that a snapshot has an image of its own now. */
  keep: (record: SnapshotRecord, image: ImageFacts) => Promise<void>;
  logger: Logger;
}

/**
 * Gives snapshots of unchanged sandboxes, whose image is that of their source, one with the same layers and their own
 * labels, from which they can be rebuilt (docs/decisions/021). One after the other, behind the captures.
 */
export class OwnImages {
  private readonly turn = new Mutex();
  private readonly underWay = new Map<string, Promise<void>>();
  private isStopped = false;

  constructor(private readonly options: OwnImagesOptions) {}

  /** Does nothing for a snapshot that has its own image already. What fails is tried again. */
  begin(snapshotId: string): void {
    if (this.isStopped || this.underWay.has(snapshotId)) return;
    const working = this.turn
      .runExclusive(() => this.replace(snapshotId))
      .catch((error: unknown) => this.tryLater(snapshotId, error))
      .finally(() => this.underWay.delete(snapshotId));
    this.underWay.set(snapshotId, working);
  }

  /** Resolves when nothing is being done to the image of the snapshot. */
  async settled(snapshotId: string): Promise<void> {
    await this.underWay.get(snapshotId);
  }

  /** The name of the snapshot's image, once that is the snapshot's own. */
  async nameOf({ id, imageTag }: SnapshotRecord): Promise<string> {
    await this.settled(id);
    return imageTag;
  }

  /** Resolves when nothing is being done, or the engine takes too long. */
  async stop(): Promise<void> {
    this.isStopped = true;
    await Promise.race([Promise.all(this.underWay.values()), delay(LAST_MS, undefined, { ref: false })]);
  }

  /** An engine that went away is there with a reconcile, which begins anew; a full disk tells nobody when it has space. */
  private tryLater(snapshotId: string, error: unknown): void {
    this.options.logger.warn({ error, snapshotId }, 'a snapshot could not be given its own image yet');
    setTimeout(() => this.begin(snapshotId), RETRY_MS).unref();
  }

  private async replace(snapshotId: string): Promise<void> {
    // The engine makes the image before it names it.
    const ended = await this.options.unnamedImages.beginNaming(snapshotId);
    try {
      await this.replaceNow(snapshotId);
    } finally {
      ended();
    }
  }

  private async replaceNow(snapshotId: string): Promise<void> {
    const { engines, records, instanceId, keep } = this.options;
    const record = records.get(snapshotId);
    const { current } = engines;
    if (record?.borrowsImage !== true || record.state !== 'Ready' || current.state !== 'connected') return;
    const { engine } = current;
    const image = await engine.images.inspect(record.imageTag);
    // Somebody took the name away, which its event tells.
    if (image === undefined) return;
    const config = snapshotConfig(image, snapshotLabels(record, instanceId, 'snapshot'));
    const own = isLabelledAs(snapshotId, image)
      ? image
      : await rewriteImage(engine, image, config, record.imageTag);
    // It may have been renamed or pinned meanwhile.
    const latest = records.get(snapshotId);
    if (latest === undefined) return;
    const { borrowsImage, ...kept } = latest;
    if (borrowsImage === true) await keep(kept, own);
  }
}

/** Whether the image that has a snapshot's name is not its own yet, but that of the source. */
export function isBorrowed({ id, origin }: SnapshotRecord, image: ImageFacts): boolean {
  return origin === 'local' && !isLabelledAs(id, image);
}

/** Whether an image's labels are those of this snapshot. */
function isLabelledAs(snapshotId: string, image: ImageFacts): boolean {
  return readLabels(image.config.Labels ?? {})?.id === snapshotId;
}

import type { Logger } from 'pino';
import type { DockerEngine } from '../engine/docker-engine';
import type { EngineMonitor } from '../engine/engine-monitor';
import type { ImageFacts } from '../engine/engine-types';
import type { CommitRequest } from '../engine/images';
import { readLabels, snapshotLabels } from '../engine/labels';
import { AppError } from '../errors';
import type { SandboxRecord, SnapshotRecord, VolumeCopyRecord } from '../store/records';
import { removeLeftovers } from './capture-leftovers';
import { FLATTEN_AT, LAYER_LIMIT, importFilesystem } from './flatten';
import { FreezeClock } from './freeze-clock';
import { commitWouldLeak, snapshotConfig } from './image-config';
import { rewriteImage } from './image-rewrite';
import { snapshotTag } from './snapshot-tag';
import type { SourceImages } from './source-images';
import { addsNothing, commitUnchanged, isOfUnfrozen, type ChangedContainers } from './unchanged-capture';
import type { UnnamedImages } from './unnamed-images';
import { copyVolumes, namedVolumesOf, openVolumes, removeVolumeImages } from './volume-capture';

export interface CaptureContext {
  engine: DockerEngine;
  engines: EngineMonitor;
  instanceId: string;
  sourceImages: SourceImages;
  changedContainers: ChangedContainers;
  unnamedImages: UnnamedImages;
  logger: Logger;
}

/** What a capture made, as the engine reports it. */
export type CaptureResult = Pick<
  SnapshotRecord,
  | 'imageId'
  | 'sizeBytes'
  | 'ownSizeBytes'
  | 'layers'
  | 'freezeMillis'
  | 'flattened'
  | 'borrowsImage'
  | 'volumeCopies'
>;

/** What is in an image besides its configuration; of a deep chain, one layer. */
interface Made {
  image: ImageFacts;
  isUnfrozen?: boolean;
  /** It is the source's own image. */
  isBorrowed?: boolean;
  volumeCopies?: VolumeCopyRecord[];
}

/**
 * Captures a running sandbox's filesystem as the image of a snapshot. The engine freezes the container only for the
 * commit itself, and not at all where nothing was changed; whatever comes after (resetting the configuration,
 * flattening) works on the committed image.
 * @throws AppError with the reason; intermediate images are removed, the source is running.
 */
export async function capture(
  record: SnapshotRecord,
  sandbox: SandboxRecord,
  context: CaptureContext,
): Promise<CaptureResult> {
  const { engine, engines } = context;
  const containerId = sandbox.containerId ?? '';
  const base = await context.sourceImages.of(engine, containerId);
  const freeze = new FreezeClock(engines, containerId);
  try {
    const {
      image: made,
      volumeCopies,
      isUnfrozen,
      isBorrowed,
    } = await captureAs(record, sandbox, base, context);
    const freezeMillis = isUnfrozen === true ? 0 : await freeze.stop();
    return {
      imageId: made.id,
      sizeBytes: made.sizeBytes,
      ownSizeBytes: Math.max(0, made.sizeBytes - base.sizeBytes),
      layers: made.layers.length,
      ...(freezeMillis === undefined ? {} : { freezeMillis }),
      ...(made.layers.length < base.layers.length ? { flattened: true } : {}),
      ...(isBorrowed === true ? { borrowsImage: true } : {}),
      ...(volumeCopies === undefined ? {} : { volumeCopies }),
    };
  } finally {
    await freeze.stop();
  }
}

/**
 * Finishes a capture whose process died between the commit and the last step, from the intermediate image.
 * @returns undefined without a source sandbox, whose image tells what the configuration has to be, and when what is
 * there is of no single moment.
 */
export async function finishIntermediate(
  record: SnapshotRecord,
  intermediate: ImageFacts,
  sandbox: SandboxRecord | undefined,
  context: CaptureContext,
): Promise<ImageFacts | undefined> {
  if (sandbox?.containerId === undefined) return undefined;
  const base = await context.sourceImages.of(context.engine, sandbox.containerId);
  if (isOfUnfrozen(intermediate) && !addsNothing(intermediate, base)) return undefined;
  const isFlat = intermediate.layers.length < base.layers.length;
  return finish(isFlat ? { ...record, flattened: true } : record, intermediate, base, context);
}

async function captureAs(
  record: SnapshotRecord,
  sandbox: SandboxRecord,
  base: ImageFacts,
  context: CaptureContext,
): Promise<Made> {
  const containerId = sandbox.containerId ?? '';
  if (record.withVolumes === true) return captureWithVolumes(record, sandbox, base, context);
  if (await context.sourceImages.isUntouched(context.engine, containerId))
    return { image: await borrowImage(record, base, context), isUnfrozen: true, isBorrowed: true };
  if (base.layers.length + 1 >= FLATTEN_AT)
    return { image: await captureFlattened(record, containerId, base, context) };
  const unchanged = await captureUnchanged(record, sandbox, base, context);
  if (unchanged !== undefined) return { image: unchanged, isUnfrozen: true };
  return { image: await captureLayer(record, sandbox, containerId, base, context) };
}

/**
 * Gives the source's image the snapshot's name as well: the one call that makes a snapshot of what was not changed. An
 * image with the snapshot's own labels takes its place afterwards (own-images.ts).
 */
async function borrowImage(
  record: SnapshotRecord,
  base: ImageFacts,
  { engine, unnamedImages }: CaptureContext,
): Promise<ImageFacts> {
  const { repo, tag } = snapshotTag(record.id);
  // Its own snapshot may have been deleted.
  const ended = await unnamedImages.beginNaming(readLabels(base.config.Labels ?? {})?.id ?? record.id);
  try {
    await engine.images.tag(base.id, repo, tag);
    return base;
  } finally {
    ended();
  }
}

/** Undefined when something was changed. The image gets its name last: what has that is whole. */
async function captureUnchanged(
  record: SnapshotRecord,
  sandbox: SandboxRecord,
  base: ImageFacts,
  context: CaptureContext,
): Promise<ImageFacts | undefined> {
  const { engine, instanceId, changedContainers } = context;
  const unchanged = await commitUnchanged(engine, changedContainers, base, {
    containerId: sandbox.containerId ?? '',
    config: snapshotConfig(base, snapshotLabels(record, instanceId, 'snapshot')),
    comment: commentOf(record),
  });
  if (unchanged === undefined) return undefined;
  if (commitWouldLeak(sandbox, base)) return finish(record, unchanged, base, context);
  const { repo, tag } = snapshotTag(record.id);
  try {
    await engine.images.tag(unchanged.id, repo, tag);
    return unchanged;
  } catch (error) {
    await engine.images.remove(unchanged.id, true);
    throw error;
  }
}

/**
 * Freezes the sandbox, copies its named volumes and commits it, so that all are of one moment. The snapshot's image
 * gets its name last: what has that is whole.
 */
async function captureWithVolumes(
  record: SnapshotRecord,
  sandbox: SandboxRecord,
  base: ImageFacts,
  context: CaptureContext,
): Promise<Made> {
  const { engine } = context;
  const containerId = sandbox.containerId ?? '';
  const volumes = namedVolumesOf(sandbox);
  try {
    const reader = await openVolumes(record, volumes, base, context);
    const [volumeCopies, taken] = await engine.containers.whileFrozen(containerId, async () => [
      await copyVolumes(record, volumes, reader, context),
      await takeUnnamed(record, containerId, base, context),
    ]);
    await engine.containers.remove(reader);
    const isFlat = isFrozenByHand(base);
    const isDeep = !isFlat && base.layers.length + 1 >= FLATTEN_AT;
    const image = isDeep ? await flattenCommitted(record, taken, context) : taken;
    const told: SnapshotRecord = { ...record, volumeCopies };
    return {
      image: await finish(isFlat || isDeep ? { ...told, flattened: true } : told, image, base, context),
      volumeCopies,
    };
  } catch (error) {
    await removeLeftovers(record.id, context);
    await removeVolumeImages(record.id, context);
    throw error;
  }
}

/** The files of a container that is frozen, as an image without a name. */
async function takeUnnamed(
  record: SnapshotRecord,
  containerId: string,
  base: ImageFacts,
  context: CaptureContext,
): Promise<ImageFacts> {
  const { engine, instanceId } = context;
  if (!isFrozenByHand(base))
    return commitIntermediate(record, { containerId, frozenBy: 'caller' }, base, context);
  // Not even one more layer fits: export the container as it is.
  const labels = snapshotLabels(record, instanceId, 'capture');
  return inspectMade(engine, await importFilesystem(engine, containerId, labels));
}

/** The usual way: one new layer on top of the source's image. */
async function captureLayer(
  record: SnapshotRecord,
  sandbox: SandboxRecord,
  containerId: string,
  base: ImageFacts,
  context: CaptureContext,
): Promise<ImageFacts> {
  const { engine, instanceId } = context;
  if (commitWouldLeak(sandbox, base)) {
    const intermediate = await commitIntermediate(record, { containerId }, base, context);
    return finish(record, intermediate, base, context);
  }
  const id = await engine.images.commit({
    containerId,
    tag: snapshotTag(record.id),
    config: snapshotConfig(base, snapshotLabels(record, instanceId, 'snapshot')),
    comment: commentOf(record),
  });
  return inspectMade(engine, id);
}

/** The chain is long: commit, then squash everything into one layer. */
async function captureFlattened(
  record: SnapshotRecord,
  containerId: string,
  base: ImageFacts,
  context: CaptureContext,
): Promise<ImageFacts> {
  const { engine } = context;
  const flat = isFrozenByHand(base)
    ? await engine.containers.whileFrozen(containerId, () => takeUnnamed(record, containerId, base, context))
    : await flattenCommitted(
        record,
        await commitIntermediate(record, { containerId }, base, context),
        context,
      );
  return finish({ ...record, flattened: true }, flat, base, context);
}

/** Squashes an intermediate image, which goes. */
async function flattenCommitted(
  record: SnapshotRecord,
  committed: ImageFacts,
  { engine, instanceId }: CaptureContext,
): Promise<ImageFacts> {
  const labels = snapshotLabels(record, instanceId, 'capture');
  let helper: string | undefined;
  try {
    helper = await engine.containers.create({
      name: `opensandbox-flatten-${record.id}`,
      image: committed.id,
      // Never started: the container only shows the merged filesystem.
      entrypoint: ['/flatten'],
      env: [],
      labels,
      network: 'none',
      mounts: [],
    });
    if (helper === undefined)
      throw new AppError(500, 'SNAPSHOT::CAPTURE_FAILED', 'The committed image vanished.');
    return await inspectMade(engine, await importFilesystem(engine, helper, labels));
  } finally {
    if (helper !== undefined) await engine.containers.remove(helper);
    await engine.images.remove(committed.id, true);
  }
}

/** Whether captures of what was made from this image freeze it themselves, because no commit is possible. */
export function isFrozenByHand(base: ImageFacts): boolean {
  return base.layers.length >= LAYER_LIMIT;
}

function commitIntermediate(
  record: SnapshotRecord,
  source: Pick<CommitRequest, 'containerId' | 'frozenBy'>,
  base: ImageFacts,
  context: CaptureContext,
): Promise<ImageFacts> {
  const { engine, instanceId } = context;
  return engine.images
    .commit({
      ...source,
      config: snapshotConfig(base, snapshotLabels(record, instanceId, 'capture')),
      comment: commentOf(record),
    })
    .then((id) => inspectMade(engine, id));
}

/** Turns an untagged intermediate image into the snapshot's own and removes the intermediate. */
async function finish(
  record: SnapshotRecord,
  intermediate: ImageFacts,
  base: ImageFacts,
  context: CaptureContext,
): Promise<ImageFacts> {
  const { engine, instanceId } = context;
  const { repo, tag } = snapshotTag(record.id);
  try {
    const config = snapshotConfig(base, snapshotLabels(record, instanceId, 'snapshot'));
    return await rewriteImage(engine, intermediate, config, `${repo}:${tag}`);
  } finally {
    await engine.images.remove(intermediate.id, true);
  }
}

async function inspectMade(engine: DockerEngine, id: string): Promise<ImageFacts> {
  const made = await engine.images.inspect(id);
  if (made !== undefined) return made;
  throw new AppError(
    500,
    'SNAPSHOT::CAPTURE_FAILED',
    'The engine committed the sandbox but does not show the image.',
  );
}

function commentOf(record: SnapshotRecord): string {
  return `OpenSandbox snapshot ${record.id}`;
}

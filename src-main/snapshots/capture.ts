import type { Logger } from 'pino';
import type { DockerEngine } from '../engine/docker-engine';
import type { EngineMonitor } from '../engine/engine-monitor';
import type { ImageFacts } from '../engine/engine-types';
import { snapshotLabels } from '../engine/labels';
import { AppError } from '../errors';
import type { SandboxRecord, SnapshotRecord } from '../store/records';
import { FLATTEN_AT, LAYER_LIMIT, importFilesystem } from './flatten';
import { FreezeClock } from './freeze-clock';
import { commitWouldLeak, snapshotConfig } from './image-config';
import { rewriteImage } from './image-rewrite';
import { snapshotTag } from './snapshot-tag';
import type { SourceImages } from './source-images';

export interface CaptureContext {
  engine: DockerEngine;
  engines: EngineMonitor;
  instanceId: string;
  sourceImages: SourceImages;
  logger: Logger;
}

/** What a capture made, as the engine reports it. */
export type CaptureResult = Pick<
  SnapshotRecord,
  'imageId' | 'sizeBytes' | 'ownSizeBytes' | 'layers' | 'freezeMillis' | 'flattened'
>;

/**
 * Captures a running sandbox's filesystem as the image of a snapshot. The engine freezes the container only for the
 * commit itself; whatever comes after (resetting the configuration, flattening) works on the committed image.
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
    const made =
      base.layers.length + 1 >= FLATTEN_AT
        ? await captureFlattened(record, containerId, base, context)
        : await captureLayer(record, sandbox, containerId, base, context);
    const freezeMillis = await freeze.stop();
    return {
      imageId: made.id,
      sizeBytes: made.sizeBytes,
      ownSizeBytes: Math.max(0, made.sizeBytes - base.sizeBytes),
      layers: made.layers.length,
      ...(freezeMillis === undefined ? {} : { freezeMillis }),
      ...(made.layers.length < base.layers.length ? { flattened: true } : {}),
    };
  } finally {
    await freeze.stop();
  }
}

/**
 * Finishes a capture whose process died between the commit and the last step, from the intermediate image.
 * @returns undefined without a source sandbox, whose image tells what the configuration has to be.
 */
export async function finishIntermediate(
  record: SnapshotRecord,
  intermediate: ImageFacts,
  sandbox: SandboxRecord | undefined,
  context: CaptureContext,
): Promise<ImageFacts | undefined> {
  if (sandbox?.containerId === undefined) return undefined;
  const base = await context.sourceImages.of(context.engine, sandbox.containerId);
  const isFlat = intermediate.layers.length < base.layers.length;
  return finish(isFlat ? { ...record, flattened: true } : record, intermediate, base, context);
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
    const intermediate = await commitIntermediate(record, containerId, base, context);
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
  const { engine, instanceId } = context;
  const labels = snapshotLabels(record, instanceId, 'capture');
  const flatRecord: SnapshotRecord = { ...record, flattened: true };
  if (isFrozenByHand(base)) {
    // Not even one more layer fits: export the container as it is.
    const flat = await whileFrozen(engine, containerId, () => importFilesystem(engine, containerId, labels));
    return finish(flatRecord, await inspectMade(engine, flat), base, context);
  }
  const committed = await commitIntermediate(record, containerId, base, context);
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
    const flat = await importFilesystem(engine, helper, labels);
    return await finish(flatRecord, await inspectMade(engine, flat), base, context);
  } finally {
    if (helper !== undefined) await engine.containers.remove(helper);
    await engine.images.remove(committed.id, true);
  }
}

/** Whether captures of what was made from this image freeze it themselves, because no commit is possible. */
export function isFrozenByHand(base: ImageFacts): boolean {
  return base.layers.length >= LAYER_LIMIT;
}

/** Leaves a container as it was found: one that is paused or stopped needs no freeze. */
async function whileFrozen<T>(engine: DockerEngine, containerId: string, work: () => Promise<T>): Promise<T> {
  const container = await engine.containers.inspect(containerId);
  if (container?.phase !== 'running') return work();
  await engine.containers.pause(containerId);
  try {
    return await work();
  } finally {
    await engine.containers.unpause(containerId);
  }
}

function commitIntermediate(
  record: SnapshotRecord,
  containerId: string,
  base: ImageFacts,
  context: CaptureContext,
): Promise<ImageFacts> {
  const { engine, instanceId } = context;
  return engine.images
    .commit({
      containerId,
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

import { setTimeout as delay } from 'node:timers/promises';
import type { ImageFacts } from '../engine/engine-types';
import type { SandboxRegistry } from '../sandboxes/sandbox-registry';
import type { SandboxRecord, SnapshotRecord } from '../store/records';
import { finishIntermediate, isFrozenByHand, type CaptureContext } from './capture';
import { leftoversOf, removeLeftovers } from './capture-leftovers';
import { removeVolumeImages } from './volume-capture';

const THAW_POLL_MS = 100;
/** A commit that outlived its client is waited for this many times as long as captures take here. */
const PATIENCE_FACTOR = 5;
const LEAST_PATIENCE_MS = 60_000;

export interface RecoveryContext extends CaptureContext {
  sandboxes: SandboxRegistry;
  /** How long captures of this sandbox take, if that is known. */
  predictedMillis: number | undefined;
}

/**
 * Finds out what became of a capture that was cut off by the end of this server or of the engine. The engine
 * finishes a commit even when the client that asked for it died, and keeps the source frozen until then: so wait for
 * the thaw, then see what is there. Whatever else the capture left is removed, and the source runs.
 * @returns the snapshot's image, finished if need be; undefined when the commit never came to an image.
 */
export async function recoverCapture(
  record: SnapshotRecord,
  context: RecoveryContext,
): Promise<ImageFacts | undefined> {
  const { engine, sandboxes } = context;
  const sandbox = sandboxes.records.get(record.sandboxId);
  await waitForThaw(record, sandbox, context);
  try {
    const made = await engine.images.inspect(record.imageTag);
    if (made !== undefined) return made;
    if (record.withVolumes === true) {
      // Whatever there is of it, it cannot be told whether the volumes belong to the same moment.
      await removeVolumeImages(record.id, context);
      return undefined;
    }
    const intermediate = await findIntermediate(record, context);
    return intermediate === undefined
      ? undefined
      : await finishIntermediate(record, intermediate, sandbox, context);
  } finally {
    await removeLeftovers(record.id, context);
  }
}

async function waitForThaw(
  record: SnapshotRecord,
  sandbox: SandboxRecord | undefined,
  context: RecoveryContext,
): Promise<void> {
  const { engine, sandboxes, predictedMillis = 0 } = context;
  if (sandbox?.containerId === undefined || sandbox.pausedByUser) return;
  const deadline = performance.now() + Math.max(LEAST_PATIENCE_MS, predictedMillis * PATIENCE_FACTOR);
  for (;;) {
    const container = await engine.containers.inspect(sandbox.containerId);
    if (container?.phase !== 'paused') {
      sandboxes.noteContainer(sandbox.id, container);
      return;
    }
    const isNobodys = record.withVolumes === true || (await isNobodysFreeze(sandbox.containerId, context));
    if (isNobodys || performance.now() > deadline) {
      await engine.containers.unpause(sandbox.containerId);
      return;
    }
    await delay(THAW_POLL_MS);
  }
}

/**
 * Whether nobody is left who would thaw the container: this server had frozen it itself, or an earlier life of the
 * engine did, which shows in that this one does not remember it.
 */
async function isNobodysFreeze(
  containerId: string,
  { engine, sourceImages }: RecoveryContext,
): Promise<boolean> {
  if (isFrozenByHand(await sourceImages.of(engine, containerId))) return true;
  const events = await engine.rememberedEvents(containerId);
  return events?.some((each) => each.action === 'pause') === false;
}

async function findIntermediate(
  record: SnapshotRecord,
  { engine, instanceId }: RecoveryContext,
): Promise<ImageFacts | undefined> {
  const found = await engine.images.list(leftoversOf(record.id, instanceId));
  // Of a flattening both the deep and the flat image may be there; the newer one is further on.
  const [newest] = found.sort((a, b) => (a.createdAt < b.createdAt ? 1 : -1));
  return newest === undefined ? undefined : engine.images.inspect(newest.id);
}

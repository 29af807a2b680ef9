import type { Logger } from 'pino';
import type { DockerEngine } from '../engine/docker-engine';
import type { EngineEvent } from '../engine/engine-types';
import { LABEL_INSTANCE, readLabels } from '../engine/labels';
import { unlessBroken } from '../engine/unless-broken';
import { nowIso } from '../ids';
import type { OrderedCollection } from '../store/ordered-collection';
import type { SnapshotRecord, StatusReason } from '../store/records';
import type { Ghosts } from './ghosts';
import { removeSnapshotImage, sweepUnusedImages } from './image-cleanup';
import { readStory } from './labelled-record';
import { IMAGE_MISSING_REASON, factsOf, type SnapshotService } from './snapshot-service';
import { SNAPSHOT_REPOSITORY, imageNamesOf, snapshotIdOf, snapshotImageName } from './snapshot-tag';
import { asNotCaptured, lookForCopies, removeVolumeImages, sweepVolumeImages } from './volume-capture';

/** What the reference server's containers carry, and so, by commit, its snapshots (CONTRACT.md 2.6, DESIGN.md). */
const OFFICIAL_SANDBOX_LABEL = 'opensandbox.io/id';

export interface SnapshotReconcileContext {
  service: SnapshotService;
  records: OrderedCollection<SnapshotRecord>;
  ghosts: Ghosts;
  instanceId: string;
  logger: Logger;
}

/**
 * Brings snapshot records and images together: what the engine lost is Failed, what came back is Ready, what has no
 * record is rebuilt from its labels or adopted. Captures that were cut off go on by themselves once the engine counts
 * as connected (`SnapshotService.resumeCaptures`).
 * @returns how many of our own snapshots were rebuilt because no record knew them.
 */
export async function reconcileSnapshots(
  engine: DockerEngine,
  context: SnapshotReconcileContext,
): Promise<number> {
  const { records, service } = context;
  const images = await engine.images.list({ reference: [SNAPSHOT_REPOSITORY] });
  const present = new Map<string, (typeof images)[number]>();
  for (const image of images) {
    for (const tag of image.tags) {
      const id = snapshotIdOf(tag);
      if (id !== undefined) present.set(id, image);
    }
  }
  for (const record of [...records.inCreationOrder()]) {
    await unlessBroken(context.logger, { snapshotId: record.id }, () =>
      settleRecord(engine, context, record, present.has(record.id)),
    );
  }
  let rebuilt = 0;
  for (const [id, image] of present) {
    if (records.get(id) !== undefined || service.arriving.has(id)) continue;
    await unlessBroken(context.logger, { snapshotId: id }, async () => {
      if (await takeIn(engine, context, id, image.labels)) rebuilt += 1;
    });
  }
  await unlessBroken(context.logger, { work: 'unnamed images' }, () =>
    sweepUnusedImages(engine, context.instanceId, service.unnamedImages, (id) => service.isUnsettled(id)),
  );
  await unlessBroken(context.logger, { work: 'copies of volumes' }, () =>
    sweepVolumeImages({ engine, instanceId: context.instanceId }, (id, name) => {
      const record = records.getHidden(id);
      return service.isUnsettled(id) || (record !== undefined && imageNamesOf(record).includes(name));
    }),
  );
  await unlessBroken(context.logger, { work: 'deleted snapshots' }, () => recallGhosts(engine, context));
  return rebuilt;
}

/** Images without a name are what deleted snapshots left below others: their labels still tell what they were. */
async function recallGhosts(
  engine: DockerEngine,
  { records, ghosts, instanceId }: SnapshotReconcileContext,
): Promise<void> {
  const label = [`${LABEL_INSTANCE}=${instanceId}`];
  const images = await engine.images.list({ label }, true);
  // Newest first: whether something came from one is known once that is.
  for (const image of images.sort((a, b) => (a.createdAt < b.createdAt ? 1 : -1))) {
    const read = image.tags.length > 0 ? undefined : readLabels(image.labels);
    if (read?.kind !== 'snapshot' || records.getHidden(read.id) !== undefined) continue;
    const { sandboxId, createdAt, ...story } = readStory(read.story);
    if (sandboxId === undefined || createdAt === undefined) continue;
    await ghosts.recall({ ...story, id: read.id, engineId: engine.info.id, sandboxId, createdAt });
  }
}

/**
 * Rereads whatever an event of an image may be about. Engines name the image by id or by tag, depending on the event
 * and their age, so both are followed.
 */
export async function followImageEvent(
  engine: DockerEngine,
  event: EngineEvent,
  context: SnapshotReconcileContext,
): Promise<void> {
  const imageName = event.attributes['name'] ?? '';
  if (event.action === 'tag' && isOwnCapture(imageName, context)) return;
  const ids = new Set<string>();
  const note = (name: string) => {
    const id = snapshotIdOf(name);
    if (id !== undefined) ids.add(id);
  };
  note(imageName);
  for (const record of context.records.inCreationOrder()) {
    if (record.imageId === event.id) ids.add(record.id);
  }
  if (event.action !== 'delete') {
    const image = event.id === '' ? undefined : await engine.images.inspect(event.id);
    for (const tag of image?.tags ?? []) note(tag);
  }
  for (const id of ids) await followSnapshot(engine, id, context);
}

/** A capture under way reads its image itself; reading it for the event too would only slow the commit down. */
function isOwnCapture(imageName: string, { service }: SnapshotReconcileContext): boolean {
  const id = snapshotIdOf(imageName);
  return id !== undefined && service.queue.has(id);
}

async function followSnapshot(
  engine: DockerEngine,
  id: string,
  context: SnapshotReconcileContext,
): Promise<void> {
  const image = await engine.images.inspect(snapshotImageName(id));
  // An import takes its image in itself, with what only the archive knows.
  if (context.service.arriving.has(id)) return;
  const record = context.records.get(id);
  if (record !== undefined) await settleRecord(engine, context, record, image !== undefined);
  else if (image !== undefined) await takeIn(engine, context, id, image.config.Labels ?? {});
}

async function settleRecord(
  engine: DockerEngine,
  context: SnapshotReconcileContext,
  record: SnapshotRecord,
  imageExists: boolean,
): Promise<void> {
  const { service, records } = context;
  switch (record.state) {
    case 'Ready':
      // The list may be older than the image.
      if (imageExists || (await engine.images.inspect(record.imageTag)) !== undefined) return;
      // Of the events of one removal another one may have been quicker.
      if (records.get(record.id)?.state !== 'Ready') return;
      // Nobody here may delete what another server made, so an entry without image would stay for ever.
      if (record.origin === 'adopted') await service.forget(record.id);
      else await service.fail(record, imageMissing(record), 'engine');
      return;
    case 'Failed':
      if (imageExists) await makeReady(engine, context, record);
      return;
    case 'Deleting':
      if (service.isDeleting(record.id)) return;
      await removeSnapshotImage(engine, record.imageTag);
      await removeVolumeImages(record.id, { engine, instanceId: context.instanceId });
      await service.forget(record.id);
      return;
    case 'Creating':
      // The store has lost that it was taken: taking it again would replace what was kept by what is there now.
      if (imageExists && record.captureStartedAt === undefined && !service.queue.has(record.id)) {
        await makeReady(engine, context, record);
      } else service.expectRecovery(record);
      return;
  }
}

function imageMissing(record: SnapshotRecord): StatusReason {
  return {
    reason: IMAGE_MISSING_REASON,
    message: `The image ${record.imageTag} was removed outside the app. Load it back to use this snapshot again, or delete the snapshot.`,
  };
}

async function makeReady(
  engine: DockerEngine,
  context: SnapshotReconcileContext,
  record: SnapshotRecord,
): Promise<void> {
  const image = await engine.images.inspect(record.imageTag);
  const current = context.records.get(record.id);
  if (image !== undefined && current?.state === record.state) await context.service.recovered(current, image);
}

/** @returns true when it is one of ours, false for one adopted from another server or not taken in at all. */
async function takeIn(
  engine: DockerEngine,
  context: SnapshotReconcileContext,
  id: string,
  labels: Record<string, string>,
): Promise<boolean> {
  const image = await engine.images.inspect(snapshotImageName(id));
  if (image === undefined || context.records.get(id) !== undefined) return false;
  const known = context.records.getHidden(id);
  if (known?.state === 'Ready') {
    // The image came here from another engine of ours: its record comes along with all that labels do not hold.
    await context.service.save({ ...known, ...factsOf(image), engineId: engine.info.id });
    return false;
  }
  const read = readLabels(labels);
  const isOurs = read?.kind === 'snapshot' && read.id === id && read.instanceId === context.instanceId;
  // What is missing, or has not the form that snapshotLabels writes, falls back to what is harmless.
  const story = readStory(read?.kind === 'snapshot' ? read.story : {});
  const sandboxId = story.sandboxId ?? labels[OFFICIAL_SANDBOX_LABEL];
  if (sandboxId === undefined) return false;
  const createdAt = story.createdAt ?? new Date(image.createdAt).toISOString();
  const copies = await lookForCopies(engine, id, story.volumeCopies ?? []);
  await context.service.save({
    id,
    engineId: engine.info.id,
    sandboxId,
    state: 'Ready',
    reason: 'snapshot_recovery_ready',
    message: 'Recovered snapshot image after server restart.',
    createdAt,
    lastTransitionAt: nowIso(),
    imageTag: snapshotImageName(id),
    ...factsOf(image),
    restoreDefaults: story.restoreDefaults ?? { entrypoint: [], resourceLimits: {}, envNames: [] },
    pinned: false,
    origin: isOurs ? 'local' : 'adopted',
    restoredCount: 0,
    ...(story.name === undefined ? {} : { name: story.name }),
    ...(story.sandboxName === undefined ? {} : { sandboxName: story.sandboxName }),
    ...(story.parentSnapshotId === undefined ? {} : { parentSnapshotId: story.parentSnapshotId }),
    ...(story.previousSnapshotId === undefined ? {} : { previousSnapshotId: story.previousSnapshotId }),
    ...(story.containerId === undefined ? {} : { containerId: story.containerId }),
    ...(story.baseImage === undefined ? {} : { baseImage: story.baseImage }),
    ...(story.flattened === true ? { flattened: true } : {}),
    ...(copies.present.length === 0 ? {} : { volumeCopies: copies.present }),
    ...(copies.missing.length === 0 ? {} : { notCaptured: asNotCaptured(copies.missing) }),
  });
  return isOurs;
}

import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { DockerEngine } from '../engine/docker-engine';
import type { ImageFacts } from '../engine/engine-types';
import {
  LABEL_ID,
  LABEL_INSTANCE,
  LABEL_KIND,
  ownerInstructions,
  readLabels,
  snapshotLabels,
  volumeCopyLabels,
} from '../engine/labels';
import { AppError, messageOf } from '../errors';
import type { HeldVolume } from '../sandboxes/copied-volumes';
import { planOf, prepareVolumes } from '../sandboxes/volume-mounts';
import type { SandboxRecord, SnapshotRecord, VolumeCopyRecord, VolumeRecord } from '../store/records';
import { VOLUME_REPOSITORY, volumeImageName } from './snapshot-tag';

interface VolumeContext {
  engine: DockerEngine;
  instanceId: string;
}

/** The volumes of a sandbox that a snapshot can hold copies of: folders of this machine are not among them. */
export function namedVolumesOf(sandbox: Pick<SandboxRecord, 'volumes'>): VolumeRecord[] {
  return sandbox.volumes.filter(({ kind }) => kind === 'named');
}

/**
 * Mounts the volumes, read-only, in a container that is never started: through it they can be read without what is
 * mounted inside of them, and without holding up what asks for the sandbox's own container.
 * @param base image of the sandbox's container, which is there as long as that is
 * @returns the container's id
 */
export async function openVolumes(
  record: SnapshotRecord,
  volumes: readonly VolumeRecord[],
  base: ImageFacts,
  { engine, instanceId }: VolumeContext,
): Promise<string> {
  const prepared = await prepareVolumes(volumes.map(planOf), {
    engine,
    sandboxId: record.sandboxId,
    instanceId,
    hostVolumeRoots: [],
  });
  // Such a folder may be exchanged for a link to anywhere while it is read.
  if (prepared.mounts.some(({ type }) => type === 'bind')) throw partNotCopied();
  const id = await engine.containers.create({
    name: `opensandbox-volumes-${record.id}`,
    image: base.id,
    entrypoint: ['/volumes'],
    env: [],
    labels: snapshotLabels(record, instanceId, 'capture'),
    network: 'none',
    mounts: prepared.mounts.map((mount, slot) => ({ ...mount, target: folderOf(slot), readOnly: true })),
  });
  if (id !== undefined) return id;
  throw new AppError(500, 'SNAPSHOT::CAPTURE_FAILED', 'The image of the source sandbox vanished.');
}

/**
 * Copies the volumes into images, one layer each, one after the other, streamed with flat memory. To be called while
 * the sandbox is frozen.
 * @param readerId of {@link openVolumes}
 * @throws AppError 500 `SNAPSHOT::VOLUME_COPY_FAILED`; images of volumes before the failing one are the caller's to remove
 */
export async function copyVolumes(
  record: SnapshotRecord,
  volumes: readonly VolumeRecord[],
  readerId: string,
  context: VolumeContext,
): Promise<VolumeCopyRecord[]> {
  const copies: VolumeCopyRecord[] = [];
  for (const [slot, { name, source, mountPath, readOnly }] of volumes.entries()) {
    try {
      const sizeBytes = await copyVolume(record.id, slot, readerId, context);
      copies.push({ slot, name, source, mountPath, readOnly, sizeBytes });
    } catch (error) {
      if (error instanceof AppError && error.status === 503) throw error;
      throw new AppError(
        500,
        'SNAPSHOT::VOLUME_COPY_FAILED',
        `The volume ${source} at ${mountPath} could not be copied: ${messageOf(error)}. Nothing was kept. Try again while nothing outside the sandbox writes to it, or take the snapshot without volumes.`,
        { cause: error },
      );
    }
  }
  return copies;
}

/** Removes every image that holds a volume of the snapshot. */
export async function removeVolumeImages(
  snapshotId: string,
  { engine, instanceId }: VolumeContext,
): Promise<void> {
  await removeImages(engine, [`${LABEL_ID}=${snapshotId}`, `${LABEL_INSTANCE}=${instanceId}`], () => true);
}

/**
 * Removes images of volumes that no snapshot holds: a crash left them.
 * @param isKept whether a snapshot holds the image of that name, or may come to hold it
 */
export async function sweepVolumeImages(
  { engine, instanceId }: VolumeContext,
  isKept: (snapshotId: string, imageName: string) => boolean,
): Promise<void> {
  const label = [`${LABEL_INSTANCE}=${instanceId}`];
  await removeImages(engine, label, (snapshotId, name) => !isKept(snapshotId, name));
}

/** The copies that a snapshot's labels tell of, apart by whether their images are on the engine. */
export async function lookForCopies(
  engine: DockerEngine,
  snapshotId: string,
  copies: readonly VolumeCopyRecord[],
): Promise<{ present: VolumeCopyRecord[]; missing: VolumeCopyRecord[] }> {
  const present: VolumeCopyRecord[] = [];
  const missing: VolumeCopyRecord[] = [];
  for (const copy of copies) {
    const image = await engine.images.inspect(volumeImageName(snapshotId, copy.slot));
    (image === undefined ? missing : present).push(copy);
  }
  return { present, missing };
}

/** What a restore of the snapshot makes volumes of. */
export function heldVolumes({ id, volumeCopies = [] }: SnapshotRecord): HeldVolume[] {
  return volumeCopies.map(({ slot, name, mountPath, readOnly }) => ({
    snapshotId: id,
    name,
    mountPath,
    readOnly,
    image: volumeImageName(id, slot),
    folder: folderOf(slot),
  }));
}

/** What a snapshot lacks that was to hold copies of these. */
export function asNotCaptured(copies: readonly VolumeCopyRecord[]) {
  const volumes = copies.map(({ source, mountPath, sizeBytes }) => ({
    kind: 'named' as const,
    source,
    mountPath,
    sizeBytes,
  }));
  return { volumes, tmpfs: [] };
}

async function copyVolume(
  snapshotId: string,
  slot: number,
  readerId: string,
  { engine, instanceId }: VolumeContext,
): Promise<number> {
  const found = await engine.archives.get(readerId, folderOf(slot));
  if (found === undefined) throw new Error('the engine does not show it');
  const body = new PassThrough();
  const failing = new AbortController();
  const importing = engine.images.import(body, {
    name: volumeImageName(snapshotId, slot),
    changes: ownerInstructions(volumeCopyLabels(snapshotId, instanceId)),
    message: 'Volume copied by OpenSandbox Desktop',
    signal: failing.signal,
  });
  try {
    const [imageId] = await Promise.all([importing, pipeline(found.tar, body)]);
    return (await engine.images.inspect(imageId))?.sizeBytes ?? 0;
  } catch (error) {
    // The engine makes an image only of a whole request: a cut one has to be seen to be cut.
    failing.abort();
    body.destroy();
    await importing.catch(() => undefined);
    throw error;
  }
}

async function removeImages(
  engine: DockerEngine,
  label: readonly string[],
  isMeant: (snapshotId: string, imageName: string) => boolean,
): Promise<void> {
  const found = await engine.images.list({ label: [...label, `${LABEL_KIND}=volume-copy`] });
  for (const { labels, tags } of found) {
    const snapshotId = readLabels(labels)?.id;
    const names = tags.filter((tag) => tag.startsWith(`${VOLUME_REPOSITORY}:`));
    for (const name of names) {
      if (snapshotId !== undefined && isMeant(snapshotId, name)) await engine.images.remove(name, true);
    }
  }
}

function partNotCopied(): AppError {
  return new AppError(
    409,
    'SNAPSHOT::VOLUME_COPY_FAILED',
    'One of the volumes is mounted with a subPath, which this engine can only mount as a folder of its machine, and those are not copied. Use Docker 26 or later, or take the snapshot without volumes.',
  );
}

/** Named like nothing else, so that neither a sandbox's image nor the engine puts anything there. */
function folderOf(slot: number): string {
  return `/opensandbox-volume-${slot}`;
}

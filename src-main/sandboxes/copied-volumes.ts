import type { DockerEngine } from '../engine/docker-engine';
import type { MountSpec } from '../engine/engine-types';
import { LABEL_ID, LABEL_INSTANCE, readLabels, volumeCopyLabels } from '../engine/labels';
import { AppError } from '../errors';
import { newId } from '../ids';
import type { SandboxRecord, VolumeRecord } from '../store/records';
import type { SandboxRegistry } from './sandbox-registry';
import { removeVolumes } from './volume-mounts';
import { placeOf } from './volume-rules';

/** A volume's content as a snapshot holds it. */
export interface HeldVolume extends Pick<VolumeRecord, 'name' | 'mountPath' | 'readOnly'> {
  snapshotId: string;
  /** Name of the image that holds the content. */
  image: string;
  /** Where in the image it lies. */
  folder: string;
}

/** A volume that a sandbox is to get. Its name is new, so no two sandboxes ever share it. */
export interface CopiedVolume {
  held: HeldVolume;
  record: VolumeRecord;
}

/** What a sandbox mounts. */
export type Mounts = Pick<SandboxRecord, 'volumes' | 'ownedVolumes'>;

/**
 * Which of a snapshot's volumes a sandbox gets, each as a new one.
 * @param taken what else is mounted; it wins where both want the same place.
 */
export function planCopiedVolumes(
  held: readonly HeldVolume[],
  taken: readonly { mountPath: string }[] = [],
): CopiedVolume[] {
  return held
    .filter((volume) => !taken.some((other) => isSamePlace(other, volume)))
    .map((volume) => ({
      held: volume,
      record: {
        name: volume.name,
        kind: 'named',
        source: `opensandbox-${newId('vol')}`,
        mountPath: volume.mountPath,
        readOnly: volume.readOnly,
        fromSnapshotId: volume.snapshotId,
      },
    }));
}

/** The mounts of a sandbox once it has these volumes too, in the place of what was mounted there. */
export function mountsWith(before: Mounts, planned: readonly CopiedVolume[]): Mounts {
  const added = planned.map(({ record }) => record);
  const isReplaced = (volume: VolumeRecord) => added.some((each) => isSamePlace(each, volume));
  // Nobody could reach a copy any more that is mounted nowhere; volumes of people's own are theirs.
  const unused = before.volumes
    .filter((volume) => volume.fromSnapshotId !== undefined && isReplaced(volume))
    .map(({ source }) => source);
  return {
    volumes: [...before.volumes.filter((volume) => !isReplaced(volume)), ...added],
    ownedVolumes: [
      ...before.ownedVolumes.filter((name) => !unused.includes(name)),
      ...added.map(({ source }) => source),
    ],
  };
}

/**
 * Makes the volumes and has the engine fill them: it copies what an image has in a folder into an empty volume that is
 * mounted there (Docker, "Populate a volume using a container"), without any process of the image being started.
 * Whatever was made before a failure is removed again.
 * @throws AppError 409 `SNAPSHOT::VOLUME_COPY_MISSING` when an image is gone
 */
export async function fillCopiedVolumes(
  planned: readonly CopiedVolume[],
  context: { engine: DockerEngine; sandboxId: string; instanceId: string },
): Promise<MountSpec[]> {
  const { engine, sandboxId, instanceId } = context;
  const labels = volumeCopyLabels(sandboxId, instanceId);
  try {
    for (const { held, record } of planned) {
      await engine.volumes.create(record.source, labels);
      const filling = await engine.containers.create({
        name: `opensandbox-fill-${record.source}`,
        image: held.image,
        // Never started: making it is what fills the volume.
        entrypoint: ['/fill'],
        env: [],
        labels,
        network: 'none',
        mounts: [{ type: 'volume', source: record.source, target: held.folder, readOnly: false }],
      });
      if (filling === undefined) throw copyMissing(held);
      await engine.containers.remove(filling);
    }
  } catch (error) {
    await removeStrayCopies(engine, sandboxId, { instanceId, owned: [], among: planned });
    throw error;
  }
  return planned.map(({ record }) => ({
    type: 'volume',
    source: record.source,
    target: record.mountPath,
    readOnly: record.readOnly,
  }));
}

/**
 * Removes copies that a sandbox does not own: those that a roll back made or replaced, and those of a failed create.
 * @param among only these; all without it
 */
export async function removeStrayCopies(
  engine: DockerEngine,
  sandboxId: string,
  which: { instanceId: string; owned: readonly string[]; among?: readonly CopiedVolume[] },
): Promise<void> {
  const isMeant = (name: string) => which.among?.some(({ record }) => record.source === name) ?? true;
  const found = await copiesOf(engine, `${LABEL_ID}=${sandboxId}`, which.instanceId);
  const stray = found.filter(({ name }) => !which.owned.includes(name) && isMeant(name));
  if (stray.length === 0) return;
  await removeFillers(engine, `${LABEL_ID}=${sandboxId}`, which.instanceId, () => true);
  await removeVolumes(
    engine,
    stray.map(({ name }) => name),
  );
}

/** Removes copies that no sandbox owns, and what was to fill them: a crash left them. */
export async function sweepCopiedVolumes(
  engine: DockerEngine,
  { registry, instanceId }: { registry: SandboxRegistry; instanceId: string },
): Promise<void> {
  const label = `${LABEL_INSTANCE}=${instanceId}`;
  const isBusy = (id: string) => registry.provisioning.has(id) || registry.replacing.has(id);
  await removeFillers(engine, label, instanceId, (id) => !isBusy(id));
  for (const { name, sandboxId } of await copiesOf(engine, label, instanceId)) {
    const isOwned = registry.records.getHidden(sandboxId)?.ownedVolumes.includes(name) === true;
    if (!isOwned && !isBusy(sandboxId)) await engine.volumes.remove(name);
  }
}

async function copiesOf(
  engine: DockerEngine,
  label: string,
  instanceId: string,
): Promise<{ name: string; sandboxId: string }[]> {
  return (await engine.volumes.list(label)).flatMap(({ name, labels }) => {
    const read = readLabels(labels);
    return read?.kind === 'volume-copy' && read.instanceId === instanceId
      ? [{ name, sandboxId: read.id }]
      : [];
  });
}

async function removeFillers(
  engine: DockerEngine,
  label: string,
  instanceId: string,
  isStray: (sandboxId: string) => boolean,
): Promise<void> {
  for (const container of await engine.containers.list(label)) {
    const read = readLabels(container.labels);
    if (read?.kind === 'volume-copy' && read.instanceId === instanceId && isStray(read.id))
      await engine.containers.remove(container.id);
  }
}

function isSamePlace(one: { mountPath: string }, other: { mountPath: string }): boolean {
  return placeOf(one.mountPath) === placeOf(other.mountPath);
}

function copyMissing({ snapshotId, mountPath, image }: HeldVolume): AppError {
  return new AppError(
    409,
    'SNAPSHOT::VOLUME_COPY_MISSING',
    `The copy of the volume at ${mountPath} that snapshot ${snapshotId} held is no longer on the engine (image ${image}). Load it back, or mount a volume of your own at ${mountPath}.`,
  );
}

import type { SnapshotRecord } from '../store/records';

type SnapshotImages = Pick<SnapshotRecord, 'id' | 'imageTag' | 'volumeCopies'>;

/** Repository of every snapshot image, shared with other OpenSandbox servers (DESIGN.md, "Truth"). */
export const SNAPSHOT_REPOSITORY = 'opensandbox-snapshots';

/** Repository of the images that hold copies of volumes. */
export const VOLUME_REPOSITORY = 'opensandbox-volumes';

/** Name of the image that holds one of a snapshot's copies of volumes. */
export function volumeImageName(snapshotId: string, slot: number): string {
  return `${VOLUME_REPOSITORY}:${snapshotId}-${slot}`;
}

/** Whether an image holds files or volumes of a snapshot. */
export function isSnapshotImage(imageName: string): boolean {
  return [SNAPSHOT_REPOSITORY, VOLUME_REPOSITORY].some((repository) =>
    imageName.startsWith(`${repository}:`),
  );
}

/** Every image of a snapshot: that of its files, and those of the volumes that it holds copies of. */
export function imageNamesOf({ imageTag, id, volumeCopies = [] }: SnapshotImages): string[] {
  return [imageTag, ...volumeCopies.map(({ slot }) => volumeImageName(id, slot))];
}

/** Name of a snapshot's image, in the parts that a commit wants. */
export function snapshotTag(snapshotId: string): { repo: string; tag: string } {
  return { repo: SNAPSHOT_REPOSITORY, tag: snapshotId };
}

/** The same as one string, `opensandbox-snapshots:<id>`. */
export function snapshotImageName(snapshotId: string): string {
  return `${SNAPSHOT_REPOSITORY}:${snapshotId}`;
}

/** The snapshot id in an image name, or undefined when it is no snapshot's. */
export function snapshotIdOf(imageName: string): string | undefined {
  const prefix = `${SNAPSHOT_REPOSITORY}:`;
  return imageName.startsWith(prefix) ? imageName.slice(prefix.length) : undefined;
}

/** Repository of every snapshot image, shared with other OpenSandbox servers (DESIGN.md, "Truth"). */
export const SNAPSHOT_REPOSITORY = 'opensandbox-snapshots';

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

import type { DockerEngine } from '../engine/docker-engine';
import { engineStatus } from '../engine/engine-errors';
import { LABEL_INSTANCE, readLabels } from '../engine/labels';
import type { UnnamedImages } from './unnamed-images';

const CONFLICT = 409;

/**
 * Takes a snapshot's name off its image, and the image with it unless something still needs the layers: a container
 * that runs from it, or a later snapshot's image built on it. Those keep it, unnamed, until they go.
 */
export async function removeSnapshotImage(engine: DockerEngine, imageName: string): Promise<void> {
  try {
    await engine.images.remove(imageName, true);
  } catch (error) {
    // The engine removes the name first and then complains that the unnamed rest has children.
    const nameIsGone =
      engineStatus(error) === CONFLICT && (await engine.images.inspect(imageName)) === undefined;
    if (!nameIsGone) throw error;
  }
}

/**
 * Removes unnamed images of this instance that nothing needs any more: what deleted snapshots left for their
 * containers, and what a crash left of a capture, containers included.
 * @param isBusy whether a capture of that snapshot is under way.
 */
export async function sweepUnusedImages(
  engine: DockerEngine,
  instanceId: string,
  unnamedImages: UnnamedImages,
  isBusy: (snapshotId: string) => boolean,
): Promise<void> {
  for (const helper of await engine.containers.list(`${LABEL_INSTANCE}=${instanceId}`)) {
    const labels = readLabels(helper.labels);
    if (labels?.kind === 'capture' && !isBusy(labels.id)) await engine.containers.remove(helper.id);
  }
  const dangling = await engine.images.list({
    dangling: ['true'],
    label: [`${LABEL_INSTANCE}=${instanceId}`],
  });
  for (const image of dangling) {
    const labels = readLabels(image.labels);
    if (labels === undefined || isBusy(labels.id)) continue;
    try {
      await unnamedImages.remove(engine, image.id, labels.id);
    } catch (error) {
      // Still used by a container or a child image: its turn comes when that goes.
      if (engineStatus(error) !== CONFLICT) throw error;
    }
  }
}

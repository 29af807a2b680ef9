import type Docker from 'dockerode';
import { LABEL_ID } from '../../src-main/engine/labels';
import { snapshotImageName } from '../../src-main/snapshots/snapshot-tag';
import { waitFor } from './wait-for';

/**
 * The image of a snapshot, once it has labels of its own: that of an unchanged sandbox gets them behind Ready.
 * @throws the engine's 404 when it has no such image
 */
export function ownImage(docker: Docker, snapshotId: string): Promise<Docker.ImageInspectInfo> {
  return waitFor(`${snapshotId} to have its own image`, async () => {
    const image = await docker.getImage(snapshotImageName(snapshotId)).inspect();
    // Engines send null for an image without labels, whatever the typings say.
    const labels = image.Config.Labels as Record<string, string> | null;
    return labels?.[LABEL_ID] === snapshotId ? image : undefined;
  });
}

import type { DockerEngine } from '../engine/docker-engine';
import { LABEL_ID, LABEL_INSTANCE, LABEL_KIND } from '../engine/labels';

/** Removes the containers and unnamed images that a capture made on its way. */
export async function removeLeftovers(
  snapshotId: string,
  { engine, instanceId }: { engine: DockerEngine; instanceId: string },
): Promise<void> {
  for (const helper of await engine.containers.list(`${LABEL_ID}=${snapshotId}`)) {
    if (helper.labels[LABEL_INSTANCE] === instanceId && helper.labels[LABEL_KIND] === 'capture')
      await engine.containers.remove(helper.id);
  }
  for (const image of await engine.images.list(leftoversOf(snapshotId, instanceId))) {
    await engine.images.remove(image.id, true);
  }
}

/** How the engine is asked for the unnamed images of a capture. */
export function leftoversOf(snapshotId: string, instanceId: string): Record<string, string[]> {
  return { dangling: ['true'], label: [`${LABEL_ID}=${snapshotId}`, `${LABEL_INSTANCE}=${instanceId}`] };
}

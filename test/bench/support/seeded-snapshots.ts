import { discoverEngine } from '../../../src-main/engine/discovery';
import { DockerEngine } from '../../../src-main/engine/docker-engine';
import { openStateStore } from '../../../src-main/store/open-state-store';
import { sampleSnapshot } from '../../unit/store/sample-records';

export const MANY_SNAPSHOTS = 10_000;

/** In chains of so many, each chain begun by its own sandbox. */
const CHAIN = 40;

/**
 * Fills data folders with snapshots of this engine, in chains. They are Failed, because a Ready one without an image would
 * be Failed at the first reconcile anyway, and 10,000 images would be in the way of whoever else uses the engine. To
 * lists and filters a state is a word like any other.
 */
export async function snapshotSeed(
  count: number = MANY_SNAPSHOTS,
): Promise<(dataDir: string) => Promise<void>> {
  const { chosen } = await discoverEngine(process.env, process.platform);
  if (chosen === undefined)
    throw new Error('The bench needs a running Docker engine; npm run bench starts one.');
  const { info } = await DockerEngine.connect(chosen.endpoint, process.env);
  return async (dataDir) => {
    const store = await openStateStore({ dataDir });
    const snapshots = store.collection('snapshots');
    // Newer than whatever else is on the engine, so that they come first.
    const createdAt = new Date().toISOString();
    await Promise.all(
      Array.from({ length: count }, (_, index) =>
        snapshots.put({
          ...sampleSnapshot(index),
          engineId: info.id,
          createdAt,
          state: 'Failed',
          ...(index % CHAIN === 0 ? {} : { parentSnapshotId: sampleSnapshot(index - 1).id }),
        }),
      ),
    );
    await store.close();
  };
}

import { setTimeout as delay } from 'node:timers/promises';
import type { DockerEngine } from '../engine/docker-engine';
import { sandboxLabels } from '../engine/labels';
import { AppError } from '../errors';
import type { SandboxRecord } from '../store/records';
import { fillCopiedVolumes, type CopiedVolume, type Mounts } from './copied-volumes';
import { imageGone } from './provision';
import { parseResourceLimits } from './resource-limits';
import { replacementName } from './rollback-settle';
import { planOf, prepareVolumes } from './volume-mounts';

/** A command that cannot live on the snapshot's files mostly ends within this time. */
const WATCH_MS = 250;
const LOOK_MS = 25;

/** What a replacement is made from. */
export interface ReplacementSource {
  snapshotId: string;
  /** Tag of the snapshot's image. */
  image: string;
  mounts: Mounts;
  /** Those of the mounts that the snapshot holds and that are to be made. */
  copied: readonly CopiedVolume[];
}

export interface ReplacementContext {
  engine: DockerEngine;
  instanceId: string;
  /** Folders that host volumes may lie under. */
  hostVolumeRoots: readonly string[];
}

/**
 * Makes, without starting it, a second container of a sandbox: everything as in the first one but the files, which are
 * the snapshot's. Values of environment variables are read from the first container and kept nowhere else.
 * @returns the container's id
 * @throws AppError 409 `SNAPSHOT::NOT_READY` when the image is gone; `VOLUME::…` when a volume cannot be mounted again
 */
export async function createReplacement(
  record: SandboxRecord,
  source: ReplacementSource,
  { engine, instanceId, hostVolumeRoots }: ReplacementContext,
): Promise<string> {
  const { snapshotId, mounts, copied } = source;
  const context = { engine, sandboxId: record.id, instanceId, hostVolumeRoots };
  const kept = mounts.volumes.filter((volume) => !copied.some((each) => each.record === volume));
  const volumes = await prepareVolumes(kept.map(planOf), context);
  const filled = await fillCopiedVolumes(copied, context);
  const { platform } = record;
  const created = await engine.containers.create({
    name: replacementName(record.id),
    image: source.image,
    entrypoint: record.entrypoint,
    env: await ownVariables(record, engine),
    labels: sandboxLabels({ ...record, ...mounts, source: { kind: 'snapshot', snapshotId } }, instanceId),
    network: record.network,
    mounts: [...volumes.mounts, ...filled],
    ...parseResourceLimits(record.resourceLimits),
    ...(platform === undefined ? {} : { platform: `${platform.os}/${platform.arch}` }),
  });
  if (created === undefined) throw imageGone(snapshotId);
  return created;
}

/** The sandbox's own variables as `NAME=value`, without those that its image gave. */
export async function ownVariables(record: SandboxRecord, engine: DockerEngine): Promise<string[]> {
  const settings = await engine.containers.settings(record.containerId ?? '');
  if (settings === undefined) {
    throw new AppError(
      409,
      'DOCKER::SANDBOX_NOT_FOUND',
      `The container of sandbox ${record.id} is gone, so its environment cannot be read.`,
    );
  }
  const names = new Set(record.envNames);
  return settings.env.filter((variable) => names.has(variable.slice(0, variable.indexOf('='))));
}

/**
 * Waits a moment to see whether the main process lives on.
 * @throws AppError 409 `SANDBOX::ROLLBACK_FAILED` when it ended with an error
 */
export async function watchStart(
  containerId: string,
  snapshotId: string,
  engine: DockerEngine,
): Promise<void> {
  for (let watched = 0; watched < WATCH_MS; watched += LOOK_MS) {
    const facts = await engine.containers.inspect(containerId);
    if (facts === undefined || (facts.phase !== 'running' && facts.exitCode !== 0)) {
      throw new AppError(
        409,
        'SANDBOX::ROLLBACK_FAILED',
        `The sandbox's command ended at once with code ${facts?.exitCode ?? 'unknown'} on the files of snapshot ${snapshotId}. Nothing was changed. Restore the snapshot as a new sandbox with a command that it can run.`,
      );
    }
    // A command that came to its end by itself has nothing to be watched for.
    if (facts.phase !== 'running') return;
    await delay(LOOK_MS);
  }
}

import type { Logger } from 'pino';
import type { DockerEngine } from '../engine/docker-engine';
import type { MountSpec } from '../engine/engine-types';
import { sandboxLabels } from '../engine/labels';
import { AppError } from '../errors';
import { nowIso } from '../ids';
import type { SandboxRecord } from '../store/records';
import { fillCopiedVolumes, mountsWith, planCopiedVolumes, type HeldVolume } from './copied-volumes';
import type { CreatePlan } from './create-plan';
import type { NetworkLease, PreparedNetworks } from './prepared-networks';
import type { SandboxRegistry } from './sandbox-registry';
import { prepareVolumes, refuseMovedSources, removeVolumes } from './volume-mounts';

export interface ProvisionContext {
  engine: DockerEngine;
  registry: SandboxRegistry;
  networks: PreparedNetworks;
  instanceId: string;
  hostVolumeRoots: readonly string[];
  logger: Logger;
  /** What the snapshot that it starts from holds of volumes. */
  heldVolumes: readonly HeldVolume[];
  /**
   * Called once the record is there, before what may take long: volumes are filled, an image that is not here is
   * pulled, or the engine does not answer the start of this one container.
   */
  onLongWork: () => void;
}

/**
 * Makes a sandbox's container and starts it. The record is on disk before the container starts and says `active`
 * when this resolves; on failure nothing of it remains but the record, which the caller settles.
 * @param image name or tag that the engine knows the source by.
 */
export async function provision(
  record: SandboxRecord,
  plan: CreatePlan,
  image: string,
  context: ProvisionContext,
): Promise<SandboxRecord> {
  const { engine, registry, instanceId } = context;
  const volumes = await prepareVolumes(plan.volumes, {
    engine,
    sandboxId: record.id,
    instanceId,
    hostVolumeRoots: context.hostVolumeRoots,
  });
  const copied = planCopiedVolumes(context.heldVolumes, volumes.records);
  const created = [...volumes.created, ...copied.map((volume) => volume.record.source)];
  const made: Made = {};
  try {
    const own = { volumes: volumes.records, ownedVolumes: volumes.owned };
    const withVolumes: SandboxRecord = { ...record, ...mountsWith(own, copied) };
    const mounts = [...volumes.mounts];
    if (copied.length > 0) {
      context.onLongWork();
      // Whose they are is on disk before they are there.
      await registry.save(withVolumes);
      mounts.push(...(await fillCopiedVolumes(copied, { engine, sandboxId: record.id, instanceId })));
    }
    const containerId = await createAndStart(made, withVolumes, { plan, image, mounts }, context);
    await refuseMovedSources(volumes.mounts);
    refuseIfDeleted(record.id, registry);
    registry.noteContainer(record.id, { id: containerId, phase: 'running', exitCode: 0, oomKilled: false });
    const active: SandboxRecord = {
      // A sandbox that was answered with Pending may have been renewed or relabelled meanwhile.
      ...(registry.records.get(record.id) ?? withVolumes),
      phase: 'active',
      containerId,
      ...(made.network === undefined ? {} : { networkContainerId: made.network.containerId }),
      lastTransitionAt: nowIso(),
    };
    await registry.save(active);
    made.network?.keep();
    return active;
  } catch (error) {
    await cleanUp(record.id, made, created, context);
    throw error;
  }
}

/** What of a create has to go when it fails. */
interface Made {
  containerId?: string;
  network?: NetworkLease;
}

interface Wanted {
  plan: CreatePlan;
  image: string;
  mounts: MountSpec[];
}

/** In a prepared network where there is one; whatever hinders that, it is done once more in one of its own. */
async function createAndStart(
  made: Made,
  record: SandboxRecord,
  wanted: Wanted,
  context: ProvisionContext,
): Promise<string> {
  const { engine, registry, networks, logger } = context;
  const network = await networks.take(engine, wanted.plan.network);
  // The intent and the container may come in any order: a container that never started and has no record is
  // swept at the next start, and a record without container is dropped.
  const saving = registry.save(record);
  context.onLongWork();
  const begin = async (): Promise<string> => {
    const [saved, created] = await Promise.allSettled([
      saving,
      createContainer(record, wanted, made.network, context),
    ]);
    made.containerId = fulfilled(created);
    fulfilled(saved);
    refuseIfDeleted(record.id, registry);
    await engine.containers.start(made.containerId);
    return made.containerId;
  };
  if (network === undefined) return begin();
  made.network = network;
  try {
    return await begin();
  } catch (error) {
    await saving;
    refuseIfDeleted(record.id, registry);
    logger.debug({ error }, 'not started in a prepared network');
    if (made.containerId !== undefined) await engine.containers.remove(made.containerId);
    delete made.containerId;
    delete made.network;
    await network.giveUp();
    return begin();
  }
}

function fulfilled<T>(result: PromiseSettledResult<T>): T {
  if (result.status === 'rejected') throw result.reason;
  return result.value;
}

/** A sandbox that was answered with Pending can be deleted before its image has arrived. */
function refuseIfDeleted(id: string, registry: SandboxRegistry): void {
  if (registry.records.get(id)?.phase === 'creating') return;
  throw new AppError(
    409,
    'DOCKER::SANDBOX_START_FAILED',
    `Sandbox ${id} was deleted while it was being created.`,
  );
}

async function createContainer(
  record: SandboxRecord,
  { plan, image, mounts }: Wanted,
  network: NetworkLease | undefined,
  context: ProvisionContext,
): Promise<string> {
  const { engine } = context;
  const platform = plan.platform === undefined ? undefined : `${plan.platform.os}/${plan.platform.arch}`;
  const spec = {
    name: containerName(record.id),
    image,
    entrypoint: plan.entrypoint,
    env: Object.entries(plan.env).map(([name, value]) => `${name}=${value}`),
    labels: sandboxLabels(record, context.instanceId),
    network: network === undefined ? plan.network : { containerId: network.containerId },
    mounts,
    ...plan.limits,
    ...(platform === undefined ? {} : { platform }),
  };
  const id = await engine.containers.create(spec);
  if (id !== undefined) return id;
  if (plan.source.kind === 'snapshot') {
    const { snapshotId } = plan.source;
    throw platform === undefined ? imageGone(snapshotId) : noImageFor(snapshotId, platform);
  }
  await engine.images.pull(plan.source.uri, {
    ...(plan.auth === undefined ? {} : { auth: plan.auth }),
    ...(platform === undefined ? {} : { platform }),
  });
  const afterPull = await engine.containers.create(spec);
  if (afterPull !== undefined) return afterPull;
  throw new AppError(
    500,
    'DOCKER::SANDBOX_IMAGE_PULL_FAILED',
    `The image ${plan.source.uri} was pulled but is not there for this platform. Check the platform of the request.`,
  );
}

/** Name of the sandbox's container, for whoever looks with the Docker command line. */
export function containerName(sandboxId: string): string {
  return `opensandbox-${sandboxId}`;
}

/** The 409 for a snapshot whose image was removed behind our back. */
export function imageGone(snapshotId: string): AppError {
  return new AppError(
    409,
    'SNAPSHOT::NOT_READY',
    `The image of snapshot ${snapshotId} is no longer on the engine, so nothing can be restored from it. Delete the snapshot, or load the image back.`,
  );
}

function noImageFor(snapshotId: string, platform: string): AppError {
  return new AppError(
    409,
    'SNAPSHOT::NOT_READY',
    `There is no image of snapshot ${snapshotId} for ${platform} on the engine. Leave platform out to restore it as it was taken.`,
  );
}

async function cleanUp(
  id: string,
  { containerId, network }: Made,
  volumes: readonly string[],
  { engine, registry, logger }: ProvisionContext,
): Promise<void> {
  try {
    if (containerId !== undefined) await engine.containers.remove(containerId);
    await removeVolumes(engine, volumes);
  } catch (error) {
    // The cause is on its way to the caller; what stays behind is swept when the engine is next reconciled.
    registry.abandoned.add(id);
    logger.warn({ error, containerId }, 'a failed create could not be cleaned up now');
  } finally {
    await network?.giveUp();
  }
}

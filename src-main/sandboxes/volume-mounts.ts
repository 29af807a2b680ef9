import { mkdir, realpath, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative } from 'node:path';
import type { DockerEngine } from '../engine/docker-engine';
import type { MountSpec } from '../engine/engine-types';
import { volumeLabels } from '../engine/labels';
import { AppError, messageOf } from '../errors';
import type { VolumeRecord } from '../store/records';
import type { VolumePlan } from './volume-rules';

/** Docker API version that brought the volume option `Subpath`. */
const SUBPATH_API = '1.45';

export interface PreparedVolumes {
  mounts: MountSpec[];
  records: VolumeRecord[];
  /** Docker volumes that this call made, whatever becomes of them later. */
  created: string[];
  /** Those of them that go with the sandbox. */
  owned: string[];
}

export interface MountContext {
  engine: DockerEngine;
  sandboxId: string;
  instanceId: string;
  /** Folders that host volumes may lie under. */
  hostVolumeRoots: readonly string[];
}

/**
 * Makes what the volumes need (directories, named volumes) and says how to mount them (CONTRACT.md 2.8).
 * Whatever was made before a failure is removed again.
 * @throws AppError with a `VOLUME::…` code.
 */
export async function prepareVolumes(
  plans: readonly VolumePlan[],
  context: MountContext,
): Promise<PreparedVolumes> {
  const prepared: PreparedVolumes = { mounts: [], records: [], created: [], owned: [] };
  try {
    for (const plan of plans) await prepareOne(plan, context, prepared);
  } catch (error) {
    await removeVolumes(context.engine, prepared.created);
    throw error;
  }
  return prepared;
}

/** The volume exists by now, or was taken away on purpose: it is not made again. */
export function planOf(volume: VolumeRecord): VolumePlan {
  const { name, mountPath, readOnly, subPath } = volume;
  return {
    name,
    mountPath,
    readOnly,
    backend:
      volume.kind === 'host'
        ? { kind: 'host', path: volume.source }
        : {
            kind: 'named',
            claimName: volume.source,
            createIfMissing: false,
            deleteWithSandbox: false,
          },
    ...(subPath === undefined ? {} : { subPath }),
  };
}

/** Removes Docker volumes that a failed create or a deleted sandbox leaves behind. */
export async function removeVolumes(engine: DockerEngine, names: readonly string[]): Promise<void> {
  for (const name of names) await engine.volumes.remove(name);
}

/**
 * Looks once more at what a container that has started was given of this machine: whoever may write above a folder,
 * such as another sandbox, can put a link in its place after it was checked.
 * @throws AppError 400 `VOLUME::HOST_PATH_NOT_ALLOWED`
 */
export async function refuseMovedSources(mounts: readonly MountSpec[]): Promise<void> {
  for (const { type, source } of mounts) {
    if (type === 'bind' && (await realpath(source).catch(() => '')) !== source) throw notAllowed(source);
  }
}

async function prepareOne(plan: VolumePlan, context: MountContext, prepared: PreparedVolumes): Promise<void> {
  const { backend } = plan;
  const common = { target: plan.mountPath, readOnly: plan.readOnly };
  if (backend.kind === 'host') {
    const source = await hostSource(backend.path, plan.subPath, context.hostVolumeRoots);
    prepared.mounts.push({ type: 'bind', source, ...common });
    prepared.records.push(recordOf(plan, 'host', backend.path));
    return;
  }
  await ensureNamedVolume(backend, context, prepared);
  prepared.mounts.push({
    ...(await namedSource(backend.claimName, plan.subPath, context.engine)),
    ...common,
  });
  prepared.records.push(recordOf(plan, 'named', backend.claimName));
}

function recordOf(plan: VolumePlan, kind: VolumeRecord['kind'], source: string): VolumeRecord {
  return {
    name: plan.name,
    kind,
    source,
    mountPath: plan.mountPath,
    readOnly: plan.readOnly,
    ...(plan.subPath === undefined ? {} : { subPath: plan.subPath }),
  };
}

async function ensureNamedVolume(
  backend: Extract<VolumePlan['backend'], { kind: 'named' }>,
  context: MountContext,
  prepared: PreparedVolumes,
): Promise<void> {
  const { claimName } = backend;
  if ((await context.engine.volumes.inspect(claimName)) !== undefined) return;
  if (!backend.createIfMissing) {
    throw new AppError(
      400,
      'VOLUME::PVC_NOT_FOUND',
      `There is no Docker volume "${claimName}" and createIfNotExists is false. Create it with: docker volume create ${claimName}`,
    );
  }
  await context.engine.volumes.create(claimName, volumeLabels(context.sandboxId, context.instanceId));
  prepared.created.push(claimName);
  if (backend.deleteWithSandbox) prepared.owned.push(claimName);
}

async function namedSource(
  claimName: string,
  subPath: string | undefined,
  engine: DockerEngine,
): Promise<Pick<MountSpec, 'type' | 'source' | 'subPath'>> {
  if (subPath === undefined) return { type: 'volume', source: claimName };
  const volume = await engine.volumes.inspect(claimName);
  if (volume?.driver !== 'local') {
    throw new AppError(
      400,
      'VOLUME::PVC_SUBPATH_UNSUPPORTED_DRIVER',
      `subPath works only on volumes of the local driver; "${claimName}" has ${volume?.driver ?? 'none'}.`,
    );
  }
  if (engine.supportsApi(SUBPATH_API)) return { type: 'volume', source: claimName, subPath };
  // Older engines lack the option; their volumes are plain directories on this machine.
  // A sandbox may have left a link in its volume that leads to any place of this machine.
  const root = await resolveExisting(volume.mountpoint);
  const source = await resolveExisting(join(root, subPath));
  if (!isInside(source, root)) {
    throw new AppError(
      400,
      'VOLUME::INVALID_SUB_PATH',
      `subPath "${subPath}" leads out of the volume "${claimName}" by a link. Name a directory of the volume itself.`,
    );
  }
  await makeDirectory(source);
  return { type: 'bind', source };
}

async function hostSource(
  path: string,
  subPath: string | undefined,
  roots: readonly string[],
): Promise<string> {
  const wanted = subPath === undefined ? path : join(path, subPath);
  const allowed = await Promise.all(roots.map(resolveExisting));
  // Links are followed first: only where the path really leads decides.
  const resolved = await resolveExisting(wanted);
  if (!allowed.some((root) => isInside(resolved, root))) throw notAllowed(wanted);
  await makeDirectory(resolved);
  const source = await realpath(resolved);
  // A sandbox that may write above it can put a link there at any time.
  if (!allowed.some((root) => isInside(source, root))) throw notAllowed(wanted);
  return source;
}

/** The real path of the longest part that exists, with the rest appended as it is. */
async function resolveExisting(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    const parent = dirname(path);
    return parent === path ? path : join(await resolveExisting(parent), path.slice(parent.length));
  }
}

function isInside(path: string, root: string): boolean {
  const way = relative(root, path);
  return way === '' || (!way.startsWith('..') && !isAbsolute(way));
}

async function makeDirectory(path: string): Promise<void> {
  try {
    // An existing file may be mounted as it is.
    if ((await stat(path).catch(() => undefined)) !== undefined) return;
    await mkdir(path, { recursive: true });
  } catch (error) {
    throw new AppError(
      500,
      'VOLUME::HOST_PATH_CREATE_FAILED',
      `The directory ${path} could not be created: ${messageOf(error)}. Create it yourself and try again.`,
      { cause: error },
    );
  }
}

function notAllowed(path: string): AppError {
  return new AppError(
    400,
    'VOLUME::HOST_PATH_NOT_ALLOWED',
    `The host path ${path} is not below an allowed folder. Add one in Settings or in OPEN_SANDBOX_HOST_VOLUMES.`,
  );
}

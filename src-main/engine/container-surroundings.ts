import type Docker from 'dockerode';
import { engineStatus, translateEngineError } from './engine-errors';

const operation = {
  code: 'DOCKER::SANDBOX_QUERY_FAILED',
  doing: 'Could not ask the engine about the sandbox',
};

/** What a container has besides its own filesystem. */
export interface ContainerSurroundings {
  mounts: { kind: 'host' | 'named'; source: string; mountPath: string }[];
  /** Paths of memory that is mounted as a filesystem. */
  tmpfs: string[];
  /** Undefined when it does not run. */
  processes?: number;
}

/** Undefined when there is no such container. @throws AppError */
export async function containerSurroundings(
  docker: Docker,
  containerId: string,
): Promise<ContainerSurroundings | undefined> {
  const container = docker.getContainer(containerId);
  try {
    const [info, processes] = await Promise.all([container.inspect(), countProcesses(container)]);
    const named = info.HostConfig.Tmpfs as Record<string, string> | null | undefined;
    const tmpfs = new Set(Object.keys(named ?? {}));
    const mounts: ContainerSurroundings['mounts'] = [];
    for (const mount of info.Mounts) {
      // The typings leave out what the engine says since volumes have drivers (Docker API, `MountPoint`).
      const { Type: type, Name: name } = mount as { Type?: string; Name?: string };
      if (type === 'tmpfs') tmpfs.add(mount.Destination);
      else {
        const kind = name === undefined ? 'host' : 'named';
        mounts.push({ kind, source: name ?? mount.Source, mountPath: mount.Destination });
      }
    }
    return { mounts, tmpfs: [...tmpfs], ...(processes === undefined ? {} : { processes }) };
  } catch (error) {
    if (engineStatus(error) === 404) return undefined;
    throw translateEngineError(error, operation);
  }
}

/** Undefined for a container that does not run. */
async function countProcesses(container: Docker.Container): Promise<number | undefined> {
  try {
    // dockerode types the answer as any: one row per process.
    const { Processes: rows } = (await container.top()) as { Processes: string[][] };
    return rows.length;
  } catch {
    return undefined;
  }
}

import { readFile } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import type { DockerEngine } from '../engine/docker-engine';

export interface ReachableAddress {
  address: string;
  /** The container with whose network the address goes. */
  ownerId: string;
}

/**
 * The container's own address, where this process can reach it and can be sure whom it reaches; otherwise undefined.
 * Addresses of containers repeat between engines: behind a virtual machine (Docker Desktop), a rootless engine or a
 * remote one, the same number here may be somebody else's.
 */
export async function reachableAddress(
  engine: DockerEngine,
  containerId: string,
): Promise<ReachableAddress | undefined> {
  if (process.platform !== 'linux' || !engine.endpoint.startsWith('unix://')) return undefined;
  const facts = await engine.networks.inspect(containerId);
  if (facts?.address === undefined || facts.gateway === undefined) return undefined;
  if (!isOwnAddress(facts.gateway) || !(await runsOnThisKernel(containerId, facts.hostPid))) return undefined;
  return { address: facts.address, ownerId: facts.ownerId };
}

/** The engine's bridge is one of our own interfaces. */
function isOwnAddress(address: string): boolean {
  return Object.values(networkInterfaces()).some((each) =>
    each?.some((networkInterface) => networkInterface.address === address),
  );
}

/** The engine's process id means the same process here, and it lives in the first user namespace: not rootless. */
async function runsOnThisKernel(containerId: string, hostPid: number): Promise<boolean> {
  try {
    const [groups, uids] = await Promise.all([
      readFile(`/proc/${hostPid}/cgroup`, 'utf8'),
      readFile(`/proc/${hostPid}/uid_map`, 'utf8'),
    ]);
    return groups.includes(containerId) && /^\s*0\s+0\s+4294967295\s*$/.test(uids);
  } catch {
    return false;
  }
}

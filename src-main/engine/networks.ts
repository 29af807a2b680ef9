import type Docker from 'dockerode';
import { engineStatus, translateEngineError } from './engine-errors';
import type { SilenceWatch } from './silence-watch';

/** Docker's own names of the network with a way out and of the one without any. */
const BRIDGE = 'bridge';
const NONE = 'none';
/** How a container's settings name another one in whose network it is (`HostConfig.NetworkMode`). */
export const IN_NETWORK_OF = 'container:';

export interface NetworkFacts {
  /** Whether the container is attached to any network with a way out. */
  attached: boolean;
  /** IPv4 address on the first such network. */
  address?: string;
  /** The engine host's own address on that network. */
  gateway?: string;
  /** Process id of the container's main process on the engine's host; 0 when it does not run. */
  hostPid: number;
  /** The container that owns the network, with which the address goes: itself, or the one it shares it with. */
  ownerId: string;
}

/**
 * What a container can reach, and where it is reached. Where its network is another container's, that one is asked and
 * changed. Every failure is an AppError.
 */
export class Networks {
  constructor(
    private readonly docker: Docker,
    private readonly watch: SilenceWatch,
  ) {}

  /** Undefined when there is no such container. */
  async inspect(containerId: string): Promise<NetworkFacts | undefined> {
    const own = await this.read(containerId);
    if (own === undefined) return undefined;
    const ownerId = networkOwner(own.HostConfig.NetworkMode ?? '') ?? own.Id;
    const owner = ownerId === own.Id ? own : await this.read(ownerId);
    const attached = Object.entries(owner?.NetworkSettings.Networks ?? {}).filter(([name]) => name !== NONE);
    const endpoint = attached.map(([, each]) => each).find((each) => each.IPAddress !== '');
    return {
      attached: attached.length > 0,
      hostPid: own.State.Pid,
      ownerId,
      ...(endpoint === undefined ? {} : { address: endpoint.IPAddress, gateway: endpoint.Gateway }),
    };
  }

  /** Takes every way out from a container, also a paused one; loopback stays. */
  async detach(containerId: string): Promise<void> {
    const { id, networks } = await this.ownerOf(containerId);
    for (const name of networks) {
      if (name !== NONE) await this.disconnect(name, id);
    }
  }

  /** Gives a container Docker's ordinary network. */
  async attach(containerId: string): Promise<void> {
    const { id, networks } = await this.ownerOf(containerId);
    if (networks.some((name) => name !== NONE)) return;
    // The engine refuses a second network while the container is on the empty one.
    if (networks.length > 0) await this.disconnect(NONE, id);
    try {
      await this.docker.getNetwork(BRIDGE).connect({ Container: id });
    } catch (error) {
      throw translateEngineError(error, operation('Could not connect the sandbox to the network'));
    }
  }

  private async ownerOf(containerId: string): Promise<{ id: string; networks: string[] }> {
    try {
      const own = await this.inspectContainer(containerId);
      const ownerId = networkOwner(own.HostConfig.NetworkMode ?? '');
      const owner = ownerId === undefined ? own : await this.inspectContainer(ownerId);
      return { id: owner.Id, networks: Object.keys(owner.NetworkSettings.Networks) };
    } catch (error) {
      throw translateEngineError(error, operation('Could not ask the engine about the network'));
    }
  }

  private async read(containerId: string): Promise<Docker.ContainerInspectInfo | undefined> {
    try {
      return await this.inspectContainer(containerId);
    } catch (error) {
      if (engineStatus(error) === 404) return undefined;
      throw translateEngineError(error, operation('Could not ask the engine about the network'));
    }
  }

  private inspectContainer(id: string): Promise<Docker.ContainerInspectInfo> {
    return this.watch.whileSpokenOf(id, (abortSignal) =>
      this.docker.getContainer(id).inspect({ abortSignal }),
    );
  }

  private async disconnect(name: string, containerId: string): Promise<void> {
    try {
      await this.docker.getNetwork(name).disconnect({ Container: containerId, Force: true });
    } catch (error) {
      throw translateEngineError(error, operation('Could not disconnect the sandbox from the network'));
    }
  }
}

/** The container in whose network one with these settings is; undefined for a network of its own. */
export function networkOwner(networkMode: string): string | undefined {
  return networkMode.startsWith(IN_NETWORK_OF) ? networkMode.slice(IN_NETWORK_OF.length) : undefined;
}

function operation(doing: string): { code: string; doing: string } {
  return { code: 'RUNTIME_ERROR', doing };
}

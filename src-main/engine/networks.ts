import type Docker from 'dockerode';
import { engineStatus, translateEngineError } from './engine-errors';

/** Docker's own names of the network with a way out and of the one without any. */
const BRIDGE = 'bridge';
const NONE = 'none';

export interface NetworkFacts {
  /** Whether the container is attached to any network with a way out. */
  attached: boolean;
  /** IPv4 address on the first such network. */
  address?: string;
  /** The engine host's own address on that network. */
  gateway?: string;
  /** Process id of the container's main process on the engine's host; 0 when it does not run. */
  hostPid: number;
}

/** What a container can reach, and where it is reached. Every failure is an AppError. */
export class Networks {
  constructor(private readonly docker: Docker) {}

  /** Undefined when there is no such container. */
  async inspect(containerId: string): Promise<NetworkFacts | undefined> {
    try {
      const { NetworkSettings, State } = await this.docker.getContainer(containerId).inspect();
      const attached = Object.entries(NetworkSettings.Networks).filter(([name]) => name !== NONE);
      const endpoint = attached.map(([, each]) => each).find((each) => each.IPAddress !== '');
      return {
        attached: attached.length > 0,
        hostPid: State.Pid,
        ...(endpoint === undefined ? {} : { address: endpoint.IPAddress, gateway: endpoint.Gateway }),
      };
    } catch (error) {
      if (engineStatus(error) === 404) return undefined;
      throw translateEngineError(error, operation('Could not ask the engine about the network'));
    }
  }

  /** Takes every way out from a container, also a paused one; loopback stays. */
  async detach(containerId: string): Promise<void> {
    for (const name of await this.namesOf(containerId)) {
      if (name !== NONE) await this.disconnect(name, containerId);
    }
  }

  /** Gives a container Docker's ordinary network. */
  async attach(containerId: string): Promise<void> {
    const names = await this.namesOf(containerId);
    if (names.some((name) => name !== NONE)) return;
    // The engine refuses a second network while the container is on the empty one.
    if (names.length > 0) await this.disconnect(NONE, containerId);
    try {
      await this.docker.getNetwork(BRIDGE).connect({ Container: containerId });
    } catch (error) {
      throw translateEngineError(error, operation('Could not connect the sandbox to the network'));
    }
  }

  private async namesOf(containerId: string): Promise<string[]> {
    try {
      const { NetworkSettings } = await this.docker.getContainer(containerId).inspect();
      return Object.keys(NetworkSettings.Networks);
    } catch (error) {
      throw translateEngineError(error, operation('Could not ask the engine about the network'));
    }
  }

  private async disconnect(name: string, containerId: string): Promise<void> {
    try {
      await this.docker.getNetwork(name).disconnect({ Container: containerId, Force: true });
    } catch (error) {
      throw translateEngineError(error, operation('Could not disconnect the sandbox from the network'));
    }
  }
}

function operation(doing: string): { code: string; doing: string } {
  return { code: 'RUNTIME_ERROR', doing };
}

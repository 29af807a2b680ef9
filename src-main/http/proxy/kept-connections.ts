import { Agent, type ClientRequestArgs } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Changes } from '../../activity/changes';
import type { PortConnector } from '../../exec/port-connector';
import type { SandboxRegistry } from '../../sandboxes/sandbox-registry';

/** Shorter than the 5 s after which common servers hang up on an idle connection, so that few requests meet that. */
const IDLE_CONNECTION_MS = 4_000;

type OnConnection = (error: Error | null, connection: Duplex) => void;

/** Keeps connections into sandboxes open between requests. */
export class KeptConnections {
  private readonly agents = new Map<string, { agent: Agent; containerId: string | undefined }>();

  constructor(
    private readonly ports: PortConnector,
    changes: Changes,
    private readonly registry: SandboxRegistry,
  ) {
    changes.on('sandbox', (id) => {
      if (registry.records.get(id) === undefined) this.forget(id);
    });
  }

  agent(sandboxId: string): Agent {
    const containerId = this.registry.records.get(sandboxId)?.containerId;
    const known = this.agents.get(sandboxId);
    if (known?.containerId === containerId && known !== undefined) return known.agent;
    // A roll back has put another container in the place of the one that these connections lead to.
    this.forget(sandboxId);
    const agent = new SandboxAgent((port) => this.ports.connect(sandboxId, port));
    this.agents.set(sandboxId, { agent, containerId });
    return agent;
  }

  private forget(sandboxId: string): void {
    this.agents.get(sandboxId)?.agent.destroy();
    this.agents.delete(sandboxId);
  }
}

class SandboxAgent extends Agent {
  constructor(private readonly dial: (port: number) => Promise<Duplex>) {
    super({ keepAlive: true, timeout: IDLE_CONNECTION_MS });
  }

  override createConnection(options: ClientRequestArgs, onConnection?: OnConnection): undefined {
    this.dial(Number(options.port)).then(
      (connection) => onConnection?.(null, connection),
      // With an error the agent does not look at the connection.
      (error: unknown) => onConnection?.(error as Error, undefined as unknown as Duplex),
    );
  }
}

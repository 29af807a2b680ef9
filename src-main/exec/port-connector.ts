import { connect as connectTcp, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { EngineMonitor } from '../engine/engine-monitor';
import type { EngineEvent } from '../engine/engine-types';
import { reachableAddress, type ReachableAddress } from './container-address';
import type { ExecOpening } from './exec-opening';
import { openTunnel } from './port-tunnel';
import type { SandboxTarget } from './sandbox-target';

/** A bridge on this machine answers in microseconds; a longer silence means that nothing will come. */
const CONNECT_TIMEOUT_MS = 2_000;
/** A port on which nothing listened a moment ago is not looked for by an exec each time. */
const REFUSED_FOR_MS = 1_000;
/** After any of these the address may be another container's. */
const ADDRESS_ENDING = new Set(['die', 'destroy', 'start', 'restart', 'connect', 'disconnect']);

/** Where one run of a container is reached. */
interface Route {
  target: SandboxTarget;
  /** Undefined where only the tunnel leads in. */
  address: Promise<ReachableAddress | undefined>;
  /** The containers with which the address goes: the sandbox's, and the owner of its network once that is known. */
  goesWith: Set<string>;
  /** Containers that ended while the address was asked for: it may be of their network. Afterwards undefined. */
  endedMeanwhile: Set<string> | undefined;
  refusedUntil: Map<number, number>;
  open: Set<Duplex>;
}

/** Opens connections to ports inside sandboxes, and only there: by the container's address, else through an exec. */
export class PortConnector {
  private readonly routes = new Map<string, Route>();

  constructor(
    private readonly opening: ExecOpening,
    engines: EngineMonitor,
  ) {
    engines.on('event', (event) => this.follow(event));
    engines.on('change', () => {
      for (const sandboxId of [...this.routes.keys()]) this.drop(sandboxId);
    });
  }

  /**
   * A connection to a port of the sandbox. It is cut when the container stops or its network changes.
   * @throws AppError 404, 503 as every way into a sandbox; a system error such as `ECONNREFUSED`
   */
  async connect(sandboxId: string, port: number): Promise<Duplex> {
    const route = this.route(sandboxId);
    const connection = await this.open(route, port);
    route.open.add(connection);
    connection.once('close', () => route.open.delete(connection));
    if (this.routes.get(sandboxId) !== route) connection.destroy();
    return connection;
  }

  /** Cuts every connection and forgets the address. */
  drop(sandboxId: string): void {
    const route = this.routes.get(sandboxId);
    if (route === undefined) return;
    this.routes.delete(sandboxId);
    for (const connection of route.open) connection.destroy();
  }

  close(): void {
    for (const sandboxId of [...this.routes.keys()]) this.drop(sandboxId);
  }

  private route(sandboxId: string): Route {
    const target = this.opening.target(sandboxId);
    const { engine, containerId } = target;
    const known = this.routes.get(sandboxId);
    if (known?.target.containerId === containerId && known.target.engine === engine) return known;
    this.drop(sandboxId);
    const route: Route = {
      target,
      address: reachableAddress(engine, containerId),
      goesWith: new Set([containerId]),
      endedMeanwhile: new Set(),
      refusedUntil: new Map(),
      open: new Set(),
    };
    route.address.then(
      (reachable) => this.learnOwner(route, reachable?.ownerId ?? containerId),
      () => this.drop(sandboxId),
    );
    this.routes.set(sandboxId, route);
    return route;
  }

  private async open(route: Route, port: number): Promise<Duplex> {
    const reachable = await route.address;
    if (reachable === undefined) return openTunnel(this.opening, route.target, port);
    try {
      return await dial(reachable.address, port);
    } catch (error) {
      // Many servers listen on loopback alone, which only the tunnel reaches.
      if ((route.refusedUntil.get(port) ?? 0) > performance.now()) throw error;
      const tunnel = await openTunnel(this.opening, route.target, port);
      tunnel.once('close', () => {
        if (!tunnel.heard) route.refusedUntil.set(port, performance.now() + REFUSED_FOR_MS);
      });
      return tunnel;
    }
  }

  private follow(event: EngineEvent): void {
    if (!ADDRESS_ENDING.has(event.action)) return;
    const containerId = event.type === 'network' ? (event.attributes['container'] ?? '') : event.id;
    for (const route of this.routes.values()) {
      route.endedMeanwhile?.add(containerId);
      if (route.goesWith.has(containerId)) this.drop(route.target.sandboxId);
    }
  }

  private learnOwner(route: Route, ownerId: string): void {
    route.goesWith.add(ownerId);
    const hasEnded = route.endedMeanwhile?.has(ownerId) === true;
    route.endedMeanwhile = undefined;
    if (hasEnded && this.routes.get(route.target.sandboxId) === route) this.drop(route.target.sandboxId);
  }
}

function dial(host: string, port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connectTcp({ host, port, noDelay: true, timeout: CONNECT_TIMEOUT_MS });
    socket.once('timeout', () => socket.destroy(new Error(`No answer from port ${port}`)));
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.setTimeout(0);
      socket.removeAllListeners('timeout');
      socket.off('error', reject);
      // A connection that waits for its next use may be reset; whoever uses it listens for its errors.
      socket.on('error', () => undefined);
      resolve(socket);
    });
  });
}

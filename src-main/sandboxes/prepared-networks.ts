import { readFile } from 'node:fs/promises';
import { Mutex } from 'async-mutex';
import type { Logger } from 'pino';
import type { Changes } from '../activity/changes';
import type { DockerEngine } from '../engine/docker-engine';
import type { EngineMonitor } from '../engine/engine-monitor';
import type { EngineEvent, ListedContainer } from '../engine/engine-types';
import { LABEL_INSTANCE, LABEL_KIND, networkLabels, readLabels } from '../engine/labels';
import { newId } from '../ids';
import type { SandboxRecord, SettingsRecord } from '../store/records';

/** Whoever makes several sandboxes in a row is not to share the engine with a preparation. */
const SETTLE_MS = 500;
/** A machine that had no time is looked at again after this. */
const RETRY_MS = 2_000;
const SWEEP_DELAY_MS = 500;
const MS_PER_MINUTE = 60_000;
/** What of a prepared network makes it other than it was made. */
const ALTERING = new Set(['die', 'destroy', 'pause', 'rename', 'update', 'disconnect']);
/** An engine on this machine writes it into each container at its start. */
const NAME_SERVERS_FILE = '/etc/resolv.conf';

type Network = SandboxRecord['network'];

/** `rested`: while the machine has nothing better to do. The others are for tests and measurements. */
export type Preparing = 'rested' | 'always' | 'never';

/** Reads OPENSANDBOX_PREPARE. */
export function preparingOf(environment: NodeJS.ProcessEnv): Preparing {
  const mode = environment['OPENSANDBOX_PREPARE'];
  return mode === 'always' || mode === 'never' ? mode : 'rested';
}

interface Holder {
  id: string;
  engine: DockerEngine;
  network: Network;
  nameServers: string;
}

/** A network that one create has got for itself; exactly one of the two ends it. */
export interface NetworkLease {
  containerId: string;
  /** A container runs in it, with which it goes from now on. */
  keep(): void;
  /** Nothing runs in it. */
  giveUp(): Promise<void>;
}

export interface PreparedNetworksOptions {
  engines: EngineMonitor;
  changes: Changes;
  instanceId: string;
  settings: () => Pick<SettingsRecord, 'prepareNetworks' | 'preparedNetworks' | 'preparedIdleMinutes'>;
  mode: Preparing;
  /** Whether somebody waits for the engine now. */
  isInDemand: () => boolean;
  /** Whether the machine has time and room to spare. */
  machineRests: () => Promise<boolean>;
  /** What this machine's containers get their name servers from. */
  nameServersFile?: string;
  logger: Logger;
}

/**
 * Keeps the network of the next sandbox ready, because making it is the longest part of a start
 * (docs/decisions/020). Each is of one sandbox, used once, and goes with it. Nobody waits for one: whoever finds none
 * takes the ordinary way.
 */
export class PreparedNetworks {
  private readonly ready: Holder[] = [];
  /** Of creates that are not over. */
  private readonly lent = new Set<string>();
  /** Preparing and sweeping never meet: what is just being made looks like a leftover. */
  private readonly work = new Mutex();
  private lastUse: { network: Network; at: number } | undefined;
  private hasLent = false;
  private closed = false;
  private timer: NodeJS.Timeout | undefined;
  private sweepTimer: NodeJS.Timeout | undefined;

  constructor(private readonly options: PreparedNetworksOptions) {
    const { engines, changes } = options;
    engines.on('event', (event) => this.follow(event));
    engines.on('change', (state) => {
      // Whatever there was is of a connection that has ended; the sweep finds it.
      this.ready.length = 0;
      if (state.state === 'connected') this.sweepSoon();
    });
    changes.on('settings', () => this.tendIn(0));
  }

  /** One for a create on this engine, or undefined. */
  async take(engine: DockerEngine, network: Network): Promise<NetworkLease | undefined> {
    for (;;) {
      const place = this.ready.findIndex((each) => each.engine === engine && each.network === network);
      const [holder] = place < 0 ? [] : this.ready.splice(place, 1);
      if (holder === undefined) return undefined;
      this.lent.add(holder.id);
      this.hasLent = true;
      if (holder.nameServers === (await this.nameServers())) return this.lease(holder);
      // The machine has moved to another network since: a container that is started now would get other servers.
      await this.giveUp(holder);
    }
  }

  /** A sandbox was created, so another one like it may follow. */
  noteUse(network: Network): void {
    this.lastUse = { network, at: performance.now() };
    this.tendIn(SETTLE_MS);
  }

  /** Removes what is ready, and makes no more. */
  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.timer);
    clearTimeout(this.sweepTimer);
    await this.work.runExclusive(() => Promise.all(this.ready.splice(0).map((each) => this.remove(each))));
  }

  private lease(holder: Holder): NetworkLease {
    return {
      containerId: holder.id,
      keep: () => {
        this.lent.delete(holder.id);
        holder.engine.networkHolders
          .keep(holder.id)
          .catch((error: unknown) =>
            this.options.logger.debug({ error }, 'a network will not come back with its engine'),
          );
      },
      giveUp: () => this.giveUp(holder),
    };
  }

  private async giveUp(holder: Holder): Promise<void> {
    await this.remove(holder);
    this.lent.delete(holder.id);
  }

  private tendIn(delayMs: number): void {
    clearTimeout(this.timer);
    if (this.closed) return;
    this.timer = setTimeout(() => {
      this.tend().catch((error: unknown) => {
        this.options.logger.warn({ error }, 'no network could be prepared');
        // Not again by itself: the next create asks anew.
        this.lastUse = undefined;
        this.tendIn(SETTLE_MS);
      });
    }, delayMs);
    this.timer.unref();
  }

  /** Lets go of what is not wanted, makes one of what is, and comes back when there is more to do. */
  private async tend(): Promise<void> {
    const nextMs = await this.work.runExclusive(async () => {
      const wanted = this.wanted();
      await this.dropAllBut(wanted);
      if (wanted === undefined) return undefined;
      if (this.ready.length >= wanted.count) return wanted.idleInMs;
      if (!(await this.mayPrepare())) return Math.min(RETRY_MS, wanted.idleInMs);
      await this.prepare(wanted.network);
      return 0;
    });
    if (nextMs !== undefined) this.tendIn(nextMs);
  }

  private async mayPrepare(): Promise<boolean> {
    const { mode, isInDemand, machineRests } = this.options;
    if (isInDemand()) return false;
    return mode === 'always' || ((await machineRests()) && !isInDemand());
  }

  private wanted(): { network: Network; count: number; idleInMs: number } | undefined {
    const { prepareNetworks, preparedNetworks, preparedIdleMinutes } = this.options.settings();
    const { lastUse } = this;
    if (this.closed || !prepareNetworks || this.options.mode === 'never' || lastUse === undefined)
      return undefined;
    if (this.options.engines.current.state !== 'connected') return undefined;
    const idleInMs = lastUse.at + preparedIdleMinutes * MS_PER_MINUTE - performance.now();
    return idleInMs > 0 ? { network: lastUse.network, count: preparedNetworks, idleInMs } : undefined;
  }

  private async dropAllBut(wanted: { network: Network; count: number } | undefined): Promise<void> {
    const all = this.ready.splice(0);
    const kept = all.filter((each) => each.network === wanted?.network).slice(0, wanted?.count ?? 0);
    this.ready.push(...kept);
    await Promise.all(all.filter((each) => !kept.includes(each)).map((each) => this.remove(each)));
  }

  private async prepare(network: Network): Promise<void> {
    const engine = this.options.engines.require();
    const id = newId('net');
    const servers = await this.nameServers();
    const containerId = await engine.networkHolders.start({
      name: `opensandbox-${id}`,
      network,
      labels: networkLabels(id, this.options.instanceId),
    });
    if (containerId === undefined) throw new Error('there is no waiting program for the engine’s processor');
    const holder: Holder = { id: containerId, engine, network, nameServers: servers };
    const { current } = this.options.engines;
    const isStale = current.state !== 'connected' || current.engine !== engine;
    if (isStale) await this.remove(holder);
    else this.ready.push(holder);
  }

  private follow(event: EngineEvent): void {
    const containerId = event.type === 'network' ? event.attributes['container'] : event.id;
    const altered = this.ready.findIndex((each) => each.id === containerId);
    if (altered >= 0 && ALTERING.has(event.action)) {
      const [holder] = this.ready.splice(altered, 1);
      if (holder !== undefined) void this.remove(holder).then(() => this.tendIn(SETTLE_MS));
    }
    if (event.attributes[LABEL_INSTANCE] !== this.options.instanceId) return;
    const kind = event.attributes[LABEL_KIND];
    const mayLeaveOne = this.hasLent && kind === 'sandbox' && event.action === 'destroy';
    // Also one that an engine makes long after the request for it was given up.
    if (mayLeaveOne || (kind === 'network' && event.action === 'start')) this.sweepSoon();
  }

  private sweepSoon(): void {
    clearTimeout(this.sweepTimer);
    if (this.closed) return;
    this.sweepTimer = setTimeout(() => {
      this.sweep().catch((error: unknown) =>
        this.options.logger.warn({ error }, 'networks that nothing uses could not be removed now'),
      );
    }, SWEEP_DELAY_MS);
    this.sweepTimer.unref();
  }

  /** Removes what no container runs in: left by a crash, an outage, or a container that went past this server. */
  private async sweep(): Promise<void> {
    const { engines, instanceId } = this.options;
    await this.work.runExclusive(async () => {
      const { current } = engines;
      if (this.closed || current.state !== 'connected') return;
      // Before the list is read: what is taken meanwhile has its container only afterwards.
      const own = new Set([...this.ready.map(({ id }) => id), ...this.lent]);
      const found = await current.engine.containers.list(`${LABEL_INSTANCE}=${instanceId}`);
      const listed = new Set(found.map(({ networkContainerId }) => networkContainerId));
      const holders = found.filter(isHolder);
      const doubtful = holders.filter(({ id }) => !own.has(id) && !listed.has(id));
      if (holders.some(({ id }) => listed.has(id))) this.hasLent = true;
      if (doubtful.length === 0) return;
      const used = await ownersOf(
        current.engine,
        found.filter((each) => !isHolder(each)),
      );
      for (const { id } of doubtful) {
        if (used.has(id)) this.hasLent = true;
        else await current.engine.networkHolders.remove(id);
      }
    });
  }

  /** What a container that is started now would get, as far as this machine can tell; empty where it cannot. */
  private async nameServers(): Promise<string> {
    try {
      return await readFile(this.options.nameServersFile ?? NAME_SERVERS_FILE, 'utf8');
    } catch {
      return '';
    }
  }

  /** Never throws: what cannot be removed now is swept when the engine is back. */
  private async remove(holder: Holder): Promise<void> {
    try {
      await holder.engine.networkHolders.remove(holder.id);
    } catch (error) {
      this.options.logger.warn({ error }, 'a prepared network could not be removed now');
    }
  }
}

function isHolder({ labels }: ListedContainer): boolean {
  return readLabels(labels)?.kind === 'network';
}

/** In whose networks these are; not every engine says it in a list (Podman does not). */
async function ownersOf(engine: DockerEngine, containers: readonly ListedContainer[]): Promise<Set<string>> {
  const owners = new Set<string>();
  for (const { id } of containers) {
    const facts = await engine.networks.inspect(id);
    if (facts !== undefined) owners.add(facts.ownerId);
  }
  return owners;
}

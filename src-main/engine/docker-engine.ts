import Docker from 'dockerode';
import { AppError } from '../errors';
import { Archives } from './archives';
import { containerSurroundings, type ContainerSurroundings } from './container-surroundings';
import { Containers } from './containers';
import { containerLogs, type ContainerLogLine } from './container-logs';
import { ContainerReports } from './container-report';
import { ContainerStats } from './container-stats';
import { connectionOptions } from './discovery-connection';
import { endCallsWhenLost } from './ending-calls';
import { engineUnavailable, engineMessage } from './engine-errors';
import { parseEvent } from './engine-events';
import type { EngineEvent, EngineInfo, LogOptions } from './engine-types';
import { Execs } from './exec';
import { FilesystemFacts } from './filesystem-facts';
import { FreezeGate } from './freeze-gate';
import { imageHolders, type ImageHolder } from './image-holders';
import { Images } from './images';
import { jsonLines } from './json-stream';
import { NetworkHolders } from './network-holders';
import { Networks } from './networks';
import { Registries } from './registries';
import { SilenceWatch, type SilenceListener, type SilenceTimes } from './silence-watch';
import { Volumes } from './volumes';

const MILLIS_PER_SECOND = 1000;
/** Docker keeps the last 256 events, in memory only (moby, daemon/events); some room for those that come meanwhile. */
const REMEMBERED_EVENTS = 240;

/** What a connection may be told, and tells. */
export interface ConnectOptions {
  /** Ends all calls, now and later, with its reason. */
  lost?: AbortSignal;
  onSilent?: SilenceListener;
  silenceTimes?: SilenceTimes | undefined;
}

/** One reachable Docker engine. Everything else of the product speaks to Docker through this. */
export class DockerEngine {
  readonly archives: Archives;
  readonly containers: Containers;
  readonly reports: ContainerReports;
  readonly stats: ContainerStats;
  readonly images: Images;
  readonly execs: Execs;
  readonly filesystems: FilesystemFacts;
  readonly networkHolders: NetworkHolders;
  readonly networks: Networks;
  readonly registries: Registries;
  readonly volumes: Volumes;

  private constructor(
    private readonly docker: Docker,
    readonly endpoint: string,
    readonly info: EngineInfo,
    watch: SilenceWatch,
  ) {
    this.archives = new Archives(docker);
    const gate = new FreezeGate();
    this.containers = new Containers(docker, gate, watch);
    this.reports = new ContainerReports(docker);
    this.stats = new ContainerStats(docker);
    this.images = new Images(docker, gate, watch);
    this.execs = new Execs(docker, gate);
    this.filesystems = new FilesystemFacts(docker, watch);
    this.networkHolders = new NetworkHolders(docker, this.images, info.architecture);
    this.networks = new Networks(docker, watch);
    this.registries = new Registries(docker, this.images);
    this.volumes = new Volumes(docker);
  }

  /**
   * Connects and asks who answers.
   * @throws AppError 503 `DOCKER::INITIALIZATION_ERROR`
   */
  static async connect(
    endpoint: string,
    environment: NodeJS.ProcessEnv,
    { lost, onSilent, silenceTimes }: ConnectOptions = {},
  ): Promise<DockerEngine> {
    // No agent of our own: docker-modem inspects one deeply on every request (docs/decisions/003).
    const docker = new Docker(connectionOptions(endpoint, environment));
    if (lost !== undefined) endCallsWhenLost(docker, lost);
    try {
      // dockerode types the answer of GET /info as any; only these fields are read.
      const asking = docker.info() as Promise<AnsweredInfo>;
      const [info, version] = await Promise.all([asking, docker.version()]);
      const told = {
        id: engineId(info, version, endpoint),
        name: info.Name ?? 'Docker',
        version: version.Version,
        apiVersion: version.ApiVersion,
        architecture: version.Arch,
        ...(info.NCPU === undefined ? {} : { cpus: info.NCPU }),
        ...(info.MemTotal === undefined ? {} : { memoryBytes: info.MemTotal }),
      };
      return new DockerEngine(docker, endpoint, told, new SilenceWatch(docker, onSilent, silenceTimes));
    } catch (error) {
      if (error instanceof AppError) throw error;
      throw engineUnavailable(engineMessage(error), error);
    }
  }

  /** Whether the engine speaks at least this version of the Docker API, such as `1.45`. */
  supportsApi(version: string): boolean {
    const [major = 0, minor = 0] = this.info.apiVersion.split('.').map(Number);
    const [wantedMajor = 0, wantedMinor = 0] = version.split('.').map(Number);
    return major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
  }

  /** Everything that keeps images on the engine. */
  imageHolders(): Promise<ImageHolder[]> {
    return imageHolders(this.docker);
  }

  /** What a container has besides its own filesystem; undefined when there is no such container. */
  surroundings(containerId: string): Promise<ContainerSurroundings | undefined> {
    return containerSurroundings(this.docker, containerId);
  }

  /** Lines that the container's main process wrote. */
  logs(containerId: string, options: LogOptions): AsyncGenerator<ContainerLogLine> {
    return containerLogs(this.docker, containerId, options);
  }

  /**
   * Events of containers, images, volumes and networks from now on (`GET /events`). Ends when the engine goes or the signal
   * aborts; `opened` is called once the engine has accepted the subscription, so that nothing after it is missed.
   */
  async *events(signal: AbortSignal, opened: () => void): AsyncGenerator<EngineEvent> {
    const stream = await this.docker.getEvents({
      filters: { type: ['container', 'image', 'volume', 'network'] },
      abortSignal: signal,
    });
    opened();
    for await (const entry of jsonLines(stream)) yield parseEvent(entry);
  }

  /**
   * The latest events of a container that the engine remembers, oldest first.
   * @returns undefined when it remembers so many events that older ones may have been pushed out.
   */
  async rememberedEvents(containerId: string): Promise<EngineEvent[] | undefined> {
    const stream = await this.docker.getEvents({
      since: 1,
      until: Math.floor(Date.now() / MILLIS_PER_SECOND) + 1,
    });
    const events: EngineEvent[] = [];
    for await (const entry of jsonLines(stream)) events.push(parseEvent(entry));
    return events.length >= REMEMBERED_EVENTS ? undefined : events.filter((each) => each.id === containerId);
  }
}

interface AnsweredInfo {
  ID?: string;
  Name?: string;
  DockerRootDir?: string;
  NCPU?: number;
  MemTotal?: number;
}

/**
 * What tells this engine from others and stays the same when it restarts. The `ID` alone does not: Docker before 23
 * takes it from a key that all engines of a machine share, and Podman makes up a new one for every answer.
 */
function engineId(info: AnsweredInfo, version: Docker.DockerVersion, endpoint: string): string {
  // Engines before 18.06 do not send it, whatever the typings say.
  const components = version.Components as Docker.DockerVersion['Components'] | undefined;
  const isPodman = components?.some((each) => each.Name.startsWith('Podman'));
  const id = isPodman === true ? info.Name : info.ID;
  return `${id ?? endpoint}@${info.DockerRootDir ?? ''}`;
}

import type Docker from 'dockerode';
import { AppError } from '../errors';
import { engineStatus, isGoneAnyway, translateEngineError } from './engine-errors';
import type {
  ContainerFacts,
  ContainerSettings,
  ContainerSpec,
  Inspection,
  ListedContainer,
  MountSpec,
} from './engine-types';
import type { FreezeGate } from './freeze-gate';
import { IN_NETWORK_OF, networkOwner } from './networks';
import { inspectContainer, phaseOf, queryFailed, type SilenceWatch } from './silence-watch';

/** CONTRACT.md 2.2: what the reference server drops from every sandbox. */
const DROPPED_CAPABILITIES = [
  'AUDIT_WRITE',
  'MKNOD',
  'NET_ADMIN',
  'NET_RAW',
  'SYS_ADMIN',
  'SYS_MODULE',
  'SYS_PTRACE',
  'SYS_TIME',
  'SYS_TTY_CONFIG',
];
const PIDS_LIMIT = 4096;
/** The engine has no such image at all, or none for the platform that was asked for. */
const IMAGE_MISSING = /no such image|does not match the specified platform/i;

/**
 * Container calls of the Docker API. Every failure is an AppError; whatever asks about a container or changes it fails
 * with 503 once the engine no longer speaks of that one ({@link SilenceWatch.whileSpokenOf}).
 */
export class Containers {
  constructor(
    private readonly docker: Docker,
    private readonly gate: FreezeGate,
    private readonly watch: SilenceWatch,
  ) {}

  /**
   * Creates a container (`POST /containers/create`) without starting it.
   * @returns its id, or undefined when the image is not on this engine.
   */
  async create(spec: ContainerSpec): Promise<string | undefined> {
    try {
      const container = await this.docker.createContainer({
        name: spec.name,
        ...(spec.platform === undefined ? {} : { platform: spec.platform }),
        Image: spec.image,
        // The whole command goes in as entrypoint with an empty Cmd: only then can a later commit reset both to
        // the base image's, because the engine fills an empty Cmd of the commit from the container's.
        Entrypoint: spec.entrypoint,
        Cmd: [],
        Env: spec.env,
        Labels: spec.labels,
        HostConfig: hostConfig(spec),
      });
      return container.id;
    } catch (error) {
      // 404 is also what a missing network or runtime answers; only the image can be cured by a pull.
      if (engineStatus(error) === 404 && IMAGE_MISSING.test(String(error))) return undefined;
      throw translateEngineError(error, startFailed);
    }
  }

  /** `POST /containers/{id}/start`. A command that does not exist in the image fails here, by the engine's words. */
  async start(id: string): Promise<void> {
    try {
      await this.docker.getContainer(id).start();
    } catch (error) {
      const translated = translateEngineError(error, startFailed);
      // The runtime answers 400 for a command it cannot run: to our caller that is the entrypoint's fault.
      throw translated.status === 400
        ? new AppError(400, 'DOCKER::INVALID_ENTRYPOINT', translated.message, { cause: error })
        : translated;
    }
  }

  /** Undefined when there is no such container. */
  async inspect(id: string): Promise<ContainerFacts | undefined> {
    return this.watch.whileSpokenOf(id, (givenUp) => inspectContainer(this.docker, id, givenUp));
  }

  /**
   * As {@link inspect}, for whoever must not wait for one container: an engine that answers everything else may say
   * nothing of one that it waits for itself, for ever where Docker 20.10 began an exec beside a freeze.
   */
  inspectSoon(id: string): Promise<Inspection> {
    return this.watch.inspectSoon(id);
  }

  /** What processes of the container start with; undefined when there is no such container. */
  async settings(id: string): Promise<ContainerSettings | undefined> {
    try {
      const { Config: config } = await this.watch.whileSpokenOf(id, (abortSignal) =>
        this.docker.getContainer(id).inspect({ abortSignal }),
      );
      return {
        env: config.Env,
        user: config.User,
        workingDir: config.WorkingDir,
        hostname: config.Hostname,
      };
    } catch (error) {
      if (engineStatus(error) === 404) return undefined;
      throw translateEngineError(error, queryFailed);
    }
  }

  /** All containers that carry the label, running or not. */
  async list(label: string): Promise<ListedContainer[]> {
    try {
      const found = await this.docker.listContainers({ all: true, filters: { label: [label] } });
      return found.map((each) => ({
        id: each.Id,
        name: each.Names[0]?.replace(/^\//, '') ?? '',
        labels: each.Labels,
        phase: phaseOf(each.State),
        ...networkOwnerOf(each.HostConfig.NetworkMode),
      }));
    } catch (error) {
      throw translateEngineError(error, queryFailed);
    }
  }

  async pause(id: string): Promise<void> {
    await this.act(() => this.gate.freeze(id, () => this.freeze(id)), ...pauseFailed);
  }

  async unpause(id: string): Promise<void> {
    await this.act(
      () =>
        this.watch.whileSpokenOf(id, (abortSignal) => this.docker.getContainer(id).unpause({ abortSignal })),
      'DOCKER::SANDBOX_RESUME_FAILED',
      'Could not resume the sandbox',
    );
  }

  /**
   * Does the work while the container is frozen, and while no process is being started in it. One that is frozen
   * already, or does not run, is left as it was found.
   */
  async whileFrozen<T>(id: string, work: () => Promise<T>): Promise<T> {
    return this.gate.freeze(id, async () => {
      const container = await this.inspect(id);
      if (container?.phase !== 'running') return work();
      await this.act(() => this.freeze(id), ...pauseFailed);
      try {
        return await work();
      } finally {
        await this.unpause(id);
      }
    });
  }

  /** `POST /containers/{id}/rename`. */
  async rename(id: string, name: string): Promise<void> {
    await this.act(
      () =>
        this.watch.whileSpokenOf(id, (abortSignal) =>
          this.docker.getContainer(id).rename({ name, abortSignal }),
        ),
      'DOCKER::SANDBOX_START_FAILED',
      'Could not rename the container of the sandbox',
    );
  }

  /** Kills and removes with anonymous volumes; a container that is gone already, or going, is fine. */
  async remove(id: string): Promise<void> {
    try {
      await this.watch.whileSpokenOf(id, (abortSignal) =>
        this.docker.getContainer(id).remove({ force: true, v: true, abortSignal }),
      );
    } catch (error) {
      if (isGoneAnyway(error)) return;
      throw translateEngineError(error, {
        code: 'DOCKER::SANDBOX_DELETE_FAILED',
        doing: 'Could not delete the sandbox',
      });
    }
  }

  /** The filesystem as one tar (`GET /containers/{id}/export`), without mounts. */
  async export(id: string): Promise<NodeJS.ReadableStream> {
    try {
      return await this.watch.whileSpokenOf(id, (abortSignal) =>
        this.docker.getContainer(id).export({ abortSignal }),
      );
    } catch (error) {
      throw translateEngineError(error, queryFailed);
    }
  }

  private freeze(id: string): Promise<unknown> {
    // dockerode types the answer as any.
    return this.watch.whileSpokenOf(
      id,
      (abortSignal) => this.docker.getContainer(id).pause({ abortSignal }) as Promise<unknown>,
    );
  }

  private async act(call: () => Promise<unknown>, code: string, doing: string): Promise<void> {
    try {
      await call();
    } catch (error) {
      throw translateEngineError(error, { code, doing });
    }
  }
}

const pauseFailed = ['DOCKER::SANDBOX_PAUSE_FAILED', 'Could not pause the sandbox'] as const;
const startFailed = { code: 'DOCKER::SANDBOX_START_FAILED', doing: 'Could not start the sandbox' };

function hostConfig(spec: ContainerSpec): Docker.HostConfig {
  return {
    SecurityOpt: ['no-new-privileges'],
    CapDrop: DROPPED_CAPABILITIES,
    PidsLimit: PIDS_LIMIT,
    NetworkMode:
      typeof spec.network === 'string' ? spec.network : `${IN_NETWORK_OF}${spec.network.containerId}`,
    Mounts: spec.mounts.map(mountConfig),
    ...(spec.nanoCpus === undefined ? {} : { NanoCpus: spec.nanoCpus }),
    ...(spec.memoryBytes === undefined ? {} : { Memory: spec.memoryBytes }),
    ...(spec.gpus === undefined ? {} : { DeviceRequests: [{ Count: spec.gpus, Capabilities: [['gpu']] }] }),
  };
}

function mountConfig(mount: MountSpec): Docker.MountSettings {
  const settings = {
    Type: mount.type,
    Source: mount.source,
    Target: mount.target,
    ReadOnly: mount.readOnly,
    ...(mount.subPath === undefined ? {} : { VolumeOptions: { Subpath: mount.subPath } }),
  };
  // The typings ask for every volume option; the API takes any subset.
  return settings as Docker.MountSettings;
}

function networkOwnerOf(networkMode: string): { networkContainerId?: string } {
  const networkContainerId = networkOwner(networkMode);
  return networkContainerId === undefined ? {} : { networkContainerId };
}

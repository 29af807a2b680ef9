import { Readable } from 'node:stream';
import type Docker from 'dockerode';
import { pack } from 'tar-stream';
import { isGoneAnyway, translateEngineError } from './engine-errors';
import type { Images } from './images';
import { pauseProgram } from './pause-program';

export const HOLDER_REPOSITORY = 'opensandbox/network';
/** Holds one program that waits; the same for every server on the engine. */
export const HOLDER_IMAGE = `${HOLDER_REPOSITORY}:1`;
const PROGRAM = 'pause';
const NOBODY = '65534:65534';
/** What the runtime needs while it starts the program; that itself needs next to nothing. */
const MEMORY_BYTES = 32 * 2 ** 20;
const PROCESSES = 16;
const making = { code: 'DOCKER::SANDBOX_START_FAILED', doing: 'Could not prepare a network' };

export interface HolderSpec {
  name: string;
  network: 'bridge' | 'none';
  labels: Record<string, string>;
}

/**
 * Containers that do nothing but own a network namespace, which another container starts in. Making the namespace is
 * the longest part of a start (docs/decisions/020). Every failure is an AppError.
 */
export class NetworkHolders {
  constructor(
    private readonly docker: Docker,
    private readonly images: Images,
    private readonly architecture: string,
  ) {}

  /**
   * Makes a holder and starts it.
   * @returns its id; undefined on an engine whose processor is not known here. Nothing is left of one that failed.
   */
  async start(spec: HolderSpec): Promise<string | undefined> {
    const program = pauseProgram(this.architecture);
    if (program === undefined) return undefined;
    if ((await this.images.inspect(HOLDER_IMAGE)) === undefined) await this.makeImage(program);
    try {
      const container = await this.docker.createContainer({
        name: spec.name,
        Image: HOLDER_IMAGE,
        Entrypoint: [`/${PROGRAM}`],
        Cmd: [],
        User: NOBODY,
        Labels: spec.labels,
        HostConfig: {
          NetworkMode: spec.network,
          CapDrop: ['ALL'],
          SecurityOpt: ['no-new-privileges'],
          ReadonlyRootfs: true,
          PidsLimit: PROCESSES,
          Memory: MEMORY_BYTES,
          LogConfig: { Type: 'none', Config: {} },
        },
      });
      await this.startOrRemove(container);
      return container.id;
    } catch (error) {
      throw translateEngineError(error, making);
    }
  }

  /**
   * From now on the holder comes back with the engine, so that a sandbox that is started again by hand finds its
   * network (`POST /containers/{id}/update`).
   */
  async keep(id: string): Promise<void> {
    try {
      await this.docker.getContainer(id).update({ RestartPolicy: { Name: 'always', MaximumRetryCount: 0 } });
    } catch (error) {
      throw translateEngineError(error, making);
    }
  }

  /** Removes a holder; one that is gone already is fine. */
  async remove(id: string): Promise<void> {
    try {
      await this.docker.getContainer(id).remove({ force: true, v: true });
    } catch (error) {
      if (isGoneAnyway(error)) return;
      throw translateEngineError(error, { ...making, doing: 'Could not remove a prepared network' });
    }
  }

  private async startOrRemove(container: Docker.Container): Promise<void> {
    try {
      await container.start();
    } catch (error) {
      await container.remove({ force: true, v: true });
      throw error;
    }
  }

  private async makeImage(program: Buffer): Promise<void> {
    const tar = pack();
    tar.entry({ name: PROGRAM, mode: 0o755 }, program);
    tar.finalize();
    const message = 'Waits, so that a sandbox finds its network ready. Made by OpenSandbox Desktop';
    await this.images.import(Readable.from(tar, { objectMode: false }), { name: HOLDER_IMAGE, message });
  }
}

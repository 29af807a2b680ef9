import type Docker from 'dockerode';
import { execIn } from '../../support/docker';
import type { Product } from './product';

/** Marks what the bench makes past the product, so that it can be removed. */
const LABEL_BENCH = 'opensandbox-bench';
export const BARE_REPOSITORY = 'opensandbox-bench';

/** The same work as the product's, by the fewest calls of the Docker API that do it. */
export class BareEngine {
  private made = 0;

  /** @param hostConfig of a container that the product made, so that both ask the engine for the same. */
  private constructor(
    private readonly docker: Docker,
    private readonly hostConfig: Docker.HostConfig,
  ) {}

  /** One that makes containers with the very settings of the product's. */
  static async like(product: Product, docker: Docker): Promise<BareEngine> {
    const pattern = await product.create();
    const { HostConfig: hostConfig } = await docker.getContainer(product.containerOf(pattern)).inspect();
    await product.removeSandbox(pattern);
    return new BareEngine(docker, hostConfig);
  }

  /** `POST /containers/create`, `POST /containers/{id}/start`. */
  async create(image: string, entrypoint: string[]): Promise<string> {
    const container = await this.docker.createContainer({
      Image: image,
      Entrypoint: entrypoint,
      Cmd: [],
      Labels: { [LABEL_BENCH]: '1' },
      HostConfig: this.hostConfig,
    });
    await container.start();
    return container.id;
  }

  /** `POST /commit`; answers the image's id. */
  async commit(containerId: string, pause = true): Promise<string> {
    this.made += 1;
    const made = (await this.docker.getContainer(containerId).commit({
      pause,
      repo: BARE_REPOSITORY,
      tag: String(this.made),
    })) as { Id: string };
    return made.Id;
  }

  async removeContainer(id: string): Promise<void> {
    await this.docker.getContainer(id).remove({ force: true, v: true });
  }

  async removeImage(id: string): Promise<void> {
    await this.docker.getImage(id).remove({ force: true });
  }

  /** Whatever the bench left behind. */
  async removeAll(): Promise<void> {
    const containers = await this.docker.listContainers({ all: true, filters: { label: [LABEL_BENCH] } });
    await Promise.all(containers.map((each) => this.removeContainer(each.Id)));
    const images = await this.docker.listImages({
      filters: JSON.stringify({ reference: [BARE_REPOSITORY] }),
    });
    await Promise.all(images.map((each) => this.removeImage(each.Id)));
  }

  /** Fills a file with bytes that no filesystem can shorten. */
  async writeRandom(containerId: string, path: string, mebibytes: number): Promise<void> {
    await execIn(this.docker, containerId, [
      'dd',
      'if=/dev/urandom',
      `of=${path}`,
      'bs=1M',
      `count=${mebibytes}`,
    ]);
  }

  /** A small change, other bytes each time. */
  async touch(containerId: string, round: number): Promise<void> {
    await execIn(this.docker, containerId, ['sh', '-c', `echo ${round} > /change`]);
  }
}

import { expect, it } from 'vitest';
import { discoverEngine } from '../../../src-main/engine/discovery';
import { DockerEngine } from '../../../src-main/engine/docker-engine';
import { BUSYBOX_IMAGE, connectDocker, ensureBaseImages } from '../../support/docker';

it('tells of an image that was deleted before its layers were read, as of nothing that is there', async () => {
  const docker = await connectDocker();
  await ensureBaseImages(docker);
  const container = await docker.createContainer({ Image: BUSYBOX_IMAGE, Cmd: ['true'] });
  // The engine names the new image in its answer, which the typings leave open.
  const { Id: gone } = (await container.commit()) as { Id: string };
  await container.remove();
  await docker.getImage(gone).remove();
  const { chosen } = await discoverEngine(process.env, process.platform);
  const engine = await DockerEngine.connect(chosen?.endpoint ?? '', process.env);
  for (const image of [gone, 'opensandbox-test/gone:latest']) {
    await expect(engine.filesystems.saveImages([image])).rejects.toMatchObject({
      status: 404,
      code: 'DOCKER::IMAGE_FAILED',
    });
  }
});

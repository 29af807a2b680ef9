import type Docker from 'dockerode';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { discoverEngine } from '../../../src-main/engine/discovery';
import { DockerEngine } from '../../../src-main/engine/docker-engine';
import { BUSYBOX_IMAGE, connectDocker, ensureBaseImages } from '../../support/docker';

const ROUNDS = 5;
const FREEZE_DEADLINE_MS = 60_000;

let docker: Docker;
let engine: DockerEngine;
let container: Docker.Container;
beforeAll(async () => {
  docker = await connectDocker();
  await ensureBaseImages(docker);
  const { chosen } = await discoverEngine(process.env, process.platform);
  engine = await DockerEngine.connect(chosen?.endpoint ?? '', process.env);
  container = await docker.createContainer({ Image: BUSYBOX_IMAGE, Cmd: ['tail', '-f', '/dev/null'] });
  await container.start();
});
afterAll(() => container.remove({ force: true }));

describe('a process that is on its way into a container', () => {
  it('is not taken for one that has ended', async () => {
    const exec = await container.exec({ Cmd: ['sh', '-c', 'exit 3'], AttachStdout: true });
    expect(await engine.execs.inspect(exec.id)).toMatchObject({ hasEnded: false, hostPid: 0 });
    const output = await exec.start({});
    for await (const chunk of output) expect(chunk).toBeUndefined();
    expect(await engine.execs.inspect(exec.id)).toMatchObject({ hasEnded: true, exitCode: 3 });
  });

  it(
    'is waited for by a freeze, though whoever started it has hung up',
    async () => {
      let frozen = 0;
      for (let round = 0; round < ROUNDS; round += 1) {
        const options = { command: ['sleep', '1'] };
        const started = await Promise.all([1, 2, 3].map(() => engine.execs.open(container.id, options)));
        for (const streams of started) streams.destroy();
        await engine.containers.whileFrozen(container.id, () => Promise.resolve((frozen += 1)));
      }
      expect(frozen).toBe(ROUNDS);
      expect((await container.inspect()).State.Paused).toBe(false);
    },
    ROUNDS * FREEZE_DEADLINE_MS,
  );
});

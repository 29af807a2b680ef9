import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packStarterFilesystem } from '../../src-main/engine/starter-filesystem';
import { findStaticBusybox } from '../../src-main/engine/static-busybox';
import { execIn } from '../support/docker';
import { createTestBackend, TEST_API_KEY, type TestBackend } from '../support/test-backend';

const MIB = 2 ** 20;
const NAME = `opensandbox-test/imported-${process.pid}:latest`;

let test: TestBackend;
beforeAll(async () => {
  test = await createTestBackend();
});
afterAll(async () => {
  await test.docker
    .getImage(NAME)
    .remove({ force: true })
    .catch(() => undefined);
  await test.dispose();
});

async function importTar(
  tar: Buffer,
  name = NAME,
): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await test.backend.http.inject({
    method: 'POST',
    url: `/v1/desktop/images/import?name=${encodeURIComponent(name)}`,
    headers: {
      'open-sandbox-api-key': TEST_API_KEY,
      host: 'localhost:8080',
      'content-type': 'application/x-tar',
    },
    payload: tar,
  });
  return { status: response.statusCode, body: response.json() };
}

async function isThere(): Promise<boolean> {
  const { body } = await test.call<{ items: { name: string }[] }>('GET', '/v1/desktop/images');
  return JSON.stringify(body).includes(NAME);
}

describe('a root filesystem tar', () => {
  it('that grows to many times its size is refused, and leaves nothing', async () => {
    const tar = pack();
    tar.entry({ name: 'zeros' }, Buffer.alloc(100 * MIB));
    tar.finalize();
    const { body } = await importTar(gzipSync(await buffer(tar)));
    expect(body).toMatchObject({
      state: 'Failed',
      error: {
        code: 'SANDBOX::INVALID_PARAMETER',
        message: expect.stringMatching(/send it plain/) as string,
      },
    });
    expect(await isThere()).toBe(false);
  });

  it('never takes the place of a snapshot', async () => {
    const { id } = await test.createSandbox();
    const snapshot = await test.takeSnapshot(id);
    const image = `opensandbox-snapshots:${snapshot.id}`;
    const before = await test.docker.getImage(image).inspect();
    const tar = pack();
    tar.entry({ name: 'other' }, 'content');
    tar.finalize();
    const content = await buffer(tar);
    const tasks = async () => (await test.call('GET', '/v1/desktop/tasks')).body;
    const tasksBefore = await tasks();
    for (const name of [image, `docker.io/library/${image}`, 'not..a name']) {
      const answers = [await importTar(content, name)];
      answers.push(await test.call('POST', '/v1/desktop/images/pull', { uri: name }));
      for (const answer of answers)
        expect(answer).toMatchObject({ status: 400, body: { code: 'SANDBOX::INVALID_PARAMETER' } });
    }
    expect(await tasks()).toEqual(tasksBefore);
    expect((await test.docker.getImage(image).inspect()).Id).toBe(before.Id);
    await test.call('DELETE', `/v1/snapshots/${snapshot.id}`);
    await test.call('DELETE', `/v1/sandboxes/${id}`);
  });

  it('becomes an image from which a sandbox starts', async () => {
    const busybox = (await findStaticBusybox()) ?? '';
    const { body } = await importTar(gzipSync(await buffer(await packStarterFilesystem(busybox))));
    expect(body).toMatchObject({ state: 'Succeeded', result: { image: NAME } });
    expect(await isThere()).toBe(true);
    const { id } = await test.createSandbox({ image: { uri: NAME } });
    const container = test.containerOf(id);
    expect(await execIn(test.docker, container, ['echo', 'it runs'])).toBe('it runs\n');
    await test.call('DELETE', `/v1/sandboxes/${id}`);
  });
});

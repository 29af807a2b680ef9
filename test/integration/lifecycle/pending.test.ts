import { afterAll, beforeAll, expect, it } from 'vitest';
import { BUSYBOX_IMAGE } from '../../support/docker';
import type { SandboxAnswer, TestBackend } from '../../support/test-backend';
import { waitFor } from '../../support/wait-for';
import { createNetworklessBackend } from './networkless';
import { startSlowRegistry, type SlowRegistry } from './slow-registry';

let test: TestBackend;
let pulled: SlowRegistry;
let missing: SlowRegistry;
let abandoned: SlowRegistry;
beforeAll(async () => {
  test = await createNetworklessBackend();
  pulled = await startSlowRegistry(test.docker, BUSYBOX_IMAGE, 'opensandbox-test/pulled');
  missing = await startSlowRegistry(test.docker, BUSYBOX_IMAGE, 'opensandbox-test/missing');
  abandoned = await startSlowRegistry(test.docker, BUSYBOX_IMAGE, 'opensandbox-test/abandoned');
});
afterAll(async () => {
  for (const registry of [pulled, missing, abandoned]) registry.close();
  await test.dispose();
  for (const registry of [pulled, abandoned]) {
    await test.docker
      .getImage(registry.image)
      .remove({ force: true })
      .catch(() => undefined);
  }
});

const get = (id: string) => test.call<SandboxAnswer>('GET', `/v1/sandboxes/${id}`);

/** Waits for the sandbox to leave Pending. */
function settled(id: string): Promise<SandboxAnswer> {
  return waitFor(`${id} to be provisioned`, async () => {
    const { body } = await get(id);
    return body.status.state === 'Pending' ? undefined : body;
  });
}

it('answers Pending when a pull takes long, and keeps what is asked of the sandbox meanwhile', async () => {
  const [first, second, third] = await Promise.all(
    [pulled, missing, abandoned].map((registry) =>
      test.createSandbox({ image: { uri: registry.image }, timeout: 600, metadata: { a: '1' } }),
    ),
  );
  if (first === undefined || second === undefined || third === undefined) throw new Error('Three were made.');
  expect(first.status).toMatchObject({ state: 'Pending', reason: 'CONTAINER_STARTING' });
  for (const port of [44772, 18080]) {
    expect((await test.call('GET', `/v1/sandboxes/${first.id}/endpoints/${port}`)).status).toBe(200);
  }
  expect((await test.call('POST', `/v1/sandboxes/${first.id}/pause`)).status).toBe(409);

  const expiresAt = '2100-01-01T00:00:00.000Z';
  expect((await test.call('POST', `/v1/sandboxes/${first.id}/renew-expiration`, { expiresAt })).status).toBe(
    200,
  );
  expect((await test.call('PATCH', `/v1/sandboxes/${first.id}/metadata`, { a: null, b: '2' })).status).toBe(
    200,
  );
  pulled.answer('found');
  expect(await settled(first.id)).toMatchObject({
    status: { state: 'Running' },
    expiresAt,
    metadata: { b: '2' },
  });

  missing.answer('missing');
  const failed = await settled(second.id);
  expect(failed.status).toMatchObject({ state: 'Failed', reason: 'PROVISIONING_ERROR' });
  expect(failed.status.message).toContain('opensandbox-test/missing');
  expect((await test.call('DELETE', `/v1/sandboxes/${second.id}`)).status).toBe(204);

  expect((await test.call('DELETE', `/v1/sandboxes/${third.id}`)).status).toBe(204);
  abandoned.answer('found');
  await waitFor('the abandoned pull to end', async () => {
    const images = await test.docker.listImages();
    return images.some((each) => each.RepoTags?.includes(abandoned.image) === true) ? true : undefined;
  });
  const { body } = await test.call<{ items: SandboxAnswer[] }>('GET', '/v1/sandboxes');
  expect(body.items.map((each) => each.id)).toEqual([first.id]);
  await waitFor('nothing to be left of it', async () => {
    const filters = { label: [`io.opensandbox.desktop.id=${third.id}`] };
    return (await test.docker.listContainers({ all: true, filters })).length === 0 ? true : undefined;
  });
  expect((await get(third.id)).status).toBe(404);
});

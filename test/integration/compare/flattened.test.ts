import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Comparison } from '../../../src-main/http/schemas/compare';
import type { DesktopSnapshot } from '../../../src-main/http/schemas/desktop';
import { FLATTEN_AT } from '../../../src-main/snapshots/flatten';
import { makeDeepImage } from '../../support/deep-image';
import { execIn } from '../../support/docker';
import { createTestBackend, type TestBackend } from '../../support/test-backend';

let test: TestBackend;
let deep: string;
beforeAll(async () => {
  test = await createTestBackend();
  // With the layer of the first snapshot it is one short of being squashed.
  deep = await makeDeepImage(test.docker, FLATTEN_AT - 2);
});
afterAll(async () => {
  await test.dispose();
  await test.docker.getImage(deep).remove({ force: true });
});

async function restore(snapshotId: string): Promise<string> {
  return (await test.createSandbox({ image: undefined, snapshotId })).id;
}

async function changes(from: string, to: string): Promise<string[]> {
  const { status, body } = await test.call<Comparison>('GET', `/v1/desktop/compare?from=${from}&to=${to}`);
  expect(status).toBe(200);
  return body.items.map(({ change, path }) => `${change} ${path}`);
}

async function sh(sandboxId: string, script: string): Promise<void> {
  expect(await execIn(test.docker, test.containerOf(sandboxId), ['sh', '-c', script])).toBe('');
}

describe('a snapshot whose layers were squashed', () => {
  it('differs from others in what its sandboxes did, not in what the engine makes', async () => {
    const source = await test.createSandbox({ image: { uri: deep } });
    await sh(source.id, 'echo one > /workspace/one');
    const base = await test.takeSnapshot(source.id, 'base');

    const alike = await restore(base.id);
    // What has changed nothing gets no layer, so there is nothing to squash.
    await sh(alike, 'touch /workspace/gone; rm /workspace/gone');
    const flat = await test.takeSnapshot(alike, 'flat');
    const { body } = await test.call<DesktopSnapshot>('GET', `/v1/desktop/snapshots/${flat.id}`);
    expect(body).toMatchObject({ flattened: true, layers: 1 });
    expect(await changes(base.id, flat.id)).toEqual([]);
    expect(await changes(flat.id, base.id)).toEqual([]);

    const restored = await restore(flat.id);
    expect(await changes(flat.id, restored)).toEqual([]);
    expect(await changes(base.id, restored)).toEqual([]);

    // What is mounted belongs to the container: no capture of it and no comparison ever holds that.
    await sh(restored, 'echo 10.0.0.9 db >> /etc/hosts; mkdir /etc/app; echo 2 > /etc/app/two');
    const done = ['added /etc/app', 'added /etc/app/two'];
    expect(await changes(flat.id, restored)).toEqual(done);
    const next = await test.takeSnapshot(restored, 'next');
    expect(await changes(base.id, next.id)).toEqual(done);
    expect(await changes(flat.id, next.id)).toEqual(done);
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LABEL_INSTANCE } from '../../../src-main/engine/labels';
import { execIn, removeImageByHand } from '../../support/docker';
import {
  createTestBackend,
  type SandboxAnswer,
  type SnapshotAnswer,
  type TestBackend,
} from '../../support/test-backend';
import { waitFor } from '../../support/wait-for';

const NOTICED_WITHIN_MS = 1_000;

let test: TestBackend;
beforeAll(async () => {
  test = await createTestBackend();
});
afterAll(() => test.dispose());

/** Every image of this backend, named or not. */
async function images(): Promise<string[]> {
  const filters = JSON.stringify({ label: [`${LABEL_INSTANCE}=${test.instanceId}`] });
  return (await test.docker.listImages({ filters })).map((each) => each.Id);
}

async function noImages(): Promise<void> {
  await waitFor('the last image to go', async () => ((await images()).length === 0 ? true : undefined));
}

function restore(snapshotId: string): Promise<SandboxAnswer> {
  return test.createSandbox({ image: undefined, snapshotId });
}

async function removeSandbox(id: string): Promise<void> {
  expect((await test.call('DELETE', `/v1/sandboxes/${id}`)).status).toBe(204);
}

async function removeSnapshot(id: string): Promise<void> {
  const { status, body } = await test.call('DELETE', `/v1/snapshots/${id}`);
  expect({ status, body }).toEqual({ status: 204 });
  expect((await test.call('GET', `/v1/snapshots/${id}`)).status).toBe(404);
}

function removeByHand(name: string): Promise<void> {
  return removeImageByHand(test.docker, name);
}

async function becomes(id: string, state: string): Promise<SnapshotAnswer> {
  return waitFor(
    `snapshot ${id} to be ${state}`,
    async () => {
      const { body } = await test.call<SnapshotAnswer>('GET', `/v1/snapshots/${id}`);
      return body.status.state === state ? body : undefined;
    },
    NOTICED_WITHIN_MS,
  );
}

describe('deleting a snapshot', () => {
  it('is refused while it is Creating, and works afterwards', async () => {
    const { id } = await test.createSandbox();
    const fill = ['dd', 'if=/dev/zero', 'of=/workspace/big', 'bs=1M', 'count=64'];
    await execIn(test.docker, test.containerOf(id), fill);
    const { body } = await test.call<SnapshotAnswer>('POST', `/v1/sandboxes/${id}/snapshots`);
    const refused = await test.call<{ code: string }>('DELETE', `/v1/snapshots/${body.id}`);
    expect(refused).toMatchObject({ status: 409, body: { code: 'SNAPSHOT::INVALID_STATE' } });
    await waitFor('the capture to end', async () =>
      (await test.call<SnapshotAnswer>('GET', `/v1/snapshots/${body.id}`)).body.status.state === 'Ready'
        ? true
        : undefined,
    );
    await removeSnapshot(body.id);
    expect((await test.call('DELETE', `/v1/snapshots/${body.id}`)).status).toBe(404);
    await removeSandbox(id);
    await noImages();
  });

  it.each([{}, { env: { TOKEN: 'x' } }])(
    'succeeds while a sandbox runs from it, which goes on; nothing is left once that is gone (%o)',
    async (changes) => {
      const source = await test.createSandbox(changes);
      const note = ['sh', '-c', 'echo here > /workspace/note'];
      await execIn(test.docker, test.containerOf(source.id), note);
      const snapshot = await test.takeSnapshot(source.id);
      const restored = await restore(snapshot.id);
      await removeSnapshot(snapshot.id);
      const read = await execIn(test.docker, test.containerOf(restored.id), ['cat', '/workspace/note']);
      expect(read).toBe('here\n');
      // The orphan can still be captured, and restored from.
      const again = await test.takeSnapshot(restored.id);
      await removeSandbox(restored.id);
      await removeSnapshot(again.id);
      await removeSandbox(source.id);
      await noImages();
    },
  );

  it('leaves nothing when the container that used its image is removed by hand', async () => {
    const source = await test.createSandbox();
    const snapshot = await test.takeSnapshot(source.id);
    const restored = await restore(snapshot.id);
    await removeSnapshot(snapshot.id);
    await test.docker.getContainer(test.containerOf(restored.id)).remove({ force: true });
    await removeSandbox(source.id);
    await noImages();
  });

  it('works on a parent before its child, and on a child before its parent', async () => {
    for (const parentFirst of [true, false]) {
      const source = await test.createSandbox();
      const parent = await test.takeSnapshot(source.id);
      const middle = await restore(parent.id);
      const child = await test.takeSnapshot(middle.id);
      await removeSandbox(source.id);
      await removeSandbox(middle.id);
      const order = parentFirst ? [parent, child] : [child, parent];
      await removeSnapshot(order[0]?.id ?? '');
      if (parentFirst) {
        const restored = await restore(child.id);
        expect(restored.status.state).toBe('Running');
        await removeSandbox(restored.id);
      }
      await removeSnapshot(order[1]?.id ?? '');
      await noImages();
    }
  });

  it('works after its restored sandbox was killed', async () => {
    const source = await test.createSandbox();
    const snapshot = await test.takeSnapshot(source.id);
    const restored = await restore(snapshot.id);
    await test.docker.getContainer(test.containerOf(restored.id)).kill();
    await removeSnapshot(snapshot.id);
    await removeSandbox(restored.id);
    await removeSandbox(source.id);
    await noImages();
  });

  it('works for many at once', async () => {
    const source = await test.createSandbox();
    const snapshots = [];
    for (let count = 0; count < 6; count += 1) snapshots.push(await test.takeSnapshot(source.id));
    const answers = await Promise.all(snapshots.map(({ id }) => test.call('DELETE', `/v1/snapshots/${id}`)));
    expect(answers.map((each) => each.status)).toEqual(snapshots.map(() => 204));
    await removeSandbox(source.id);
    await noImages();
  });
});

describe('an image that is removed by hand', () => {
  it('makes the snapshot Failed with a reason within a second, and Ready when it is loaded back', async () => {
    const source = await test.createSandbox();
    const snapshot = await test.takeSnapshot(source.id);
    const name = `opensandbox-snapshots:${snapshot.id}`;
    const archive = await test.docker.getImage(name).get();
    const chunks: Buffer[] = [];
    for await (const chunk of archive) chunks.push(chunk as Buffer);
    await removeByHand(name);

    const failed = await becomes(snapshot.id, 'Failed');
    expect(failed.status.reason).toBe('snapshot_runtime_missing_image');
    expect(failed.status.message).toContain('removed outside the app');
    const refused = await test.call<{ code: string; message: string }>('POST', '/v1/sandboxes', {
      snapshotId: snapshot.id,
      resourceLimits: {},
    });
    expect(refused).toMatchObject({ status: 409, body: { code: 'SNAPSHOT::NOT_READY' } });
    expect(refused.body.message).toContain('load the image back');

    const loading = await test.docker.loadImage(Buffer.concat(chunks) as unknown as string);
    loading.resume();
    await becomes(snapshot.id, 'Ready');
    const restored = await restore(snapshot.id);
    await removeSandbox(restored.id);

    // A Failed one can be deleted.
    await removeByHand(name);
    await becomes(snapshot.id, 'Failed');
    await removeSnapshot(snapshot.id);
    await removeSandbox(source.id);
  });

  it('is seen also when only its name was taken away, because a sandbox runs from it', async () => {
    const source = await test.createSandbox();
    const snapshot = await test.takeSnapshot(source.id);
    const restored = await restore(snapshot.id);
    await test.docker.getImage(`opensandbox-snapshots:${snapshot.id}`).remove({ force: true });
    await becomes(snapshot.id, 'Failed');
    await removeSnapshot(snapshot.id);
    await removeSandbox(restored.id);
    await removeSandbox(source.id);
    await noImages();
  });
});

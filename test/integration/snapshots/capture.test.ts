import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LABEL_RECORD } from '../../../src-main/engine/labels';
import { BUSYBOX_IMAGE, execIn } from '../../support/docker';
import {
  createTestBackend,
  type SandboxAnswer,
  type SnapshotAnswer,
  type TestBackend,
} from '../../support/test-backend';
import { waitFor } from '../../support/wait-for';

const LARGE_MIB = 256;

interface DesktopSnapshot {
  parentSnapshotId?: string;
  baseImage?: string;
  childCount: number;
  layers: number;
  sizeBytes: number;
  ownSizeBytes: number;
  captureMillis: number;
  freezeMillis: number;
  captureStartedAt: string;
}

let test: TestBackend;
beforeAll(async () => {
  test = await createTestBackend();
});
afterAll(() => test.dispose());

async function accept(sandboxId: string, body: unknown = {}) {
  return test.call<SnapshotAnswer>('POST', `/v1/sandboxes/${sandboxId}/snapshots`, body);
}

async function get(id: string): Promise<SnapshotAnswer> {
  return (await test.call<SnapshotAnswer>('GET', `/v1/snapshots/${id}`)).body;
}

function settled(id: string): Promise<SnapshotAnswer> {
  return waitFor(`snapshot ${id} to settle`, async () => {
    const snapshot = await get(id);
    return snapshot.status.state === 'Creating' ? undefined : snapshot;
  });
}

async function details(id: string): Promise<DesktopSnapshot> {
  return (await test.call<DesktopSnapshot>('GET', `/v1/desktop/snapshots/${id}`)).body;
}

async function fill(sandboxId: string, mebibytes = LARGE_MIB): Promise<void> {
  const command = ['dd', 'if=/dev/urandom', 'of=/workspace/big', 'bs=1M', `count=${mebibytes}`];
  await execIn(test.docker, test.containerOf(sandboxId), command);
}

async function isPaused(sandboxId: string): Promise<boolean> {
  return (await test.docker.getContainer(test.containerOf(sandboxId)).inspect()).State.Paused;
}

function frozen(sandboxId: string): Promise<true> {
  return waitFor('the commit to freeze the source', async () =>
    (await isPaused(sandboxId)) ? true : undefined,
  );
}

describe('taking a snapshot', () => {
  it('answers 202 with Creating, in the words that clients compare, and where to look', async () => {
    const { id } = await test.createSandbox();
    const { status, headers, body } = await accept(id, { name: 'first' });
    expect(status).toBe(202);
    expect(headers['location']).toBe(`/v1/snapshots/${body.id}`);
    expect(body).toMatchObject({
      sandboxId: id,
      name: 'first',
      status: { state: 'Creating', reason: 'snapshot_accepted', message: 'Snapshot creation accepted.' },
    });
    const done = await settled(body.id);
    expect(done.status).toMatchObject({
      state: 'Ready',
      reason: 'snapshot_runtime_ready',
      message: 'Docker snapshot image created successfully.',
    });
    expect(done.createdAt).toBe(body.createdAt);
    expect(done.status.lastTransitionAt >= done.createdAt).toBe(true);
    const { body: list } = await test.call<{ items: SnapshotAnswer[] }>(
      'GET',
      `/v1/snapshots?sandboxId=${id}&name=first&state=ready&state=failed`,
    );
    expect(list.items).toEqual([done]);
  });

  it('shows the source Running for as long as a large commit freezes it', async () => {
    const { id } = await test.createSandbox();
    await fill(id);
    const { body } = await accept(id);
    const seen = new Set<string>();
    let sawFreeze = false;
    const done = await waitFor('the capture to end', async () => {
      const { body: sandbox } = await test.call<SandboxAnswer>('GET', `/v1/sandboxes/${id}`);
      const { body: list } = await test.call<{ items: SandboxAnswer[] }>('GET', '/v1/sandboxes');
      const listed = list.items.find((each) => each.id === id);
      seen.add(sandbox.status.state).add(listed?.status.state ?? 'missing');
      sawFreeze ||= await isPaused(id);
      const snapshot = await get(body.id);
      return snapshot.status.state === 'Creating' ? undefined : snapshot;
    });
    expect(done.status.state).toBe('Ready');
    expect(sawFreeze).toBe(true);
    await delay(200);
    seen.add((await test.call<SandboxAnswer>('GET', `/v1/sandboxes/${id}`)).body.status.state);
    expect([...seen]).toEqual(['Running']);

    const facts = await details(body.id);
    expect(facts.freezeMillis).toBeGreaterThan(0);
    expect(facts.captureMillis).toBeGreaterThanOrEqual(facts.freezeMillis);
    expect(facts.ownSizeBytes).toBeGreaterThanOrEqual(LARGE_MIB * 2 ** 20);
    expect(facts.ownSizeBytes).toBeLessThan((LARGE_MIB + 1) * 2 ** 20);
    expect(facts.sizeBytes).toBeGreaterThan(facts.ownSizeBytes);
  });

  it('is no transition of the source, however many follow each other', async () => {
    const { id } = await test.createSandbox();
    const look = async () => (await test.call<SandboxAnswer>('GET', `/v1/sandboxes/${id}`)).body.status;
    const before = await look();
    const accepted = await Promise.all(Array.from({ length: 12 }, () => accept(id)));
    const seen = new Set<string>();
    for (const { body } of accepted) {
      await waitFor('the next capture to end', async () => {
        seen.add(JSON.stringify(await look()));
        return (await get(body.id)).status.state === 'Ready' ? true : undefined;
      });
    }
    expect([...seen]).toEqual([JSON.stringify(before)]);
  });

  it('queues further snapshots of the same sandbox and finishes them in order', async () => {
    const { id } = await test.createSandbox();
    await fill(id, 64);
    const accepted: SnapshotAnswer[] = [];
    for (const name of ['one', 'two', 'three']) accepted.push((await accept(id, { name })).body);
    expect(accepted.map((each) => each.status.state)).toEqual(['Creating', 'Creating', 'Creating']);
    const done = [];
    for (const each of accepted) done.push(await settled(each.id));
    expect(done.map((each) => each.status.state)).toEqual(['Ready', 'Ready', 'Ready']);
    const times = done.map((each) => each.status.lastTransitionAt);
    expect(times).toEqual([...times].sort());
    const starts = await Promise.all(done.map(async (each) => (await details(each.id)).captureStartedAt));
    expect((starts[1] ?? '') >= (times[0] ?? '')).toBe(true);
    expect((starts[2] ?? '') >= (times[1] ?? '')).toBe(true);
  });

  it('runs no more captures at once than the setting allows, and all of them in the end', async () => {
    await test.call('PATCH', '/v1/desktop/settings', { maxConcurrentCaptures: 2 });
    const sandboxes = await Promise.all(Array.from({ length: 5 }, () => test.createSandbox()));
    await Promise.all(sandboxes.map(({ id }) => fill(id, 32)));
    const accepted = await Promise.all(sandboxes.map(({ id }) => accept(id)));
    let most = 0;
    for (const { body } of accepted) {
      await waitFor('the capture to end', async () => {
        const { body: status } = await test.call<{ counts: { runningCaptures: number } }>(
          'GET',
          '/v1/desktop/status',
        );
        most = Math.max(most, status.counts.runningCaptures);
        return (await get(body.id)).status.state === 'Creating' ? undefined : true;
      });
      expect((await get(body.id)).status.state).toBe('Ready');
    }
    expect(most).toBe(2);
  });

  it('keeps the whole lineage over three generations, in records and in the labels of the image', async () => {
    const first = await test.createSandbox({ metadata: { name: 'origin' } });
    const grandparent = await test.takeSnapshot(first.id, 'grandparent');
    const second = await test.createSandbox({ image: undefined, snapshotId: grandparent.id });
    const parent = await test.takeSnapshot(second.id, 'parent');
    const third = await test.createSandbox({ image: undefined, snapshotId: parent.id });
    const child = await test.takeSnapshot(third.id, 'child');

    expect(await details(grandparent.id)).toMatchObject({ baseImage: BUSYBOX_IMAGE, childCount: 1 });
    expect(await details(grandparent.id)).not.toHaveProperty('parentSnapshotId');
    expect(await details(parent.id)).toMatchObject({ parentSnapshotId: grandparent.id, childCount: 1 });
    const facts = await details(child.id);
    expect(facts).toMatchObject({ parentSnapshotId: parent.id, baseImage: BUSYBOX_IMAGE, childCount: 0 });
    const image = await test.docker.getImage(`opensandbox-snapshots:${child.id}`).inspect();
    expect(facts.layers).toBe(image.RootFS.Layers?.length);
    expect(JSON.parse(image.Config.Labels[LABEL_RECORD] ?? '')).toMatchObject({
      sandboxId: third.id,
      name: 'child',
      parentSnapshotId: parent.id,
      baseImage: BUSYBOX_IMAGE,
      createdAt: child.createdAt,
      restoreDefaults: { entrypoint: ['tail', '-f', '/dev/null'], resourceLimits: { cpu: '500m' } },
    });
  });

  it.each(['', '   ', '\t\n', 'x'.repeat(1001)])(
    'refuses the name %j, which nobody could read',
    async (name) => {
      const { id } = await test.createSandbox();
      const { status, body } = await test.call<{ code: string; message: string }>(
        'POST',
        `/v1/sandboxes/${id}/snapshots`,
        { name },
      );
      expect([status, body.code]).toEqual([400, 'SANDBOX::INVALID_PARAMETER']);
      expect(body.message).toMatch(/^body\/name must /);
    },
  );

  it('refuses a paused, a stopped and an unknown source', async () => {
    const { id } = await test.createSandbox();
    await test.call('POST', `/v1/sandboxes/${id}/pause`);
    expect(await accept(id)).toMatchObject({ status: 409, body: { code: 'SNAPSHOT::INVALID_SOURCE_STATE' } });
    const stopped = await test.createSandbox({ entrypoint: ['true'] });
    await waitFor('the sandbox to end', async () => {
      const { body } = await test.call<SandboxAnswer>('GET', `/v1/sandboxes/${stopped.id}`);
      return body.status.state === 'Terminated' ? true : undefined;
    });
    expect((await accept(stopped.id)).status).toBe(409);
    expect(await accept('sbx_unknown')).toMatchObject({
      status: 404,
      body: { code: 'DOCKER::SANDBOX_NOT_FOUND' },
    });
  });
});

describe('what happens to the source during a capture', () => {
  it('a pause waits for the capture and ends Paused', async () => {
    const { id } = await test.createSandbox();
    await fill(id);
    const { body } = await accept(id);
    await frozen(id);
    expect((await test.call('POST', `/v1/sandboxes/${id}/pause`)).status).toBe(202);
    expect((await settled(body.id)).status.state).toBe('Ready');
    await delay(200);
    expect((await test.call<SandboxAnswer>('GET', `/v1/sandboxes/${id}`)).body.status.state).toBe('Paused');
    expect(await isPaused(id)).toBe(true);
  });

  it('a delete waits for every capture that was accepted before it', async () => {
    const { id } = await test.createSandbox();
    await fill(id, 64);
    const accepted = [await accept(id), await accept(id)];
    const { status } = await test.call('DELETE', `/v1/sandboxes/${id}`);
    expect(status).toBe(204);
    for (const { body } of accepted) expect((await get(body.id)).status.state).toBe('Ready');
    expect((await test.call('GET', `/v1/sandboxes/${id}`)).status).toBe(404);
  });

  it.each(['stop', 'remove'] as const)(
    'a source that meets a %s from outside leaves nothing stuck',
    async (how) => {
      const { id } = await test.createSandbox();
      await fill(id, 128);
      const accepted = [await accept(id), await accept(id)];
      const container = test.docker.getContainer(test.containerOf(id));
      await frozen(id);
      if (how === 'remove') await container.remove({ force: true });
      else await container.kill();
      for (const { body } of accepted) {
        const { status } = await settled(body.id);
        expect(['Ready', 'Failed']).toContain(status.state);
        expect(status.message).not.toBe('');
      }
      const state = await waitFor('the end of the source to be seen', async () => {
        const { status, body } = await test.call<SandboxAnswer>('GET', `/v1/sandboxes/${id}`);
        if (status === 404) return 'gone';
        return body.status.state === 'Running' ? undefined : body.status.state;
      });
      expect(state).toBe(how === 'remove' ? 'gone' : 'Failed');
    },
  );
});

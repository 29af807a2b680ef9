import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { engineIsEmptyOf, layersBytes } from '../support/engine-disk';
import { execIn, removeImageByHand } from '../support/docker';
import { startPrivateEngine, type PrivateEngine } from '../support/private-engine';
import { createTestBackend, type TestBackend } from '../support/test-backend';
import type { DiskUsage, ReclaimResult } from '../../src-main/http/schemas/disk';

const MIB = 2 ** 20;

/** An engine of its own: on a shared one the bytes change under the test. */
let engine: PrivateEngine;
let test: TestBackend;
let base: string;
let child: string;
let childSandbox: string;

beforeAll(async () => {
  engine = await startPrivateEngine();
  test = await createTestBackend({ environment: engine.environment });
  const { id } = await test.createSandbox({ metadata: { name: 'grower' } });
  await fill(id, 'first', 8);
  base = (await test.takeSnapshot(id, 'base')).id;
  await test.call('DELETE', `/v1/sandboxes/${id}`);
  childSandbox = (await test.createSandbox({ image: undefined, snapshotId: base })).id;
  await fill(childSandbox, 'second', 4);
  child = (await test.takeSnapshot(childSandbox, 'child')).id;
}, 120_000);
afterAll(async () => {
  await test.dispose();
  await engine.destroy();
});

async function fill(sandboxId: string, name: string, mib: number): Promise<void> {
  const command = ['dd', 'if=/dev/urandom', `of=/workspace/${name}`, 'bs=1M', `count=${String(mib)}`];
  await execIn(test.docker, test.containerOf(sandboxId), command);
}

async function usage(): Promise<DiskUsage> {
  const { status, body } = await test.call<DiskUsage>('GET', '/v1/desktop/disk');
  expect(status).toBe(200);
  return body;
}

async function reclaim(request: Record<string, unknown>): Promise<ReclaimResult> {
  const { status, body } = await test.call<ReclaimResult>('POST', '/v1/desktop/disk/reclaim', request);
  expect(status, JSON.stringify(body)).toBe(200);
  return body;
}

describe('the bytes on the disk', () => {
  it('are those that the engine counts, each layer once', async () => {
    expect((await usage()).totalBytes).toBe(await layersBytes(engine.docker));
  });

  it('are told per snapshot and per tree: own, and shared with what is built on it', async () => {
    const { snapshots, trees, snapshotBytes, snapshotUniqueBytes } = await usage();
    const of = (id: string) => snapshots.find((each) => each.id === id);
    // Everything of the base is in the child too.
    expect(of(base)?.uniqueBytes).toBe(0);
    expect(of(base)?.totalBytes).toBeGreaterThan(8 * MIB);
    expect(of(child)?.uniqueBytes).toBeGreaterThanOrEqual(4 * MIB);
    expect(of(child)?.uniqueBytes).toBeLessThan(5 * MIB);
    expect(of(child)?.rootId).toBe(base);
    expect(trees).toHaveLength(1);
    expect(trees[0]).toMatchObject({ rootId: base, displayName: 'base', snapshotCount: 2 });
    expect(trees[0]?.totalBytes).toBe(snapshotBytes);
    // The sandbox that runs from the base keeps its layers.
    expect(snapshotUniqueBytes).toBe(of(child)?.uniqueBytes);
  });
});

describe('reclaiming', () => {
  it('changes nothing when it only says what would go', async () => {
    const before = await layersBytes(engine.docker);
    const plan = await reclaim({ dryRun: true, snapshotIds: [child] });
    expect(plan.items).toMatchObject([{ kind: 'snapshot', id: child, displayName: 'child' }]);
    expect(await layersBytes(engine.docker)).toBe(before);
    expect((await usage()).snapshots).toHaveLength(2);
  });

  it('keeps what a sandbox runs from, what is pinned and what it does not know, and says why', async () => {
    await test.call('PATCH', `/v1/desktop/snapshots/${child}`, { pinned: true });
    const result = await reclaim({ dryRun: false, snapshotIds: [base, child, 'snap_none'] });
    expect(result.items).toEqual([]);
    expect(result.freedBytes).toBe(0);
    expect(result.kept.map((each) => each.reason)).toEqual([
      expect.stringContaining('runs from it'),
      expect.stringContaining('pinned'),
      expect.stringContaining('no such snapshot'),
    ]);
    expect((await usage()).snapshots).toHaveLength(2);
    await test.call('PATCH', `/v1/desktop/snapshots/${child}`, { pinned: false });
  });

  it('never counts or removes what somebody gave a name of their own', async () => {
    await engine.docker.getImage(`opensandbox-snapshots:${child}`).tag({ repo: 'mine', tag: 'kept' });
    const before = await layersBytes(engine.docker);
    expect((await reclaim({ dryRun: true, snapshotIds: [child] })).freedBytes).toBe(0);
    const second = (await test.takeSnapshot(childSandbox, 'second child')).id;
    await reclaim({ dryRun: false, snapshotIds: [second] });
    expect(await layersBytes(engine.docker)).toBe(before);
    await engine.docker.getImage('mine:kept').remove();
  });

  it('frees exactly what it said, by the count of the engine, also of what was just looked into', async () => {
    const path = `/v1/desktop/compare/file?from=${base}&to=${child}&path=/workspace/second`;
    expect((await test.call('GET', path)).status).toBe(200);
    const before = await layersBytes(engine.docker);
    const plan = await reclaim({ dryRun: true, snapshotIds: [child] });
    const result = await reclaim({ dryRun: false, snapshotIds: [child] });
    expect(result.items.map((item) => item.id)).toEqual([child]);
    expect(result.freedBytes).toBe(plan.freedBytes);
    expect(result.freedBytes).toBeGreaterThanOrEqual(4 * MIB);
    expect(before - (await layersBytes(engine.docker))).toBe(result.freedBytes);
    expect((await usage()).snapshots.map((each) => each.id)).toEqual([base]);
  });

  it('takes failed snapshots and unnamed images that nothing needs along, and leaves other images alone', async () => {
    const others = (await usage()).otherImageBytes;
    await test.call('DELETE', `/v1/sandboxes/${childSandbox}`);
    await removeImageByHand(engine.docker, `opensandbox-snapshots:${base}`, { force: true });
    await expect
      .poll(async () => (await usage()).leftovers.map((item) => item.kind), { timeout: 10_000 })
      .toEqual(['failed']);
    const { items } = await reclaim({ dryRun: false });
    expect(items).toMatchObject([{ kind: 'failed', id: base }]);
    const after = await usage();
    expect(after.snapshots).toEqual([]);
    expect(after.otherImageBytes).toBe(others);
    expect(await engineIsEmptyOf(engine.docker, test.instanceId)).toBe(true);
  });
});

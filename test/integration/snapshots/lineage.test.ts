import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Lineage } from '../../../src-main/http/schemas/lineage';
import { BUSYBOX_IMAGE } from '../../support/docker';
import { startTestServer, type TestServer } from '../../support/server-api';

const BASE = `image:${BUSYBOX_IMAGE}`;

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.dispose());

const mine = new Set<string>();

/** Of what this test made: snapshots of other servers on the engine are shown as well. */
async function lineage(): Promise<Lineage> {
  const { status, body } = await server.call<Lineage>('GET', '/v1/desktop/lineage');
  expect(status).toBe(200);
  return {
    nodes: body.nodes.filter((node) => mine.has(node.id)),
    edges: body.edges.filter((edge) => mine.has(edge.to)),
  };
}

/** Such as `snap_1>snap_2 next`, sorted. */
async function links(): Promise<string[]> {
  return (await lineage()).edges.map(({ from, to, kind }) => `${from}>${to} ${kind}`).sort();
}

async function ghosts(): Promise<string[]> {
  return (await lineage()).nodes.filter((node) => node.ghost === true).map((node) => node.id);
}

async function start(overrides: Record<string, unknown>): Promise<string> {
  const { id } = await server.createSandbox(overrides);
  mine.add(id);
  return id;
}

async function take(sandboxId: string): Promise<string> {
  const { id } = await server.acceptSnapshot(sandboxId);
  mine.add(id);
  expect((await server.settled(id)).status.state).toBe('Ready');
  return id;
}

describe('lineage of a real chain', () => {
  it('shows it whole, keeps ghosts of what was deleted, and comes back from labels alone', async () => {
    const first = await start({ metadata: { name: 'first' } });
    expect(await links()).toEqual([`${BASE}>${first} here`]);
    const one = await take(first);
    const two = await take(first);
    const three = await take(first);
    const second = await start({ image: undefined, snapshotId: two });
    const branch = await take(second);
    const whole = [
      `${BASE}>${one} branch`,
      `${one}>${two} next`,
      `${two}>${three} next`,
      `${two}>${branch} branch`,
      `${three}>${first} here`,
      `${branch}>${second} here`,
    ].sort();
    expect(await links()).toEqual(whole);
    const { nodes, edges } = await lineage();
    expect(nodes.find((node) => node.id === two)).toMatchObject({
      kind: 'snapshot',
      state: 'Ready',
      sandboxId: first,
      sandboxName: 'first',
    });
    expect(edges.find((edge) => edge.to === two)?.ownSizeBytes).toBeGreaterThanOrEqual(0);

    for (const id of [two, one])
      expect((await server.call('DELETE', `/v1/snapshots/${id}`)).status).toBe(204);
    expect((await server.call('DELETE', `/v1/sandboxes/${first}`)).status).toBe(204);
    expect(await links()).toEqual(whole);
    expect((await ghosts()).sort()).toEqual([one, two, first].sort());
    for (const node of (await lineage()).nodes) {
      if (node.ghost === true) expect(node.deletedAt).toBeDefined();
    }

    await server.process.end('SIGKILL');
    for (const name of await readdir(server.dataDir)) {
      if (name.startsWith('state')) await rm(join(server.dataDir, name));
    }
    await server.start();
    expect(await links()).toEqual(whole);
    expect((await ghosts()).sort()).toEqual([one, two, first].sort());

    expect((await server.call('DELETE', `/v1/snapshots/${three}`)).status).toBe(204);
    expect((await server.call('DELETE', `/v1/sandboxes/${second}`)).status).toBe(204);
    expect((await server.call('DELETE', `/v1/snapshots/${branch}`)).status).toBe(204);
    expect(await lineage()).toEqual({ nodes: [], edges: [] });
  });
});

describe('labels of a snapshot', () => {
  it('are replaced as a whole, bounded, and taken away by an empty set', async () => {
    const sandbox = await server.createSandbox();
    const id = await take(sandbox.id);
    const path = `/v1/desktop/snapshots/${id}`;
    const patch = async (labels: Record<string, string>) =>
      server.call<{ labels?: Record<string, string>; notes?: string }>('PATCH', path, { labels });
    await server.call('PATCH', path, { notes: 'stays' });
    expect((await patch({ stage: 'green', 'team/owner': 'ännä' })).body).toMatchObject({
      labels: { stage: 'green', 'team/owner': 'ännä' },
      notes: 'stays',
    });
    expect((await patch({ stage: 'red' })).body.labels).toEqual({ stage: 'red' });
    for (const bad of [{ 'no blanks': 'x' }, { long: 'x'.repeat(257) }, many(33)])
      expect((await patch(bad)).status).toBe(400);
    await server.process.end('SIGKILL');
    await server.start();
    expect((await server.call<{ labels: unknown }>('GET', path)).body.labels).toEqual({ stage: 'red' });
    expect((await patch({})).body.labels).toBeUndefined();
    await server.call('DELETE', `/v1/snapshots/${id}`);
    await server.call('DELETE', `/v1/sandboxes/${sandbox.id}`);
  });
});

function many(count: number): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`key${index}`, 'x']));
}

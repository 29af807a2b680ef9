import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Metrics } from '../../../src-main/http/schemas/metrics';
import { SCRATCH_ENTRYPOINT, SCRATCH_IMAGE } from '../../support/docker';
import { ExecdClient } from '../../support/execd-client';
import { startRecordingEngine, type RecordingEngine } from '../../support/recording-engine';
import { createTestBackend, type TestBackend } from '../../support/test-backend';
import { waitFor } from '../../support/wait-for';

/** Little, so that a busy machine can give all of it. */
const BURNING = {
  entrypoint: ['sh', '-c', 'while :; do :; done'],
  resourceLimits: { cpu: '100m', memory: '64Mi' },
};

let engine: RecordingEngine;
let test: TestBackend;
beforeAll(async () => {
  engine = await startRecordingEngine();
  test = await createTestBackend({ environment: { ...process.env, DOCKER_HOST: engine.endpoint } });
});
afterAll(async () => {
  await test.dispose();
  await engine.stop();
});

async function create(overrides: Record<string, unknown> = {}): Promise<{ id: string; execd: ExecdClient }> {
  const { id } = await test.createSandbox(overrides);
  return { id, execd: await ExecdClient.of(test, id) };
}

async function metrics(execd: ExecdClient): Promise<Metrics> {
  const response = await execd.fetch('GET', '/metrics');
  if (response.status !== 200) throw new Error(`${response.status}: ${await response.text()}`);
  return (await response.json()) as Metrics;
}

/** Reads whole lines, each with the blank line that strict clients wait for. */
async function* watch(execd: ExecdClient, signal?: AbortSignal): AsyncGenerator<Metrics> {
  const response = await execd.fetch('GET', '/metrics/watch', undefined, signal);
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('text/event-stream');
  let rest = '';
  for await (const chunk of response.body as ReadableStream<Uint8Array>) {
    rest += Buffer.from(chunk).toString();
    const lines = rest.split('\n\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      expect(line).not.toContain('\n');
      yield JSON.parse(line) as Metrics;
    }
  }
  expect(rest).toBe('');
}

const statsOf = async (id: string) => {
  const { Id: containerId } = await test.docker.getContainer(test.containerOf(id)).inspect();
  return `/containers/${containerId}/stats`;
};

describe('metrics of a sandbox', () => {
  it('say near 100 and never more when it burns all of a tenth of a CPU, from the first answer on', async () => {
    const { id, execd } = await create(BURNING);
    const seen: Metrics[] = [await metrics(execd)];
    for await (const each of watch(execd)) if (seen.push(each) > 4) break;
    for (const each of seen) {
      expect(Object.keys(each).sort()).toEqual([
        'cpu_count',
        'cpu_used_pct',
        'mem_total_mib',
        'mem_used_mib',
        'timestamp',
      ]);
      expect(each).toMatchObject({ cpu_count: 0.1, mem_total_mib: 64 });
      expect(each.cpu_used_pct).toBeGreaterThan(0);
      expect(each.cpu_used_pct).toBeLessThanOrEqual(100);
      expect(each.mem_used_mib).toBeGreaterThan(0);
      expect(each.mem_used_mib).toBeLessThanOrEqual(each.mem_total_mib);
      expect(Number.isInteger(each.timestamp)).toBe(true);
      expect(Math.abs(Date.now() - each.timestamp)).toBeLessThan(30_000);
    }
    const shares = seen.map((each) => each.cpu_used_pct).sort((a, b) => a - b);
    expect(shares.at(-1)).toBeGreaterThan(80);
    await test.call('DELETE', `/v1/sandboxes/${id}`);
  });

  it('show what it allocates, but not the page cache of the files it writes', async () => {
    const { execd } = await create();
    const before = (await metrics(execd)).mem_used_mib;
    // tail keeps what it reads until the end.
    const { id: command } = await execd.run({
      command: '(head -c 20000000 /dev/zero; sleep 1000) | tail -c 20000000',
      background: true,
    });
    const allocated = await waitFor('the allocation to show', async () => {
      const { mem_used_mib: used } = await metrics(execd);
      return used > before + 15 ? used : undefined;
    });
    expect((await execd.run('head -c 25000000 /dev/zero >/written')).exitCode).toBe(0);
    const later = await waitFor('later readings', async () => {
      const reading = await metrics(execd);
      return reading.timestamp > Date.now() - 200 ? reading : undefined;
    });
    expect(later.mem_used_mib).toBeLessThan(allocated + 15);
    await execd.fetch('DELETE', `/command?id=${command}`);
  });

  it('share one connection to the engine however many ask, and close it when nobody does any more', async () => {
    const { id, execd } = await create({ resourceLimits: { memory: '64Mi' } });
    const stats = await statsOf(id);
    const all = await Promise.all(Array.from({ length: 50 }, () => metrics(execd)));
    expect(all.every((each) => each.cpu_count >= 1)).toBe(true);
    const leaving = new AbortController();
    const watching = Array.from({ length: 5 }, async () => {
      for await (const each of watch(execd, leaving.signal)) if (each.cpu_used_pct < 0) break;
    });
    expect((await metrics(execd)).mem_total_mib).toBe(64);
    expect([engine.count(stats), engine.open(stats)]).toEqual([1, 1]);
    leaving.abort();
    await Promise.allSettled(watching);
    await waitFor('the connection to be closed', () => (engine.open(stats) === 0 ? true : undefined));
    expect(engine.count(stats)).toBe(1);
    await metrics(execd);
    expect(engine.count(stats)).toBe(2);
  });

  it('ask the engine for nothing as long as nobody asks', async () => {
    const { id, execd } = await create();
    await execd.run('true');
    expect(engine.count(await statsOf(id))).toBe(0);
  });

  it('work in an image without a shell, and for a container without limits', async () => {
    const { execd } = await create({
      image: { uri: SCRATCH_IMAGE },
      entrypoint: SCRATCH_ENTRYPOINT,
      resourceLimits: {},
    });
    const { NCPU: cpus, MemTotal: memory } = (await test.docker.info()) as { NCPU: number; MemTotal: number };
    const reading = await metrics(execd);
    expect(reading.cpu_count).toBe(cpus);
    expect(reading.mem_total_mib).toBeCloseTo(memory / 2 ** 20, 1);
    expect(reading.cpu_used_pct).toBeLessThanOrEqual(100);
  });

  it('are refused while it is paused, end for who watches, and are right again after', async () => {
    const { id, execd } = await create(BURNING);
    const seen: Metrics[] = [];
    const watching = (async () => {
      for await (const each of watch(execd)) seen.push(each);
    })();
    await waitFor('the first line', () => (seen.length > 0 ? true : undefined));
    await test.call('POST', `/v1/sandboxes/${id}/pause`);
    await watching;
    for (const path of ['/metrics', '/metrics/watch']) {
      const refused = await execd.fetch('GET', path);
      expect([refused.status, ((await refused.json()) as { code: string }).code]).toEqual([
        503,
        'DOCKER::SANDBOX_NOT_RUNNING',
      ]);
    }
    await test.call('POST', `/v1/sandboxes/${id}/resume`);
    await waitFor('the CPU to be burnt again', async () =>
      (await metrics(execd)).cpu_used_pct > 80 ? true : undefined,
    );
    await test.call('DELETE', `/v1/sandboxes/${id}`);
  });

  it('go on through the freeze of a snapshot', async () => {
    const { id, execd } = await create();
    const leaving = new AbortController();
    let lines = 0;
    const watching = (async () => {
      for await (const each of watch(execd, leaving.signal)) lines += each.cpu_count > 0 ? 1 : 0;
    })();
    await test.takeSnapshot(id);
    const before = lines;
    await waitFor('a line after the snapshot', () => (lines > before ? true : undefined));
    leaving.abort();
    await expect(watching).rejects.toThrow();
  });

  it('end with the sandbox: for who watches when it is killed or deleted, with a code for who asks', async () => {
    const { id, execd } = await create();
    const seen: Metrics[] = [];
    const watching = (async () => {
      for await (const each of watch(execd)) seen.push(each);
    })();
    await waitFor('the first line', () => (seen.length > 0 ? true : undefined));
    await test.docker.getContainer(test.containerOf(id)).kill();
    await watching;
    expect((await execd.fetch('GET', '/metrics')).status).toBe(503);
    await test.call('DELETE', `/v1/sandboxes/${id}`);
    expect((await execd.fetch('GET', '/metrics')).status).toBe(404);
    expect((await execd.fetch('GET', '/metrics/watch')).status).toBe(404);
  });

  it('are watched by a signed-in browser, and by no page of another site', async () => {
    const { execd } = await create();
    const link = test.backend.createSignInLink('/app/sandboxes');
    const signedIn = await fetch(link, { redirect: 'manual' });
    const cookie = signedIn.headers.get('set-cookie')?.split(';')[0] ?? '';
    const open = (headers: Record<string, string>) => fetch(`${execd.base}/metrics/watch`, { headers });
    const response = await open({ cookie, 'sec-fetch-site': 'same-origin' });
    expect(response.status).toBe(200);
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    const { value } = await reader.read();
    expect(Buffer.from(value ?? []).toString()).toMatch(/^\{.*\}\n\n$/);
    await reader.cancel();
    expect((await open({ cookie, 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    expect((await open({})).status).toBe(401);
  });

  it('have no HEAD that would watch for ever', async () => {
    const { execd } = await create();
    expect((await execd.fetch('HEAD', '/metrics/watch')).status).toBe(404);
  });

  it('do not hold up the end of the server, and are there again with the next one', async () => {
    const { id, execd } = await create();
    const seen: Metrics[] = [];
    const watching = (async () => {
      for await (const each of watch(execd)) seen.push(each);
    })();
    await waitFor('the first line', () => (seen.length > 0 ? true : undefined));
    await test.restart();
    await watching;
    expect((await metrics(await ExecdClient.of(test, id))).cpu_count).toBe(0.5);
  });
});

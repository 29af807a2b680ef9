/**
 * How long it takes to compare two snapshots that differ in 10,000 files, and to read both contents of a file of 1 MiB.
 * Prints a table and writes it to docs/performance.md. It asserts no times.
 */
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { rm } from 'node:fs/promises';
import { it } from 'vitest';
import { execIn } from '../support/docker';
import { createTestBackend } from '../support/test-backend';
import { beginBench, report, table, type Row } from './support/report';

const FILES = 10_000;
const ROUNDS = 5;
const LIST_GOAL_MS = 2000;
const CONTENT_GOAL_MS = 300;
const MAKE_FILES = `
mkdir -p /w; cd /w; head -c 1048576 /dev/urandom | base64 | head -c 1048576 > large
for d in $(seq 1 100); do mkdir -p d$d; for f in $(seq 1 ${FILES / 100}); do echo $d-$f > d$d/f$f; done; done
`;

it('compares', async () => {
  const bench = await beginBench();
  const test = await createTestBackend();
  try {
    const { id } = await test.createSandbox();
    const container = test.containerOf(id);
    await execIn(test.docker, container, ['sh', '-c', 'mkdir /w; echo small > /w/large']);
    const before = (await test.takeSnapshot(id)).id;
    await execIn(test.docker, container, ['sh', '-c', MAKE_FILES]);
    const after = (await test.takeSnapshot(id)).id;
    const pair = `from=${before}&to=${after}`;
    const rows: Row[] = [];
    const measure = async (work: string, limit: number, call: () => Promise<void>) => {
      const product: number[] = [];
      for (let round = 0; round < ROUNDS; round += 1) {
        await test.restart();
        const start = performance.now();
        await call();
        product.push(performance.now() - start);
      }
      rows.push({ work, unit: 'ms', product, limit: { of: 'p50', at: 'most', value: limit } });
    };
    const compare = async (to: string) => {
      const { body } = await test.call<{ totalItems: number }>(
        'GET',
        `/v1/desktop/compare?from=${before}&to=${to}`,
      );
      if (body.totalItems < FILES) throw new Error(`only ${body.totalItems} paths differ`);
    };
    const contents = async () => {
      const { status } = await test.call('GET', `/v1/desktop/compare/file?${pair}&path=/w/large`);
      if (status !== 200) throw new Error(`the contents answered ${status}`);
    };
    await measure('10,000 changed files, first time', LIST_GOAL_MS, async () => {
      await rm(join(test.dataDir, 'layer-index'), { recursive: true, force: true });
      await compare(after);
    });
    await measure('10,000 changed files, layers known', LIST_GOAL_MS, () => compare(after));
    await measure('10,000 changed files of a live sandbox', LIST_GOAL_MS, () => compare(id));
    await measure('both contents of 1 MiB, first file', CONTENT_GOAL_MS, contents);
    const warm: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const start = performance.now();
      await contents();
      warm.push(performance.now() - start);
    }
    const limit = { of: 'p50', at: 'most', value: CONTENT_GOAL_MS } as const;
    rows.push({ work: 'both contents of 1 MiB, next files', unit: 'ms', product: warm, limit });
    await report('compare', bench, [table(rows)]);
  } finally {
    await test.dispose();
  }
});

/**
 * The map of 2,000 snapshots in a real Chromium while the server tells of changes, the memory of the page, and the
 * palette. Prints a table and writes it to docs/performance.md. It asserts no times.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Browser, BrowserContext, CDPSession, Page } from 'playwright-core';
import { afterAll, beforeAll, it } from 'vitest';
import { launchChromium } from '../gui/support/chromium';
import { PalettePage } from '../gui/pages/palette-page';
import { sampleSnapshot } from '../unit/store/sample-records';
import { NOTE_LONG_TASKS, whenShown } from './support/page-scripts';
import { Product } from './support/product';
import { beginBench, report, table, type Bench, type Row } from './support/report';
import { MANY_SNAPSHOTS, snapshotSeed } from './support/seeded-snapshots';

const NODES = 2_000;
const CHANGES = 300;
/** Every sixth snapshot is removed: of all chains, and from everywhere in them. */
const REMOVED_OF = 6;
const STATE_CHANGES = 60;
/** As fast as a busy set of agents: 20 changes a second. */
const CHANGE_EVERY_MS = 50;
const OPENINGS = 20;
/** Until whatever the loading left to do is done. */
const SETTLE_MS = 3_000;
const MIB = 2 ** 20;

const rows: Row[] = [];
let browser: Browser;
let bench: Bench;

beforeAll(async () => {
  bench = await beginBench();
  browser = await launchChromium();
});

afterAll(async () => {
  const version = browser.version();
  await browser.close();
  await report('lineage', bench, [table(rows)], version);
});

it.each(['Map', 'Outline'] as const)('follows changes among 2,000 nodes in the %s', async (view) => {
  await onProduct(NODES, async (product, { page, session }) => {
    await page.addInitScript(NOTE_LONG_TASKS);
    await page.goto(`${origin(product)}/app/lineage`);
    await page.getByRole('button', { name: view, exact: true }).click();
    await page
      .getByRole(view === 'Map' ? 'button' : 'treeitem', { name: /try \d/ })
      .first()
      .waitFor();
    await delay(SETTLE_MS);
    const opening = await page.evaluate<number[]>('window.longTasks.splice(0)');
    const renamed = await longestOver(page, CHANGES, async (change) => {
      const { id } = sampleSnapshot(change % NODES);
      const name = `try again ${String(change)}`;
      await product.api.expect(200, 'PATCH', `/v1/desktop/snapshots/${id}`, { name });
    });
    const removed = await longestOver(page, CHANGES, async (change) => {
      const { id } = sampleSnapshot(change * REMOVED_OF);
      await product.api.expect(204, 'DELETE', `/v1/snapshots/${id}`);
    });
    const sandbox = await product.create();
    const switched = await longestOver(page, STATE_CHANGES, async (change) => {
      const action = change % 2 === 0 ? 'pause' : 'resume';
      await product.api.expect(202, 'POST', `/v1/sandboxes/${sandbox}/${action}`);
    });
    const work = `2,000 nodes in the ${view.toLowerCase()}`;
    rows.push({
      work: `${work}: longest task of the page while it opens`,
      unit: 'ms',
      product: [Math.max(0, ...opening)],
    });
    for (const [changes, longest] of [
      [`${String(CHANGES)} changed names`, renamed],
      [`${String(CHANGES)} removals`, removed],
      [`${String(STATE_CHANGES)} changed states of a sandbox`, switched],
    ] as const)
      rows.push({
        work: `${work}: longest task over ${changes}`,
        unit: 'ms',
        product: [longest],
        limit: { of: 'p50', at: 'most', value: 50 },
      });
    rows.push({ work: `${work}: JavaScript heap`, unit: 'MiB', product: [await heap(session)] });
  });
});

it('idles', async () => {
  await onProduct(0, async (product, { page, session }) => {
    await page.goto(`${origin(product)}/app/sandboxes`);
    await page.getByRole('heading', { level: 1 }).waitFor();
    await delay(SETTLE_MS);
    const limit = { of: 'p50', at: 'most', value: 60 } as const;
    rows.push({
      work: 'JavaScript heap of the page, idle',
      unit: 'MiB',
      product: [await heap(session)],
      limit,
    });
  });
});

it.each([0, MANY_SNAPSHOTS])('opens the palette with %i snapshots', async (count) => {
  await onProduct(count, async (product, { page }) => {
    await page.goto(`${origin(product)}/app/sandboxes`);
    await page.getByRole('heading', { level: 1 }).waitFor();
    await delay(SETTLE_MS);
    const palette = new PalettePage(page);
    const times: number[] = [];
    for (let round = -1; round < OPENINGS; round += 1) {
      const shown = page.evaluate<number>(
        whenShown('[role=dialog] [role=option]', { key: 'k', control: true }),
      );
      const millis = await shown;
      if (round >= 0) times.push(millis);
      await page.keyboard.press('Escape');
      await palette.dialog.waitFor({ state: 'detached' });
    }
    const limit = { of: 'p50', at: 'most', value: 100 } as const;
    rows.push({
      work: `palette, ${count.toLocaleString('en')} snapshots: key → drawn`,
      unit: 'ms',
      product: times,
      limit,
    });
  });
});

/** Makes changes, and gives the longest task of the page meanwhile, in milliseconds. */
async function longestOver(
  page: Page,
  count: number,
  make: (change: number) => Promise<void>,
): Promise<number> {
  await page.evaluate('window.longTasks.splice(0)');
  for (let change = 0; change < count; change += 1) {
    await make(change);
    await delay(CHANGE_EVERY_MS);
  }
  return Math.max(0, ...(await page.evaluate<number[]>('window.longTasks.splice(0)')));
}

interface View {
  page: Page;
  session: CDPSession;
}

async function onProduct(
  snapshots: number,
  work: (product: Product, view: View) => Promise<void>,
): Promise<void> {
  const product = await Product.start(
    bench.docker,
    snapshots === 0 ? undefined : await snapshotSeed(snapshots),
  );
  let context: BrowserContext | undefined;
  try {
    context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    const page = await context.newPage();
    await page.goto(product.server.gui);
    await work(product, { page, session: await context.newCDPSession(page) });
  } finally {
    await context?.close();
    await product.dispose();
  }
}

/** In MiB, of what is still in use. */
async function heap(session: CDPSession): Promise<number> {
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  return usedSize / MIB;
}

/** Sign-in links name localhost, and cookies belong to a name. */
function origin(product: Product): string {
  return new URL(product.server.api).origin;
}

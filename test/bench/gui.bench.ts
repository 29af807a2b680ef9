/**
 * The GUI in a real Chromium against the real server: first paint, events on screen, 10,000 rows, size. Prints a table
 * and writes it to docs/performance.md. It asserts no times.
 */
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, it } from 'vitest';
import { launchChromium } from '../gui/support/chromium';
import { waitFor } from '../support/wait-for';
import { sampleSnapshot } from '../unit/store/sample-records';
import { firstLoadScripts } from './support/first-load';
import { FIRST_PAINT, NOTE_FIRST_ROW, filter, scroll, whenDrawn } from './support/page-scripts';
import { Product } from './support/product';
import { beginBench, report, table, type Bench, type Limit, type Row } from './support/report';
import { inTurns } from './support/samples';
import { MANY_SNAPSHOTS, snapshotSeed } from './support/seeded-snapshots';

const LOADS = 20;
const EVENTS = 40;
const FILTERS = 30;
const SCROLL = { frames: 300, pixels: 400 };

type SignedIn = Awaited<ReturnType<BrowserContext['storageState']>>;

const rows: Row[] = [];
let small: Product;
let large: Product;
let browser: Browser;
let bench: Bench;
let toSmall: SignedIn;
let toLarge: SignedIn;

beforeAll(async () => {
  bench = await beginBench();
  small = await Product.start(bench.docker);
  large = await Product.start(bench.docker, await snapshotSeed());
  browser = await launchChromium();
  // A sign-in link works once.
  toSmall = await signIn(small);
  toLarge = await signIn(large);
});

afterAll(async () => {
  const version = browser.version();
  await browser.close();
  await small.dispose();
  await large.dispose();
  await report('gui', bench, [table(rows)], version);
});

it('paints first, beside a page of one sentence from the same server', async () => {
  const pair = await inTurns(
    { rounds: LOADS, warmups: 2 },
    () => firstPaint('/app/sandboxes'),
    () => firstPaint('/sign-in?token=unknown'),
  );
  rows.push({
    work: 'first paint, empty cache; a page of one sentence',
    unit: 'ms',
    ...pair,
    limit: most('p50', 400),
  });
});

it('shows the first of 10,000 snapshots', async () => {
  const empty: number[] = [];
  const warm: number[] = [];
  for (let round = -1; round < LOADS; round++) {
    const { page, close } = await freshPage(toLarge);
    await page.addInitScript(NOTE_FIRST_ROW);
    for (const into of [empty, warm]) {
      await page.goto(`${origin(large)}/app/snapshots`);
      const shown = await whenTold<number>(page, 'window.firstRowAt');
      if (round >= 0) into.push(shown);
    }
    await close();
  }
  const work = 'navigation → first rows of 10,000 snapshots drawn';
  rows.push({ work: `${work}, empty cache`, unit: 'ms', product: empty, limit: most('p50', 300) });
  rows.push({ work: `${work}, filled cache`, unit: 'ms', product: warm, limit: most('p50', 300) });
});

it('scrolls, filters and follows events among 10,000 snapshots', async () => {
  const { page, close } = await freshPage(toLarge);
  await page.goto(`${origin(large)}/app/snapshots`);
  await whenTold(
    page,
    `Number(document.querySelector('[role=grid]')?.getAttribute('aria-rowcount')) > ${MANY_SNAPSHOTS}`,
  );
  await scrollRows(page);
  await filterRows(page);
  await eventRows(page);
  await close();
});

it('loads scripts', async () => {
  rows.push({
    work: 'first-load scripts, gzipped',
    unit: 'kB',
    product: [await firstLoadScripts()],
    limit: most('p50', 350),
  });
});

async function firstPaint(path: string): Promise<number> {
  const { page, close } = await freshPage(toSmall);
  await page.goto(origin(small) + path);
  const painted = await whenTold<number>(page, FIRST_PAINT);
  await close();
  return painted;
}

async function scrollRows(page: Page): Promise<void> {
  await page.evaluate(scroll(30, SCROLL.pixels));
  const { work, intervals } = await page.evaluate<{ work: number[]; intervals: number[] }>(
    scroll(SCROLL.frames, SCROLL.pixels),
  );
  rows.push({
    work: 'scrolling 10,000 rows: work per frame',
    unit: 'ms',
    product: work,
    limit: most('p95', 16),
  });
  rows.push({ work: 'the same: from frame to frame (60 Hz: 16.7)', unit: 'ms', product: intervals });
}

async function filterRows(page: Page): Promise<void> {
  const times: number[] = [];
  for (let round = -2; round < FILTERS; round++) {
    // No number that the base image has too: then all rows match, and the list has nothing to draw anew.
    const found = await page.evaluate<number>(filter(`try ${round + 20}`));
    if (round >= 0) times.push(found);
    await page.evaluate(filter(''));
  }
  rows.push({ work: 'filter 10,000 rows', unit: 'ms', product: times, limit: most('p50', 50) });
}

async function eventRows(page: Page): Promise<void> {
  // Newest first, and ids break ties: this one is in the first row.
  const { id } = sampleSnapshot(MANY_SNAPSHOTS - 1);
  await page.evaluate(`document.querySelector('[role=grid]').scrollTop = 0`);
  const times: number[] = [];
  for (let round = -2; round < EVENTS; round++) {
    const name = `seen on screen ${round}`;
    await page.evaluate('window.watching = false');
    const drawn = page.evaluate<number>(whenDrawn(name));
    await whenTold(page, 'window.watching');
    const start = performance.timeOrigin + performance.now();
    await large.api.expect(200, 'PATCH', `/v1/desktop/snapshots/${id}`, { name });
    const millis = (await drawn) - start;
    if (round >= 0) times.push(millis);
  }
  rows.push({
    work: 'change → drawn, among 10,000 rows',
    unit: 'ms',
    product: times,
    limit: most('p95', 200),
  });
}

async function signIn(product: Product): Promise<SignedIn> {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(product.server.gui);
  const state = await context.storageState();
  await context.close();
  return state;
}

/** A page with the session of one that signed in, and nothing cached. */
async function freshPage(signedIn: SignedIn): Promise<{ page: Page; close: () => Promise<void> }> {
  const context = await browser.newContext({
    storageState: signedIn,
    viewport: { width: 1280, height: 800 },
  });
  return { page: await context.newPage(), close: () => context.close() };
}

/** Asks the page until it has an answer; as an expression, because the page's own rules forbid evaluating text. */
async function whenTold<T>(page: Page, expression: string): Promise<T> {
  const told = await waitFor(`the page to answer ${expression}`, async () => {
    const value = await page.evaluate<T | undefined>(expression);
    return value === undefined || value === false ? undefined : { value };
  });
  return told.value;
}

/** Sign-in links name localhost, and cookies belong to a name. */
function origin(product: Product): string {
  return new URL(product.server.api).origin;
}

function most(of: Limit['of'], value: number): Limit {
  return { of, at: 'most', value };
}

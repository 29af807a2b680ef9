import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startGui, type GuiSession } from './support/gui-session';
import { seedSnapshots } from './support/seeded-folders';

/** More than the first page has. */
const SNAPSHOTS = 250;
const FIRST_PAGE = 100;
const OLDER = /\/v1\/desktop\/snapshots\?.*cursor=/;
const EVENTS = '**/v1/desktop/events';

let gui: GuiSession;
/** With the row of the header. */
let rows: string;

beforeAll(async () => {
  gui = await startGui({ dataDir: await seedSnapshots(SNAPSHOTS) });
  const { body } = await gui.server.call<{ totalItems: number }>('GET', '/v1/desktop/snapshots?limit=1');
  // Others may share the engine.
  expect(body.totalItems).toBeGreaterThanOrEqual(SNAPSHOTS);
  rows = String(body.totalItems + 1);
});
afterEach(() => gui.assertNoComplaints());
afterAll(() => gui.dispose());

/** Lets no older page of the list through until it is told to; `asked` resolves when one is wanted. */
async function holdOlderPages(page: Page): Promise<{ asked: Promise<void>; release: () => void }> {
  let release: () => void = () => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  let note: () => void = () => undefined;
  const asked = new Promise<void>((resolve) => (note = resolve));
  await page.route(OLDER, async (route) => {
    note();
    await released;
    // A page that was left took its requests along.
    await route.continue().catch(() => undefined);
  });
  return { asked, release };
}

function rowCount(page: Page): Promise<string | null> {
  return page.getByRole('grid', { name: 'Snapshots' }).getAttribute('aria-rowcount');
}

/** As if the window had been hidden: the event stream ends, and is opened again. */
async function hideFor(page: Page, meanwhile: () => Promise<void>): Promise<void> {
  // As text: it runs in the page, whose globals this project does not know.
  const hidden = (isHidden: boolean): string => `
    Object.defineProperty(document, 'hidden', { value: ${isHidden}, configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));`;
  await page.evaluate(hidden(true));
  await meanwhile();
  await page.evaluate(hidden(false));
}

describe('a list that is longer than its first page', () => {
  it('tells who selects all that older ones are not read yet', async () => {
    const page = await gui.openPage('/settings');
    const older = await holdOlderPages(page);
    await page.reload();
    await older.asked;
    await page.getByRole('link', { name: 'Snapshots', exact: true }).click();
    await page.getByRole('checkbox', { name: 'Select all' }).check();
    const bar = page.getByRole('toolbar', { name: 'Selected rows' });
    await bar.getByText(/^100 selected, \d+ older not read yet$/).waitFor();
    older.release();
    await bar.getByText(`${FIRST_PAGE} selected`, { exact: true }).waitFor();
    await expect.poll(() => rowCount(page)).toBe(rows);
    await page.getByRole('checkbox', { name: 'Select all' }).check();
    await bar.getByText(`${Number(rows) - 1} selected`, { exact: true }).waitFor();
  });

  it('stays whole while it is read anew after events were missed', async () => {
    const page = await gui.openPage('/snapshots');
    await expect.poll(() => rowCount(page)).toBe(rows);
    const older = await holdOlderPages(page);
    // An event that the server no longer knows: it cannot tell what came since.
    await page.route(EVENTS, async (route) =>
      route.continue({
        headers: { ...(await route.request().allHeaders()), 'last-event-id': 'long-gone-1' },
      }),
    );
    await hideFor(page, () => Promise.resolve());
    await older.asked;
    expect(await rowCount(page)).toBe(rows);
    older.release();
    await page.getByText(/ of \d+ read$/).waitFor({ state: 'detached' });
    expect(await rowCount(page)).toBe(rows);
  });
});

it('a lineage that is longer than the map shows as a whole at a smaller scale', async () => {
  const page = await gui.openPage('/lineage');
  await page.getByRole('group', { name: 'View' }).getByRole('button', { name: 'Map' }).click();
  const node = page.getByRole('button', { name: /^Snapshot after installing the dependencies/ }).first();
  await node.waitFor();
  const before = (await node.boundingBox())?.width;
  await page.getByRole('button', { name: 'Show everything' }).click();
  await expect.poll(async () => (await node.boundingBox())?.width).toBeLessThan((before ?? 0) / 4);
});

import type { Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startGui, type GuiSession } from './support/gui-session';
import { seedSnapshots } from './support/seeded-folders';

const SNAPSHOTS = 60;
const LARGE = { width: 1280, height: 800 };
const SMALL = { width: 1280, height: 500 };
/** The least that a line is high. */
const ROW_PX = 28;

let gui: GuiSession;
beforeAll(async () => {
  gui = await startGui({ dataDir: await seedSnapshots(SNAPSHOTS) });
});
afterEach(() => gui.assertNoComplaints());
afterAll(() => gui.dispose());

/** Walks down to the lowest row that is seen whole. */
async function walkToLowest(page: Page, list: Locator): Promise<void> {
  const box = await list.boundingBox();
  const bottom = (box?.y ?? 0) + (box?.height ?? 0);
  while ((await endOfFocused(page)) + 2 * ROW_PX < bottom) await page.keyboard.press('ArrowDown');
}

/** Where what has the focus ends; its row in a list. */
async function endOfFocused(page: Page): Promise<number> {
  const box = await page.locator(':focus').boundingBox();
  return (box?.y ?? Infinity) + (box?.height ?? 0);
}

async function isFocusedIn(page: Page, list: Locator): Promise<boolean> {
  const [box, row] = [await list.boundingBox(), await page.locator(':focus').boundingBox()];
  if (box === null || row === null) return false;
  return row.y >= box.y && row.y + row.height <= box.y + box.height + 1;
}

describe('the row under the keys', () => {
  it('stays in view when the window becomes lower', async () => {
    const page = await gui.openPage('/snapshots', { viewport: LARGE });
    const grid = page.getByRole('grid', { name: 'Snapshots' });
    await grid.locator('[data-row-id]').first().focus();
    await walkToLowest(page, grid);
    expect(await isFocusedIn(page, grid)).toBe(true);
    await page.setViewportSize(SMALL);
    await expect.poll(() => isFocusedIn(page, grid)).toBe(true);
  });

  it('stays in view when what is selected brings the bar of actions', async () => {
    const page = await gui.openPage('/snapshots', { viewport: LARGE });
    const grid = page.getByRole('grid', { name: 'Snapshots' });
    await grid.locator('[data-row-id]').first().focus();
    await walkToLowest(page, grid);
    await page.keyboard.press('Space');
    await page.getByRole('toolbar', { name: 'Selected rows' }).waitFor();
    await expect.poll(() => isFocusedIn(page, grid)).toBe(true);
  });

  it('is not fetched back by a lower window once it was scrolled away', async () => {
    const page = await gui.openPage('/snapshots', { viewport: LARGE });
    const grid = page.getByRole('grid', { name: 'Snapshots' });
    await grid.locator('[data-row-id]').first().focus();
    await page.evaluate(`document.querySelector('[role=grid]').scrollTop = 500`);
    await expect.poll(() => isFocusedIn(page, grid)).toBe(false);
    await page.setViewportSize(SMALL);
    await expect.poll(async () => (await grid.boundingBox())?.height).toBeLessThan(SMALL.height);
    expect(await page.evaluate(`document.querySelector('[role=grid]').scrollTop`)).toBe(500);
  });

  it('stays in view in the outline of the lineage, too', async () => {
    const page = await gui.openPage('/lineage', { viewport: LARGE });
    await page.getByRole('group', { name: 'View' }).getByRole('button', { name: 'Outline' }).click();
    const outline = page.getByRole('tree', { name: 'Lineage' });
    await outline.getByRole('treeitem').first().focus();
    await walkToLowest(page, outline);
    await page.setViewportSize(SMALL);
    await expect.poll(() => isFocusedIn(page, outline)).toBe(true);
  });
});

import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { SandboxesPage } from './pages/sandboxes-page';
import { SnapshotsPage } from './pages/snapshots-page';
import { axeViolations } from './support/axe';
import { startGui, type GuiSession } from './support/gui-session';

const THEMES = ['light', 'dark'] as const;
const SIZES = [
  { width: 1280, height: 800 },
  { width: 900, height: 600 },
  // 1280 × 800 at 200 % zoom.
  { width: 640, height: 400 },
];

/** Addresses with a list. */
const GRIDS = /^\/(sandboxes|snapshots)$/;
const ROWS_FIT = `[...document.querySelectorAll('[role=grid] [role=row]')].every(
  (row) => row.scrollWidth <= row.clientWidth)`;

let gui: GuiSession;
let sandboxId: string;
let snapshotId: string;

beforeAll(async () => {
  gui = await startGui();
  sandboxId = (await gui.server.createSandbox({ metadata: { name: 'seen' }, env: { TOKEN: 'secret' } })).id;
  snapshotId = (await gui.server.takeSnapshot(sandboxId, 'a snapshot with quite a long name to cut')).id;
});
afterEach(() => gui.assertNoComplaints());
afterAll(() => gui.dispose());

async function assertClean(page: Page, what: string): Promise<void> {
  const found = await axeViolations(page);
  expect(found, what).toEqual([]);
}

describe.each(THEMES)('in the %s theme', (colorScheme) => {
  // Each screen by itself: axe takes seconds for one, and minutes for all of them on a busy machine.
  it.each([
    ['Sandboxes', '/sandboxes', 'seen'],
    ['seen', '/sandboxes/SANDBOX', 'Configuration'],
    ['seen', '/sandboxes/SANDBOX/logs', 'No output yet'],
    ['Snapshots', '/snapshots', 'a snapshot with'],
    ['Snapshots', '/snapshots/SNAPSHOT', 'Restore with choices…'],
    ['Snapshots', '/snapshots/snap_none', 'It was deleted, or the address is wrong.'],
    ['Activity', '/activity', 'was created'],
    ['Settings', '/settings', 'Host volumes'],
    ['Tour', '/tour', 'Start: a sample sandbox'],
    ['Not found', '/nowhere', 'There is no such page'],
  ])('the screen %s at %s is clean for axe and has one main heading', async (title, screen, text) => {
    const path = screen.replace('SANDBOX', sandboxId).replace('SNAPSHOT', snapshotId);
    const page = await gui.openPage(path, { colorScheme });
    await page.getByRole('heading', { level: 1, name: title }).waitFor();
    await page.getByText(text).first().waitFor();
    expect(await page.getByRole('heading', { level: 1 }).count()).toBe(1);
    await assertClean(page, path);
    await page.context().close();
  });

  it('every dialog and menu is clean for axe', async () => {
    const page = await gui.openPage('/sandboxes', { colorScheme });
    const sandboxes = new SandboxesPage(page);
    const snapshots = new SnapshotsPage(page);
    await page.getByRole('button', { name: 'New sandbox' }).click();
    await sandboxes.dialog('New sandbox').getByRole('option').first().waitFor();
    await page.getByText('Get another image').click();
    await assertClean(page, 'new sandbox');
    await page.keyboard.press('Escape');
    for (const [entry, dialog] of [
      ['Take snapshot with name and note…', 'Snapshot of seen'],
      ['Roll back…', 'Roll back seen'],
      ['Fork…', 'Fork seen'],
      ['Delete…', 'Delete sandbox seen?'],
    ] as const) {
      await sandboxes.choose('seen', entry);
      await sandboxes.dialog(dialog).waitFor();
      await assertClean(page, dialog);
      await page.keyboard.press('Escape');
      await sandboxes.dialog(dialog).waitFor({ state: 'detached' });
    }
    await sandboxes.row('seen').getByRole('button', { name: 'Actions for seen' }).click();
    await page.getByRole('menu').waitFor();
    await assertClean(page, 'menu');
    await page.keyboard.press('Escape');
    await page.keyboard.press('Control+k');
    const palette = page.getByRole('dialog', { name: 'Command palette' });
    await palette.getByRole('option').first().waitFor();
    await page.keyboard.press('ArrowDown');
    await assertClean(page, 'palette');
    await page.keyboard.press('Escape');
    await palette.waitFor({ state: 'detached' });
    await snapshots.open();
    await snapshots.row('a snapshot').click();
    await snapshots.details.getByRole('button', { name: 'Restore with choices…' }).click();
    await snapshots.dialog(/^Restore/).waitFor();
    await assertClean(page, 'restore');
  });
});

describe('small windows and zoom', () => {
  it.each(SIZES)('never scroll the page sideways at $width × $height', async (viewport) => {
    const page = await gui.openPage('/sandboxes', { viewport });
    for (const path of [
      '/sandboxes',
      `/sandboxes/${sandboxId}`,
      '/snapshots',
      `/snapshots/${snapshotId}`,
      '/activity',
      '/settings',
      '/tour',
    ]) {
      await page.goto(`${gui.server.backend.address}/app${path}`);
      await page.getByRole('heading', { level: 1 }).waitFor();
      if (GRIDS.test(path)) await page.locator('[data-row-id]').first().waitFor();
      expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), path).toBe(true);
      // Columns give way instead of sliding out on the right, where nothing scrolls to them.
      expect(await page.evaluate(ROWS_FIT), path).toBe(true);
    }
  });
});

describe('sign-in', () => {
  it('shows a browser without it how to get it, and never the key to one that has it', async () => {
    const page = await gui.openPage();
    const keys = await page.evaluate<string>(
      `document.documentElement.outerHTML + JSON.stringify(localStorage) + document.cookie + location.href`,
    );
    expect(keys).not.toContain(gui.server.backend.apiKey);
    gui.expectComplaints(/401 \(Unauthorized\)/);
    await page.context().clearCookies();
    await page.goto(`${gui.server.backend.address}/app/sandboxes`);
    await page.getByRole('heading', { name: 'This browser is not signed in' }).waitFor();
    await page.getByText('npm start').waitFor();
    await page.getByText('Not signed in', { exact: true }).waitFor();
  });
});

import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { BUSYBOX_IMAGE } from '../support/docker';
import { SandboxesPage } from './pages/sandboxes-page';
import { SnapshotsPage } from './pages/snapshots-page';
import { focusedName } from './support/focus';
import { axeViolations } from './support/axe';
import { startGui, type GuiSession } from './support/gui-session';

let gui: GuiSession;

beforeAll(async () => {
  gui = await startGui();
});
afterEach(() => gui.assertNoComplaints());
afterAll(() => gui.dispose());

async function type(page: Page, ...keys: string[]): Promise<void> {
  for (const key of keys) await page.keyboard.press(key);
}

describe('the main job by keyboard alone', () => {
  it('creates, snapshots, compares, rolls back, forks, exports, restores and deletes without touching the mouse', async () => {
    const page = await gui.openPage();
    const sandboxes = new SandboxesPage(page);
    const snapshots = new SnapshotsPage(page);
    await page.getByRole('heading', { name: 'No sandboxes yet' }).waitFor();

    await type(page, 'n');
    const create = sandboxes.dialog('New sandbox');
    await create.getByRole('option', { name: BUSYBOX_IMAGE }).waitFor();
    await page.keyboard.type('opensandbox-test/busybox');
    await type(page, 'ArrowDown', 'Enter');
    await create.getByRole('textbox', { name: 'Name', exact: true }).focus();
    await page.keyboard.type('keys');
    await type(page, 'Enter');
    await sandboxes.row('keys').getByText('Running').waitFor();

    await sandboxes.row('keys').focus();
    await type(page, 'F2');
    await sandboxes.dialog('Rename keys').waitFor();
    await page.keyboard.type('named');
    await type(page, 'Enter');
    await sandboxes.row('named').waitFor();
    await page.getByRole('button', { name: 'Undo' }).press('Enter');
    await sandboxes.row('keys').focus();
    await type(page, 's');
    await page
      .getByText(/Taking snapshot “keys \d+ \w+ \d\d:\d\d”\./)
      .first()
      .waitFor();

    await type(page, 'g', 'n');
    await page.getByRole('heading', { level: 1, name: 'Snapshots' }).waitFor();
    expect(await focusedName(page)).toBe('Snapshots');
    await snapshots.waitForReady('keys');
    await snapshots.row('keys').focus();
    await type(page, 'Enter');
    await snapshots.details.waitFor();
    await type(page, 'F2');
    const rename = snapshots.dialog(/^Rename/);
    await rename.waitFor();
    await page.keyboard.type('kept');
    await type(page, 'Enter');
    await rename.waitFor({ state: 'detached' });
    await snapshots.row('kept').waitFor();

    await type(page, 'g', 's');
    await sandboxes.row('keys').focus();
    await type(page, 'c');
    await page.getByRole('heading', { level: 1, name: 'Compare' }).waitFor();
    await page.getByRole('heading', { name: 'No difference' }).waitFor();
    await type(page, 'g', 's');
    await sandboxes.row('keys').focus();
    await type(page, 'r');
    await sandboxes.dialog('Roll back keys').waitFor();
    await type(page, 'Tab', 'Enter');
    await page.getByText('Rolled back to “kept”.').first().waitFor();
    await sandboxes.row('keys').getByText('Running').waitFor();
    await sandboxes.row('keys').focus();
    await type(page, 'f');
    await sandboxes.dialog('Fork keys').waitFor();
    await page.keyboard.type('1');
    await type(page, 'Enter');
    await page.getByText('Made 1 sandbox.').first().waitFor();

    await type(page, 'g', 'n');
    // Not the safety snapshot, whose name ends like it.
    const kept = page.getByRole('row').filter({ has: page.getByText('kept', { exact: true }) });
    await kept.focus();
    const download = page.waitForEvent('download');
    await type(page, 'e');
    expect((await download).suggestedFilename()).toMatch(/\.tar$/);
    await type(page, 'r');
    await page.getByText('Restored “kept”.').first().waitFor();

    await type(page, 'Delete');
    const question = snapshots.dialog('Delete snapshot kept?');
    await question.waitFor();
    expect(await focusedName(page)).toBe('Cancel');
    await type(page, 'Escape');
    await question.waitFor({ state: 'detached' });
    expect(await kept.count()).toBe(1);
    await type(page, 'Delete');
    await question.waitFor();
    await type(page, 'Tab', 'Enter');
    await kept.waitFor({ state: 'detached' });
  });

  it('opens the menu of a row with Shift-F10 and gives the focus back on Escape', async () => {
    await gui.server.createSandbox({ metadata: { name: 'menu' } });
    const page = await gui.openPage();
    const row = new SandboxesPage(page).row('menu');
    await row.focus();
    await type(page, 'Shift+F10');
    await page.getByRole('menu', { name: 'Sandbox actions' }).waitFor();
    expect(await focusedName(page)).toContain('Open');
    await page
      .getByRole('menuitem', { name: 'Resume' })
      .getByText('Only a paused sandbox can be resumed.')
      .waitFor();
    await type(page, 'Escape');
    await page.getByRole('menu').waitFor({ state: 'detached' });
    expect(await focusedName(page)).toContain('menu');
    expect(await page.evaluate(`document.activeElement?.closest('[data-row-id]') !== null`)).toBe(true);
  });

  it('lists the keys with ?, and leaves letters alone once they are switched off', async () => {
    const page = await gui.openPage('/settings');
    await type(page, '?');
    const keys = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
    await keys.waitFor();
    // It scrolls, and has nothing inside that the focus could go to.
    await page.setViewportSize({ width: 900, height: 600 });
    expect(await axeViolations(page)).toEqual([]);
    await type(page, 'Escape');
    await keys.waitFor({ state: 'detached' });
    await page.getByRole('checkbox', { name: 'Single-key shortcuts' }).click();
    await page.getByText('Saved', { exact: true }).waitFor();
    await page.getByRole('heading', { level: 1 }).focus();
    await type(page, 'g', 's');
    await page.getByRole('heading', { level: 1, name: 'Settings' }).waitFor();
    await page.getByRole('checkbox', { name: 'Single-key shortcuts' }).click();
    await page.getByRole('heading', { level: 1 }).focus();
    await type(page, 'g', 's');
    await page.getByRole('heading', { level: 1, name: 'Sandboxes' }).waitFor();
  });
});

import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { waitFor } from '../support/wait-for';
import { SandboxesPage } from './pages/sandboxes-page';
import { focusedName } from './support/focus';
import { startGui, type GuiSession } from './support/gui-session';

let gui: GuiSession;
let sandboxId: string;
let snapshotId: string;

beforeAll(async () => {
  gui = await startGui();
  sandboxId = (await gui.server.createSandbox({ metadata: { name: 'origin' } })).id;
  snapshotId = (await gui.server.takeSnapshot(sandboxId, 'held')).id;
});
beforeEach(() => gui.server.call('PATCH', `/v1/desktop/snapshots/${snapshotId}`, { pinned: false }));
afterEach(() => gui.assertNoComplaints());
afterAll(() => gui.dispose());

async function isPinned(): Promise<boolean> {
  const { body } = await gui.server.call<{ pinned: boolean }>('GET', `/v1/desktop/snapshots/${snapshotId}`);
  return body.pinned;
}

async function choosePin(page: Page): Promise<void> {
  await page.getByRole('menuitem', { name: 'Pin', exact: true }).click();
  await waitFor('the pin', async () => ((await isPinned()) ? true : undefined));
}

describe('the menu of a snapshot', () => {
  it('is in the disk screen, by the right mouse button', async () => {
    const page = await gui.openPage('/disk');
    const list = page.getByRole('region', { name: 'Snapshots' });
    await list.getByRole('rowheader', { name: 'held' }).click({ button: 'right' });
    await choosePin(page);
    await page.getByRole('checkbox', { name: 'Choose held' }).and(page.locator(':disabled')).waitFor();
  });

  it('is on the page of its sandbox, by the keyboard, and gives the focus back', async () => {
    const page = await gui.openPage(`/sandboxes/${sandboxId}`);
    await page.getByRole('link', { name: 'held' }).focus();
    await page.keyboard.press('Shift+F10');
    await page.getByRole('menu', { name: 'Snapshot actions' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('menu').waitFor({ state: 'detached' });
    expect(await focusedName(page)).toBe('held');
    await page.keyboard.press('Shift+F10');
    await choosePin(page);
  });

  it('is in the activity, by its button, beside what can be done with the entry', async () => {
    const page = await gui.openPage('/activity');
    const entry = page.getByRole('listitem').filter({ hasText: 'held of origin is ready' });
    await entry.getByRole('button', { name: /^Actions for Snapshot held/ }).click();
    await choosePin(page);
    await entry.click({ button: 'right' });
    await page.getByRole('menuitem', { name: 'Copy this entry' }).click();
    await page.getByText('Copied entry').first().waitFor();
    expect(await page.evaluate<string>('navigator.clipboard.readText()')).toMatch(
      /^\d{4}-\S+Z Snapshot held of origin is ready/,
    );
  });
});

describe('the row that is selected in the list of sandboxes', () => {
  it('is in the address, and an address selects it', async () => {
    await gui.server.createSandbox({ metadata: { name: 'newer' } });
    const page = await gui.openPage();
    await new SandboxesPage(page).row('newer').focus();
    await page.keyboard.press('ArrowDown');
    await page.waitForURL(`**/app/sandboxes?selected=${sandboxId}`);
    const other = await gui.openPage(`/sandboxes?selected=${sandboxId}`);
    const origin = new SandboxesPage(other).row('origin');
    await origin.and(other.locator('[data-active=true]')).waitFor();
    // Keys and palette act on it, and the tab key goes there.
    expect(await origin.getAttribute('tabindex')).toBe('0');
    await other.keyboard.press('F2');
    await other.getByRole('dialog', { name: 'Rename origin' }).waitFor();
  });
});

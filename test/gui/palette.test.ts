import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { PalettePage } from './pages/palette-page';
import { SandboxesPage } from './pages/sandboxes-page';
import { focusedName } from './support/focus';
import { startGui, type GuiSession } from './support/gui-session';

let gui: GuiSession;
let page: Page;
let palette: PalettePage;
let sandboxes: SandboxesPage;

beforeAll(async () => {
  gui = await startGui();
  const agent = await gui.server.createSandbox({ metadata: { name: 'agent-7' } });
  await gui.server.createSandbox({ metadata: { name: 'other' } });
  await gui.server.takeSnapshot(agent.id, 'good');
  page = await gui.openPage();
  palette = new PalettePage(page);
  sandboxes = new SandboxesPage(page);
  await sandboxes.row('agent-7').waitFor();
});
afterEach(() => gui.assertNoComplaints());
afterAll(() => gui.dispose());

describe('the command palette', () => {
  it('acts on the selected row first, and gives the focus back to it on Escape', async () => {
    await sandboxes.row('agent-7').focus();
    await palette.open();
    expect(await focusedName(page)).toBe('Search everything');
    await palette.dialog.getByRole('group', { name: 'agent-7' }).waitFor();
    await palette.option('Roll back agent-7 to “good”…').waitFor();
    await page.keyboard.press('Escape');
    await palette.dialog.waitFor({ state: 'detached' });
    expect(await focusedName(page)).toContain('agent-7');
  });

  it('says why something cannot be done, and does not do it', async () => {
    await palette.open();
    await page.keyboard.type('resume agent');
    await palette
      .option(/Resume/)
      .getByText('Only a paused sandbox can be resumed.')
      .waitFor();
    await page.keyboard.press('Enter');
    expect(await palette.dialog.count()).toBe(1);
    await page.keyboard.press('Escape');
  });

  it('opens the dialog of an action with its object chosen', async () => {
    await sandboxes.row('agent-7').focus();
    await palette.run('roll good', 'Roll back agent-7 to “good”…');
    const dialog = sandboxes.dialog('Roll back agent-7');
    await dialog.waitFor();
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    expect(await focusedName(page)).toContain('agent-7');
  });

  it('shows the actions of what is found one layer below, and Escape goes one layer back', async () => {
    await palette.open();
    await page.keyboard.type('other sandbox');
    await palette.dialog.getByRole('option').first().and(palette.option('other')).waitFor();
    await page.keyboard.press('Shift+Enter');
    await palette.dialog.getByRole('textbox', { name: 'Actions for other' }).waitFor();
    await palette.option('Fork…').waitFor();
    await page.keyboard.press('Escape');
    await palette.dialog.getByRole('textbox', { name: 'Search everything' }).waitFor();
    await page.keyboard.press('Escape');
    await palette.dialog.waitFor({ state: 'detached' });
  });

  it('goes to screens and snapshots, and shows first what was there lately', async () => {
    await palette.run('good snapshot', 'good');
    await page.getByRole('complementary', { name: 'Snapshot details' }).waitFor();
    await palette.run('disk', 'Disk');
    await page.getByRole('heading', { level: 1, name: 'Disk' }).waitFor();
    await palette.open();
    const recent = palette.dialog.getByRole('group', { name: 'Recent' });
    expect(await recent.getByRole('option').allTextContents()).toEqual([
      expect.stringContaining('Disk'),
      expect.stringContaining('good'),
    ]);
    await page.keyboard.press('Escape');
  });

  it('changes a setting', async () => {
    await palette.run('theme dark', 'Theme: dark');
    await page.locator('html[data-theme=dark]').waitFor({ state: 'attached' });
    await palette.run('theme system', 'Theme: like the system');
    await page.locator('html:not([data-theme])').waitFor({ state: 'attached' });
  });

  it('says when nothing is found', async () => {
    await palette.open();
    await page.keyboard.type('zzzz');
    await palette.dialog.getByText('Nothing is called like that.').waitFor();
    await page.keyboard.press('Escape');
  });
});

describe('two selected sandboxes', () => {
  it('are compared with each other from the bar', async () => {
    await sandboxes.open();
    await sandboxes.row('agent-7').getByRole('checkbox').click();
    await sandboxes.row('other').getByRole('checkbox').click();
    await page
      .getByRole('toolbar', { name: 'Selected rows' })
      .getByRole('button', { name: 'Compare with…' })
      .click();
    await page.getByRole('heading', { level: 1, name: 'Compare' }).waitFor();
    const { searchParams } = new URL(page.url());
    expect(searchParams.get('from')).toMatch(/^sbx_/);
    expect(searchParams.get('to')).toMatch(/^sbx_/);
    // Neither has changed anything, which the engine tells in a way of its own.
    await page.getByRole('heading', { name: 'No difference' }).waitFor();
  });
});

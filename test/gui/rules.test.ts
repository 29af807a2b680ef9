import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { SandboxRules } from '../../src-main/http/schemas/rules';
import { axeViolations } from './support/axe';
import { startGui, type GuiSession } from './support/gui-session';

let gui: GuiSession;
let sandboxId: string;

beforeAll(async () => {
  gui = await startGui();
  sandboxId = (await gui.server.createSandbox({ metadata: { name: 'ruled' } })).id;
  for (const name of ['oldest', 'older', 'newest']) await gui.server.takeSnapshot(sandboxId, name);
});
afterEach(() => gui.assertNoComplaints());
afterAll(() => gui.dispose());

async function saved(): Promise<SandboxRules['rules']> {
  const path = `/v1/desktop/sandboxes/${sandboxId}/rules`;
  return (await gui.server.call<SandboxRules>('GET', path)).body.rules;
}

async function askToKeepOne(page: Page): Promise<void> {
  await page.getByRole('checkbox', { name: 'Delete automatic snapshots that are not kept' }).check();
  await page.getByRole('textbox', { name: 'Keep the last' }).fill('1');
  await page.getByRole('textbox', { name: 'One an hour, for hours' }).fill('0');
  await page.getByRole('textbox', { name: 'One a day, for days' }).fill('0');
  await page.getByRole('status').filter({ hasText: 'Nothing would be deleted now.' }).waitFor();
  await page.getByRole('checkbox', { name: 'Also snapshots taken by hand' }).check();
  await page.getByText('Will delete 2 snapshots, frees').waitFor();
}

describe('the rules of a sandbox', () => {
  it('are clean for axe, also while they ask, and never scroll sideways, in both themes', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      const viewport = { width: 900, height: 600 };
      const page = await gui.openPage(`/sandboxes/${sandboxId}/rules`, { colorScheme, viewport });
      await page.getByRole('checkbox', { name: 'On a schedule' }).check();
      await askToKeepOne(page);
      await page.getByText('Why 1 snapshot would stay').click();
      await page.getByRole('list', { name: 'What would stay' }).getByText('It is the newest.').waitFor();
      expect(await axeViolations(page)).toEqual([]);
      expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
      await page.getByRole('button', { name: 'Save rules' }).click();
      await page.getByRole('alertdialog').waitFor();
      expect(await axeViolations(page)).toEqual([]);
      await page.getByRole('button', { name: 'Cancel' }).click();
    }
    expect(await saved()).toEqual({ beforeDelete: false, beforeExpiry: false, beforeRollback: true });
  });

  it('are set by keyboard, and say when the next snapshot is due', async () => {
    const page = await gui.openPage(`/sandboxes/${sandboxId}`);
    await page.getByRole('link', { name: 'Rules' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('checkbox', { name: 'On a schedule' }).focus();
    await page.keyboard.press('Space');
    const minutes = page.getByRole('textbox', { name: 'Minutes between snapshots' });
    await minutes.fill('0');
    await page.getByText('A whole number from 1 to 10080.').waitFor();
    expect(await page.getByRole('button', { name: 'Save rules' }).isDisabled()).toBe(true);
    await minutes.fill('30');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Space');
    await page.keyboard.press('Enter');
    await page.getByText(/Next automatic snapshot: in (29|30) min/).waitFor();
    expect(await saved()).toEqual({
      everyMinutes: 30,
      beforeDelete: true,
      beforeExpiry: false,
      beforeRollback: true,
    });
    await page.getByRole('button', { name: 'More actions' }).click();
    await page.getByRole('menuitem', { name: 'Delete…' }).click();
    await page.getByRole('alertdialog').getByText('Its rules take a last snapshot first.').waitFor();
  });

  it('show what they delete before they are saved, and go with Undo', async () => {
    const page = await gui.openPage(`/sandboxes/${sandboxId}/rules`);
    await askToKeepOne(page);
    await page.getByRole('button', { name: 'Save rules' }).click();
    const dialog = page.getByRole('alertdialog', { name: 'Save rules and delete 2 snapshots?' });
    const going = dialog.getByRole('list', { name: 'What goes' });
    await going.getByText('oldest').waitFor();
    await going.getByText('older', { exact: true }).waitFor();
    expect((await saved()).retention).toBeUndefined();
    await dialog.getByRole('button', { name: 'Save and delete 2 snapshots' }).click();
    await dialog.waitFor({ state: 'detached' });
    await page.getByRole('status').filter({ hasText: 'Nothing would be deleted now.' }).waitFor();
    expect((await saved()).retention).toMatchObject({ keepLast: 1, includeManual: true });

    await page.getByRole('button', { name: 'Remove rules' }).click();
    const notes = page.getByRole('region', { name: 'Notifications' });
    await notes.getByText('Rules removed.').waitFor();
    expect((await saved()).retention).toBeUndefined();
    await notes.getByRole('button', { name: 'Undo' }).click();
    await notes.getByText('Rules saved.').first().waitFor();
    await page.getByRole('button', { name: 'Remove rules' }).waitFor();
    expect((await saved()).retention).toMatchObject({ keepLast: 1 });
  });
});

describe('pins', () => {
  it('show in the list and are found by is:pinned, and a rename by F2', async () => {
    const page = await gui.openPage('/snapshots');
    await page.getByRole('textbox', { name: 'Filter snapshots' }).fill('newest');
    const row = page.getByRole('row', { name: /newest/ });
    await row.focus();
    await page.keyboard.press('F2');
    await page.getByRole('textbox', { name: 'Name' }).fill('newest treasure');
    await page.keyboard.press('Enter');
    await row.getByText('newest treasure').waitFor();
    await row.focus();
    await page.keyboard.press('p');
    await row.getByLabel('Pinned').waitFor();
    await page.getByRole('textbox', { name: 'Filter snapshots' }).fill('treasure is:unpinned');
    await page.getByText('No snapshot matches').waitFor();
    await page.getByRole('textbox', { name: 'Filter snapshots' }).fill('treasure is:pinned is:manual');
    await row.waitFor();
  });
});

import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { startGui, type GuiSession } from './support/gui-session';

/** Work is told from ten seconds on; the page's clock is so much ahead instead of a test that waits. */
const AHEAD_MS = 60_000;
/** The browser's own notifications, noted as they are made. */
const NOTE_NOTICES = `
  window.notices = [];
  window.Notification = class extends window.Notification {
    constructor(title, options) {
      super(title, options);
      window.notices.push(title + ': ' + options.body);
    }
  };`;

let gui: GuiSession;
let sandboxId: string;

beforeAll(async () => {
  gui = await startGui();
  sandboxId = (await gui.server.createSandbox({ metadata: { name: 'worker' } })).id;
});
afterEach(() => gui.assertNoComplaints());
afterAll(() => gui.dispose());

/** Nobody looks at the page, as when another window is in front. */
async function lookAway(page: Page): Promise<void> {
  const session = await page.context().newCDPSession(page);
  await session.send('Emulation.setFocusEmulationEnabled', { enabled: false });
  await (await page.context().newPage()).bringToFront();
  expect(await page.evaluate<boolean>('document.hasFocus()')).toBe(false);
}

async function takeSnapshot(page: Page, name: string): Promise<void> {
  await gui.server.takeSnapshot(sandboxId, name);
  await page.getByText(`Snapshot ${name} is ready.`).first().waitFor({ state: 'attached' });
}

it('tells the end of long work to those who asked for it and look elsewhere', async () => {
  const page = await gui.openPage('/settings');
  await page.context().grantPermissions(['notifications']);
  await page.addInitScript(NOTE_NOTICES);
  await page.clock.setSystemTime(Date.now() + AHEAD_MS);
  await page.reload();
  const choice = page.getByRole('checkbox', { name: 'System notifications' });
  await choice.waitFor();
  expect(await choice.isChecked()).toBe(false);
  await choice.click();
  await page.getByText('System notifications: on.').first().waitFor();
  await takeSnapshot(page, 'seen');
  await lookAway(page);
  await takeSnapshot(page, 'unseen');
  expect(await page.evaluate('window.notices')).toEqual(['Snapshot ready: Snapshot unseen is ready.']);

  // It is kept for this browser, and can be taken back.
  await page.reload();
  await choice.click();
  await page.getByText('System notifications: off.').first().waitFor();
  await takeSnapshot(page, 'untold');
  expect(await page.evaluate('window.notices')).toEqual([]);
});

it('says where the browser forbids it', async () => {
  const page = await gui.openPage('/settings');
  await page.context().clearPermissions();
  await page.getByRole('checkbox', { name: 'System notifications' }).click();
  await page.getByText('This browser does not allow notifications.').first().waitFor();
  expect(await page.getByRole('checkbox', { name: 'System notifications' }).isChecked()).toBe(false);
});

import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { STARTER_IMAGE } from '../../src-main/engine/starter-image';
import { PalettePage } from './pages/palette-page';
import { axeViolations } from './support/axe';
import { focusedName } from './support/focus';
import { startGui, type GuiSession } from './support/gui-session';

let gui: GuiSession;
let hadStarter: boolean;

beforeAll(async () => {
  gui = await startGui();
  hadStarter = await gui.server.docker
    .getImage(STARTER_IMAGE)
    .inspect()
    .then(
      () => true,
      () => false,
    );
});
afterEach(() => gui.assertNoComplaints());
afterAll(async () => {
  // What the tour made on the engine goes with it.
  await gui.dispose();
  if (!hadStarter) await gui.server.docker.getImage(STARTER_IMAGE).remove();
});

/** Presses the button that has the focus by now, once it is the one that is meant. */
async function press(page: Page, name: string): Promise<void> {
  await page
    .getByRole('button', { name, exact: true, disabled: false })
    .and(page.locator(':focus'))
    .waitFor();
  await page.keyboard.press('Enter');
}

describe('the tour', () => {
  it('goes from a snapshot over a breakage back by keyboard alone, survives a reload, and cleans up', async () => {
    const page = await gui.openPage();
    await page.getByRole('button', { name: 'Take the tour' }).waitFor();
    await new PalettePage(page).run('tour', 'Take the tour');
    await page.getByRole('heading', { level: 1, name: 'Tour' }).waitFor();
    expect(await focusedName(page)).toBe('Tour');
    // Past the palette and the way out to the first step.
    for (let tabs = 0; tabs < 3; tabs += 1) await page.keyboard.press('Tab');
    await press(page, 'Make the sample sandbox');
    await page.getByText('Harvest in autumn.').waitFor();
    await press(page, 'Take the snapshot');
    await press(page, 'Break it');

    const changes = page.getByRole('list', { name: 'Changes since the snapshot' });
    await changes.waitFor();
    expect((await changes.getByRole('listitem').allTextContents()).sort()).toEqual([
      '+/work/core.dumpadded',
      '~/work/plan.txtchanged',
      '−/work/app.pyremoved',
    ]);
    expect(await axeViolations(page)).toEqual([]);

    await page.reload();
    await changes.waitFor();
    await page.getByRole('button', { name: 'Roll back', exact: true }).focus();
    await press(page, 'Roll back');
    await page.getByRole('heading', { name: /^Whole again, after \d+ seconds in all$/ }).waitFor();
    await page.getByText('Harvest in autumn.').waitFor();
    await page.getByText('Nothing differs from the snapshot.').waitFor();
    await page.emulateMedia({ colorScheme: 'dark' });
    expect(await axeViolations(page)).toEqual([]);

    // Another browser goes on with the same sample, and knows of no beginning.
    const other = await gui.openPage('/tour');
    await other.getByRole('button', { name: 'Break it' }).click();
    await other.getByRole('button', { name: 'Roll back', exact: true }).click();
    await other.getByRole('heading', { name: 'Whole again', exact: true }).waitFor();
    await other.close();

    await press(page, 'Delete the sample');
    await page.getByRole('heading', { name: 'No sandboxes yet' }).waitFor();
    const { body } = await gui.server.call<{ items: { readOnly: boolean }[] }>(
      'GET',
      '/v1/desktop/snapshots',
    );
    expect(body.items.filter((item) => !item.readOnly)).toEqual([]);
  });
});

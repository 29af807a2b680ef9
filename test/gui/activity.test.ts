import type { Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startGui, type GuiSession } from './support/gui-session';
import { seedActivity } from './support/seeded-folders';

/** As many as the server keeps; starting it adds some, for which the oldest go. */
const ENTRIES = 1_000;
const LONG = ' and said more than fits into one line'.repeat(8);
/** Far more than are in sight. */
const TAB_PRESSES = 60;

let gui: GuiSession;
beforeAll(async () => {
  const dataDir = await seedActivity(
    ENTRIES,
    (index) => `Entry ${index} was noted${index % 7 === 0 ? LONG : ''}.`,
  );
  gui = await startGui({ dataDir });
});
afterEach(() => gui.assertNoComplaints());
afterAll(() => gui.dispose());

async function openActivity(): Promise<{ page: Page; list: Locator }> {
  const page = await gui.openPage('/activity');
  const list = page.getByRole('list', { name: 'Activity' });
  await line(list, ENTRIES - 1).waitFor();
  return { page, list };
}

function line(list: Locator, index: number): Locator {
  return list.getByRole('listitem').filter({ hasText: `Entry ${index} was noted` });
}

/** As text: it runs in the page, whose globals this project does not know. */
const LIST = `document.querySelector('ol[aria-label=Activity]')`;
/** How many lines do not begin where the one before ends. */
const GAPS = `[...${LIST}.children].map((line) => line.getBoundingClientRect())
  .filter((box, at, boxes) => at > 0 && Math.abs(box.top - boxes[at - 1].bottom) > 1).length`;

/** @param share of the whole length */
async function scrollTo(page: Page, share: number): Promise<void> {
  await page.evaluate(`${LIST}.parentElement.scrollTop = ${LIST}.parentElement.scrollHeight * ${share}`);
}

describe(`the activity of ${ENTRIES} entries`, () => {
  it('draws those in sight, says how many there are, and scrolls to the oldest', async () => {
    const { page, list } = await openActivity();
    const lines = list.getByRole('listitem');
    expect(await lines.count()).toBeLessThan(80);
    expect(await lines.first().getAttribute('aria-setsize')).toBe(String(ENTRIES));
    await scrollTo(page, 1);
    await expect.poll(() => lines.last().getAttribute('aria-posinset')).toBe(String(ENTRIES));
    expect(await lines.count()).toBeLessThan(80);
  });

  it('lets no line lie over another one, however long they are', async () => {
    const { page, list } = await openActivity();
    await scrollTo(page, 0.5);
    await expect.poll(() => list.getByRole('listitem').first().getAttribute('aria-posinset')).not.toBe('1');
    await expect.poll(() => page.evaluate(GAPS)).toBe(0);
  });

  it('keeps lines in their place when something new happens, and shows it at the top', async () => {
    const { page, list } = await openActivity();
    await scrollTo(page, 0.5);
    await expect.poll(() => list.getByRole('listitem').first().getAttribute('aria-posinset')).not.toBe('1');
    const text = (await list.getByRole('listitem').nth(15).textContent()) ?? '';
    const watched = line(list, Number(/Entry (\d+)/.exec(text)?.[1]));
    const place = await watched.getAttribute('aria-posinset');
    const before = (await watched.boundingBox())?.y;
    const { id } = await gui.server.createSandbox({ metadata: { name: 'news' } });
    await expect.poll(() => watched.getAttribute('aria-posinset')).not.toBe(place);
    expect((await watched.boundingBox())?.y).toBe(before);
    await scrollTo(page, 0);
    await list.getByText('news').first().waitFor();
    await gui.server.call('DELETE', `/v1/sandboxes/${id}`);
  });

  it('goes on with the tab key beyond what is in sight, and keeps the line that has the focus', async () => {
    const { page, list } = await openActivity();
    await list.getByRole('button', { name: /^Actions for Entry 999 / }).focus();
    for (let press = 0; press < TAB_PRESSES; press += 1) await page.keyboard.press('Tab');
    const focused = list.getByRole('listitem').filter({ has: page.locator(':focus') });
    const position = await focused.getAttribute('aria-posinset');
    expect(Number(position)).toBeGreaterThan(TAB_PRESSES / 2);
    await scrollTo(page, 1);
    await expect
      .poll(() => list.getByRole('listitem').last().getAttribute('aria-posinset'))
      .not.toBe(position);
    expect(await focused.getAttribute('aria-posinset')).toBe(position);
    await page.keyboard.press('Shift+F10');
    await page.getByRole('menuitem', { name: 'Copy this entry' }).waitFor();
  });

  it('starts at the top for another filter', async () => {
    const { page, list } = await openActivity();
    await scrollTo(page, 0.5);
    await page.getByRole('textbox', { name: 'Filter activity' }).fill('noted');
    await line(list, ENTRIES - 1).waitFor();
    expect(await page.evaluate(`${LIST}.parentElement.scrollTop`)).toBe(0);
  });
});

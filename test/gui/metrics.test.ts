import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { waitFor } from '../support/wait-for';
import { axeViolations } from './support/axe';
import { startGui, type GuiSession } from './support/gui-session';

const BUSY = {
  metadata: { name: 'busy' },
  entrypoint: ['sh', '-c', 'while :; do :; done'],
  resourceLimits: { cpu: '100m', memory: '64Mi' },
};
/** As text: they run in the page, whose globals this project does not know. */
const setHidden = (hidden: boolean): string => `{
  Object.defineProperty(document, 'hidden', { configurable: true, get: () => ${String(hidden)} });
  document.dispatchEvent(new Event('visibilitychange'));
}`;
/** Left of the charts are the words of their axes alone. */
const DRAWN = `[...document.querySelectorAll('canvas')].every((canvas) =>
  [canvas.width, 70].every((width) =>
    canvas.getContext('2d').getImageData(0, 0, width, canvas.height).data.some((byte) => byte !== 0)))`;

let gui: GuiSession;
let id: string;

beforeAll(async () => {
  gui = await startGui();
  ({ id } = await gui.server.createSandbox(BUSY));
});
afterEach(() => gui.assertNoComplaints());
afterAll(() => gui.dispose());

describe('the metrics of a sandbox', () => {
  it('are drawn and said, stop while nobody looks, go on after that and after a pause', async () => {
    const page = await gui.openPage(`/sandboxes/${id}/metrics`);
    const cpu = page.getByRole('region', { name: 'CPU' });
    await cpu.getByText('0.1 CPUs').waitFor();
    await page.getByRole('region', { name: 'Memory' }).getByText('64.0 MiB').waitFor();
    await page
      .getByRole('img', { name: /^CPU over the last \d+ s: now [\d.]+ %, peak [\d.]+ %, mean [\d.]+ %$/ })
      .waitFor();
    await page.getByRole('img', { name: /^Memory over the last/ }).waitFor();
    await waitFor('the charts', async () => ((await page.evaluate<boolean>(DRAWN)) ? true : undefined));

    const watching = () => page.waitForRequest(/metrics\/watch$/);
    const ended = page.waitForEvent('requestfailed', (request) => request.url().endsWith('/metrics/watch'));
    await page.evaluate(setHidden(true));
    await ended;
    const again = watching();
    await page.evaluate(setHidden(false));
    await again;

    await gui.server.call('POST', `/v1/sandboxes/${id}/pause`);
    await page.getByText(/^The sandbox is paused\. It uses no CPU meanwhile/).waitFor();
    await cpu.getByText('Last').waitFor();
    const resumed = watching();
    await page.getByRole('button', { name: 'Resume' }).click();
    await resumed;
    await cpu.getByText('Now').waitFor();
  });

  it('are clean for axe in both themes, and stand in short in the overview', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      const page = await gui.openPage(`/sandboxes/${id}/metrics`, { colorScheme });
      await page.getByRole('img', { name: /^CPU over/ }).waitFor();
      expect(await axeViolations(page)).toEqual([]);
      await page.getByRole('link', { name: 'Overview' }).click();
      await page.getByText(/^CPU [\d.]+ % of 0\.1 CPUs$/).waitFor();
      await page.getByText(/^Memory [\d.]+ \w+ of 64\.0 MiB$/).waitFor();
      expect(await axeViolations(page)).toEqual([]);
    }
  });
});

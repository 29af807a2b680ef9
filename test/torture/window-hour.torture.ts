import type { CDPSession, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { PalettePage } from '../gui/pages/palette-page';
import { SandboxesPage } from '../gui/pages/sandboxes-page';
import { SnapshotsPage } from '../gui/pages/snapshots-page';
import { TerminalPage } from '../gui/pages/terminal-page';
import { startGui, type GuiSession } from '../gui/support/gui-session';
import { seedActivity } from '../gui/support/seeded-folders';
import { tortureOptions } from './options';

const HOUR_MINUTES = 60;
/**
 * Then every part is loaded, and the marks of the first snapshots have left the terminal's scrollback. The browser still
 * compiles what it runs often: that alone grows after some fifty rounds, objects and texts do not.
 */
const WARM_ROUNDS = 200;
/** As many as the product keeps: what is kept up to a bound is kept from the beginning. */
const ACTIVITY_ENTRIES = 1_000;
const LIFE_MS = 24 * 3_600_000;
const SCROLLBACK_LINES = 10_000;
const MIB = 2 ** 20;
/** The goal of the product: within 10 % of what it was. */
const GROWTH = 1.1;
const MOST_MIB = 60;

const { report, longestMs } = tortureOptions({ minutes: HOUR_MINUTES });

let gui: GuiSession;
beforeAll(async () => {
  const dataDir = await seedActivity(ACTIVITY_ENTRIES, (index) => `Entry ${index} was noted.`);
  gui = await startGui({ dataDir });
});
afterAll(() => gui.dispose());

it(
  `keeps the memory of a window that is used for ${longestMs / 60_000} minutes`,
  async () => {
    const { id } = await gui.server.createSandbox({ metadata: { name: 'used' }, timeout: LIFE_MS / 1_000 });
    await gui.server.takeSnapshot(id, 'first');
    const page = await gui.openPage();
    const session = await page.context().newCDPSession(page);
    const used: number[] = [];
    const end = Date.now() + longestMs;
    for (let round = 0; round < WARM_ROUNDS || Date.now() < end; round += 1) {
      await useEverything(page, round);
      used.push(await heap(session));
      report(`round ${round + 1}: ${(used.at(-1) ?? 0).toFixed(2)} MiB`);
    }
    gui.assertNoComplaints();
    const warm = used[WARM_ROUNDS - 1] ?? 0;
    expect(Math.max(...used)).toBeLessThan(MOST_MIB);
    expect(used.at(-1)).toBeLessThanOrEqual(warm * GROWTH);
  },
  2 * longestMs,
);

/** Every screen, the terminal, the editor and the map; a snapshot comes and goes, so lists and maps change. */
async function useEverything(page: Page, round: number): Promise<void> {
  const sandboxes = new SandboxesPage(page);
  const snapshots = new SnapshotsPage(page);
  const terminal = new TerminalPage(page);
  const palette = new PalettePage(page);
  const name = `round ${round}`;
  await sandboxes.open();
  await sandboxes.row('used').getByRole('link', { name: 'used', exact: true }).click();
  await page.getByRole('heading', { level: 1, name: 'used' }).waitFor();
  for (const tab of ['Logs', 'Files', 'Metrics', 'Rules', 'Terminal'])
    await page.getByRole('link', { name: tab, exact: true }).click();
  await terminal.ready();
  // The scrollback is full from the first round on.
  await terminal.run(`seq 1 ${round === 0 ? 2 * SCROLLBACK_LINES : 500}; echo done-$((${round} + 1))`);
  await terminal.sees(`done-${round + 1}`);
  const sandboxId = /sandboxes\/([^/?]+)/.exec(page.url())?.[1] ?? '';
  const { id } = await gui.server.takeSnapshot(sandboxId, name);
  await snapshots.open();
  await snapshots.row(name).click();
  await snapshots.details.waitFor();
  for (const screen of ['Lineage', 'Disk', 'Activity', 'Settings']) {
    await page.getByRole('link', { name: screen, exact: true }).click();
    await page.getByRole('heading', { level: 1, name: screen }).waitFor();
  }
  await palette.run('first', /first/);
  await gui.server.call('DELETE', `/v1/snapshots/${id}`);
  await snapshots.open();
  await snapshots.row(name).waitFor({ state: 'detached' });
}

/** In MiB, of what is still in use. */
async function heap(session: CDPSession): Promise<number> {
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  return usedSize / MIB;
}

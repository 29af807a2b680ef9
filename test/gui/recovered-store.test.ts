import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { axeViolations } from './support/axe';
import { startGui, type GuiSession } from './support/gui-session';
import { seedActivity } from './support/seeded-folders';

const ENTRIES = 41;

let gui: GuiSession;
beforeAll(async () => {
  const dataDir = await seedActivity(ENTRIES, (index) => `Entry ${index} was noted.`);
  const journal = join(dataDir, 'state.1.journal');
  await writeFile(journal, (await readFile(journal, 'utf8')).replace('Entry 20 was', 'Entry 20 is'));
  gui = await startGui({ dataDir });
});
afterEach(() => gui.assertNoComplaints());
afterAll(() => gui.dispose());

it('a store that was damaged is told of once, with each number once', async () => {
  const page = await gui.openPage();
  const banner = page.getByRole('status').filter({ hasText: 'The state files were damaged.' });
  await banner.waitFor();
  const text = (await banner.textContent()) ?? '';
  expect(text.match(/\brecords?\b/gi)).toHaveLength(1);
  expect(text.match(/\b\d{2}\b/g)).toHaveLength(1);
  await banner.getByText('Rebuilt from the engine: 0 sandboxes, 0 snapshots.').waitFor();
  expect(await axeViolations(page)).toEqual([]);
  await banner.getByRole('button', { name: 'Dismiss' }).click();
  await banner.waitFor({ state: 'detached' });
  await page.reload();
  await page.getByRole('heading', { level: 1 }).waitFor();
  expect(await banner.count()).toBe(0);
});

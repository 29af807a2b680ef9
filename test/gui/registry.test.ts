import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { REGISTRY_USER, startRegistry, type TestRegistry } from '../support/registry';
import { SnapshotsPage } from './pages/snapshots-page';
import { axeViolations } from './support/axe';
import { startGui, type GuiSession } from './support/gui-session';

let gui: GuiSession;
let registry: TestRegistry;
let snapshotId: string;

beforeAll(async () => {
  registry = await startRegistry();
  gui = await startGui();
  const { id } = await gui.server.createSandbox({ metadata: { name: 'source' } });
  snapshotId = (await gui.server.takeSnapshot(id, 'to travel')).id;
});
afterEach(() => gui.assertNoComplaints());
afterAll(async () => {
  await gui.dispose();
  await registry.stop();
});

async function signIn(page: Page): Promise<void> {
  await page.getByLabel('User name').fill(REGISTRY_USER.username);
  await page.getByLabel('Password').fill(REGISTRY_USER.password);
}

describe('a snapshot', () => {
  it('goes to a registry and comes back from it', async () => {
    const page = await gui.openPage(`/snapshots/${snapshotId}`);
    const snapshots = new SnapshotsPage(page);
    await snapshots.details.getByRole('button', { name: 'Push to a registry…' }).click();
    await page.getByLabel('Reference').fill(`${registry.host}/Team/BAD`);
    await page.keyboard.press('Enter');
    gui.expectComplaints(/400/);
    await snapshots
      .dialog(/Push to travel/)
      .getByText('cannot name an image')
      .waitFor();
    await page.getByLabel('Reference').fill(`${registry.host}/team/traveller:v1`);
    await signIn(page);
    expect(await axeViolations(page)).toEqual([]);
    await page.getByRole('button', { name: 'Push', exact: true }).click();
    await page.getByText(`Pushed “to travel” to ${registry.host}/team/traveller:v1.`).first().waitFor();
    gui.assertNoComplaints();

    await gui.server.call('DELETE', `/v1/snapshots/${snapshotId}`);
    await snapshots.row('to travel').waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Pull from a registry…' }).click();
    expect(await page.getByLabel('Reference').inputValue()).toBe(`${registry.host}/team/traveller:v1`);
    expect(await page.getByLabel('Password').inputValue()).toBe('');
    await signIn(page);
    await page.keyboard.press('Enter');
    await page.getByText(`Pulled ${registry.host}/team/traveller:v1.`).first().waitFor();
    await page.getByRole('button', { name: 'Show', exact: true }).click();
    await snapshots.details.getByRole('heading', { name: 'to travel' }).waitFor();
    await snapshots.row('to travel').getByText('Ready').waitFor();
  });

  it('shows its recipe to copy and to save, in both themes accessibly', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      const page = await gui.openPage(`/snapshots/${snapshotId}`, { colorScheme });
      await new SnapshotsPage(page).details.getByRole('button', { name: 'Recipe' }).click();
      const draft = page.getByRole('region', { name: 'Dockerfile draft' });
      await draft.getByText('---- 1 of 1: to travel').waitFor();
      expect(await axeViolations(page)).toEqual([]);
      if (colorScheme === 'dark') continue;
      const text = await draft.textContent();
      await page.getByRole('button', { name: 'Copy', exact: true }).click();
      await expect.poll(() => page.evaluate('navigator.clipboard.readText()')).toBe(text);
      const downloading = page.waitForEvent('download');
      await page.getByRole('button', { name: 'Save as Dockerfile' }).click();
      const download = await downloading;
      expect(download.suggestedFilename()).toBe('Dockerfile');
      expect(await readFile(await download.path(), 'utf8')).toBe(text);
    }
  });
});

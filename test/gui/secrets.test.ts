import { readFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { execIn } from '../support/docker';
import { SnapshotsPage } from './pages/snapshots-page';
import { axeViolations } from './support/axe';
import { startGui, type GuiSession } from './support/gui-session';

/** Opens nothing; only its form is that of a token. */
const TOKEN = `ghp_${'a1B2c3D4e5F6'.repeat(3)}`;
const OTHER = `ghp_${'z9Y8x7W6v5U4'.repeat(3)}`;
const IN_LABEL = `ghp_${'k5J4h3G2f1D0'.repeat(3)}`;
const IN_NOTES = `ghp_${'q1W2e3R4t5Y6'.repeat(3)}`;

let gui: GuiSession;
let snapshotId: string;

beforeAll(async () => {
  gui = await startGui();
  const { id } = await gui.server.createSandbox({ metadata: { name: 'source' } });
  const script = 'mkdir -p /srv/app; echo "TOKEN=$1" > /srv/app/.env; echo "$2" > /srv/sample.txt';
  await execIn(gui.server.docker, `opensandbox-${id}`, ['sh', '-c', script, 'sh', TOKEN, OTHER]);
  snapshotId = (await gui.server.takeSnapshot(id, 'to leave')).id;
  await gui.server.call('PATCH', `/v1/desktop/snapshots/${snapshotId}`, {
    labels: { token: IN_LABEL },
    notes: IN_NOTES,
  });
});
afterEach(() => gui.assertNoComplaints());
afterAll(() => gui.dispose());

describe('a snapshot that is to leave', () => {
  it('is looked through first, and leaves without what is ticked, in both themes accessibly', async () => {
    const page = await gui.openPage(`/snapshots/${snapshotId}`);
    const snapshots = new SnapshotsPage(page);
    await snapshots.details.getByRole('button', { name: 'Export with choices…' }).click();
    const dialog = snapshots.dialog('Export to leave to a file');
    await dialog.getByRole('checkbox', { name: 'Look for secrets first' }).check();
    const found = dialog.getByRole('region', { name: 'Secrets found' });
    await found.getByText('Found in 3 places: 3 left out, 0 kept in.').waitFor();
    await found.getByText('GitHub token in line 1.').first().waitFor();
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      expect(await axeViolations(page)).toEqual([]);
    }
    await found.getByRole('checkbox', { name: '/srv/sample.txt' }).press('Space');
    await found.getByText('Found in 3 places: 2 left out, 1 kept in.').waitFor();
    expect(await found.getByRole('checkbox', { name: 'Label token' }).isChecked()).toBe(true);
    await found
      .getByRole('list', { name: 'Secrets that go along' })
      .getByText('The notes of the snapshot: GitHub token')
      .waitFor();
    for (const secret of [TOKEN, IN_LABEL]) expect(await dialog.textContent()).not.toContain(secret);

    // What is nowhere is said before anything is made.
    gui.expectComplaints(/400/);
    await dialog.getByRole('textbox', { name: 'Leave out' }).fill('/srv/none');
    await dialog.getByRole('button', { name: 'Export', exact: true }).click();
    await dialog.getByRole('alert').getByText('no layer of the snapshot has such a path').waitFor();
    await dialog.getByRole('textbox', { name: 'Leave out' }).fill('');
    const downloading = page.waitForEvent('download');
    await dialog.getByRole('button', { name: 'Export', exact: true }).press('Enter');
    const archive = await readFile(await (await downloading).path());
    expect(archive.includes(TOKEN)).toBe(false);
    expect(archive.includes(IN_LABEL)).toBe(false);
    for (const kept of [OTHER, IN_NOTES]) expect(archive.includes(kept)).toBe(true);
    await dialog.waitFor({ state: 'detached' });
  });

  it('is looked through without being asked once the settings say so, also before a push', async () => {
    const page = await gui.openPage('/settings');
    await page.getByRole('checkbox', { name: 'Look for secrets before a snapshot leaves' }).click();
    await page.getByText('Saved', { exact: true }).waitFor();
    const snapshots = new SnapshotsPage(page);
    await snapshots.open();
    await snapshots.row('to leave').click();
    await snapshots.details.getByRole('button', { name: 'Export to a file' }).click();
    const exporting = snapshots.dialog('Export to leave to a file');
    await exporting.getByText('Found in 3 places: 3 left out, 0 kept in.').waitFor();
    await exporting.getByRole('button', { name: 'Keep all in' }).press('Enter');
    await exporting.getByText('Found in 3 places: 0 left out, 3 kept in.').waitFor();
    await page.keyboard.press('Escape');
    await snapshots.details.getByRole('button', { name: 'Push to a registry…' }).click();
    const pushing = snapshots.dialog('Push to leave to a registry');
    await pushing.getByText('Found in 3 places: 3 left out, 0 kept in.').waitFor();
    expect(await pushing.getByRole('checkbox', { name: '/srv/app/.env' }).isChecked()).toBe(true);
    expect(await axeViolations(page)).toEqual([]);
  });
});

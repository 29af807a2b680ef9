import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { SnapshotsPage } from './pages/snapshots-page';
import { axeViolations } from './support/axe';
import { startGui, type GuiSession } from './support/gui-session';

let gui: GuiSession;
let folder: string;
let snapshotId: string;

beforeAll(async () => {
  gui = await startGui();
  folder = await mkdtemp(join(tmpdir(), 'opensandbox-transfer-'));
  const { id } = await gui.server.createSandbox({ metadata: { name: 'source' } });
  snapshotId = (await gui.server.takeSnapshot(id, 'to-travel')).id;
});
afterEach(() => gui.assertNoComplaints());
afterAll(async () => {
  await gui.dispose();
  await rm(folder, { recursive: true, force: true });
});

describe('a snapshot', () => {
  it('says whether it is verified, what is missing, and what it does not hold', async () => {
    const page = await gui.openPage(`/snapshots/${snapshotId}`);
    const snapshots = new SnapshotsPage(page);
    const verification = snapshots.details.getByRole('region', { name: 'Verification' });
    await verification.getByText('Verified', { exact: true }).waitFor();
    const lacking = snapshots.details.getByRole('region', { name: 'Not in this snapshot' });
    expect(await lacking.getByRole('listitem').allTextContents()).toEqual(['Memory and 1 running process']);
    expect(await axeViolations(page)).toEqual([]);

    // As if a file of the image had changed and the capture had not got it.
    const file = join(gui.server.dataDir, 'capture-evidence', `${snapshotId}.json`);
    const evidence = JSON.parse(await readFile(file, 'utf8')) as object;
    const changes = [{ path: '/bin/busybox', kind: 'modified' }];
    await writeFile(file, JSON.stringify({ ...evidence, exact: true, changes }));
    await verification.getByRole('button', { name: 'Verify again' }).press('Enter');
    const missing = verification.getByRole('list', { name: 'Missing paths' });
    await missing.getByText('/bin/busybox').waitFor();
    await verification.getByText('Incomplete', { exact: true }).waitFor();
    await snapshots.row('to-travel').getByLabel('Incomplete').waitFor();
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      expect(await axeViolations(page)).toEqual([]);
    }
  });

  it('goes into a file and comes back from it, by mouse', async () => {
    const page = await gui.openPage(`/snapshots/${snapshotId}`);
    const snapshots = new SnapshotsPage(page);
    const downloading = page.waitForEvent('download');
    await snapshots.details.getByRole('button', { name: 'Export to a file' }).click();
    const download = await downloading;
    expect(download.suggestedFilename()).toBe('to-travel.opensandbox.tar');
    const file = join(folder, download.suggestedFilename());
    await download.saveAs(file);
    await gui.server.call('DELETE', `/v1/snapshots/${snapshotId}`);
    await snapshots.row('to-travel').waitFor({ state: 'detached' });
    await page.getByLabel('Exported snapshots').setInputFiles(file);
    await page.getByText('Imported the snapshot in to-travel.opensandbox.tar.').first().waitFor();
    await page.getByRole('button', { name: 'Show', exact: true }).click();
    await snapshots.details.getByRole('heading', { name: 'to-travel' }).waitFor();
    await snapshots.row('to-travel').getByText('Ready').waitFor();

    // The same file once more, dropped on the list: it is there already.
    gui.expectComplaints(/409/);
    const content = (await readFile(file)).toString('base64');
    await page.evaluate(`{
      const data = new DataTransfer();
      const bytes = Uint8Array.from(atob('${content}'), (each) => each.charCodeAt(0));
      data.items.add(new File([bytes], 'again.tar'));
      document.body.dispatchEvent(new DragEvent('dragover', { dataTransfer: data, bubbles: true, cancelable: true }));
      globalThis.dropAgain = () =>
        document.body.dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }));
    }`);
    await page.getByText('Drop to import').waitFor();
    await page.evaluate('dropAgain()');
    await page
      .getByText(/again\.tar: Snapshot .* is Ready here/)
      .first()
      .waitFor();
  });

  it('says what is wrong with a file that is no archive, in both themes accessibly', async () => {
    const file = join(folder, 'letter.tar');
    await writeFile(file, 'Dear engine, '.repeat(200));
    for (const colorScheme of ['light', 'dark'] as const) {
      const page = await gui.openPage('/snapshots', { colorScheme });
      await page.getByRole('button', { name: 'Import…' }).waitFor();
      gui.expectComplaints(/400/);
      await page.getByLabel('Exported snapshots').setInputFiles(file);
      await page
        .getByText(/letter\.tar: This is not a snapshot/)
        .first()
        .waitFor();
      expect(await axeViolations(page)).toEqual([]);
    }
  });

  it('can be imported where there is no snapshot yet', async () => {
    await gui.server.call('DELETE', `/v1/snapshots/${snapshotId}`);
    const page = await gui.openPage('/snapshots');
    // The engine may hold snapshots of other servers, which would be listed too.
    await page.route('**/v1/desktop/snapshots?*', (route) =>
      route.fulfill({ json: { items: [], totalItems: 0 } }),
    );
    await page.reload();
    await page.getByRole('heading', { name: 'No snapshots yet' }).waitFor();
    await page.getByLabel('Exported snapshots').setInputFiles(join(folder, 'to-travel.opensandbox.tar'));
    await new SnapshotsPage(page).row('to-travel').getByText('Ready').waitFor();
  });
});

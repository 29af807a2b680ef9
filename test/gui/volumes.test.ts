import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { execIn } from '../support/docker';
import { SandboxesPage } from './pages/sandboxes-page';
import { SnapshotsPage } from './pages/snapshots-page';
import { axeViolations } from './support/axe';
import { startGui, type GuiSession } from './support/gui-session';

let gui: GuiSession;

beforeAll(async () => {
  gui = await startGui();
});
afterEach(() => gui.assertNoComplaints());
afterAll(() => gui.dispose());

function shell(sandboxId: string, script: string): Promise<string> {
  return execIn(gui.server.docker, gui.server.containerOf(sandboxId), ['sh', '-c', script]);
}

const COPY = { name: 'Copy named volumes too' };

describe('the snapshot dialog', () => {
  it('offers to copy named volumes, with their sizes, and the snapshot shows and restores what it holds', async () => {
    const claimName = `gui-copied-${gui.server.instanceId.slice(-8).toLowerCase()}`;
    const { id } = await gui.server.createSandbox({
      metadata: { name: 'with-data' },
      volumes: [{ name: 'data', pvc: { claimName, deleteOnSandboxTermination: true }, mountPath: '/data' }],
    });
    await shell(id, 'echo kept > /data/file; head -c 2097152 /dev/zero > /data/large');
    const page = await gui.openPage();
    const sandboxes = new SandboxesPage(page);

    await sandboxes.choose('with-data', 'Take snapshot with name and note…');
    const dialog = sandboxes.dialog('Snapshot of with-data');
    const choice = dialog.getByRole('checkbox', COPY);
    expect(await choice.isChecked()).toBe(false);
    await dialog.getByText(`${claimName} at /data (2.0 MiB)`).waitFor();
    await dialog.getByText('mounted volumes at /data').waitFor();
    await choice.check();
    expect(await dialog.getByText('mounted volumes at /data').count()).toBe(0);
    expect(await axeViolations(page)).toEqual([]);
    await dialog.getByRole('textbox', { name: 'Name' }).fill('with volumes');
    await dialog.getByRole('button', { name: 'Take snapshot' }).click();
    await dialog.waitFor({ state: 'detached' });

    const snapshots = new SnapshotsPage(page);
    await snapshots.open();
    await snapshots.waitForReady('with volumes');
    await shell(id, 'echo lost > /data/file');
    await snapshots.row('with volumes').click();
    await snapshots.details.getByText(`${claimName} at /data, 2.0 MiB`).waitFor();
    await snapshots.details.getByRole('button', { name: 'Export with choices…' }).click();
    const exporting = snapshots.dialog('Export with volumes to a file');
    await exporting.getByText('The copy of the volume at /data stays here').waitFor();
    await page.keyboard.press('Escape');
    await exporting.waitFor({ state: 'detached' });
    const { body } = await gui.server.call<{ items: { snapshot: { id: string } }[] }>(
      'GET',
      '/v1/desktop/snapshots',
    );
    const restored = await gui.server.createSandbox({
      image: undefined,
      snapshotId: body.items[0]?.snapshot.id,
    });
    expect(await shell(restored.id, 'cat /data/file')).toBe('kept\n');
  });

  it('says nothing of volumes where there are none', async () => {
    await gui.server.createSandbox({ metadata: { name: 'without' } });
    const page = await gui.openPage();
    const sandboxes = new SandboxesPage(page);
    await sandboxes.choose('without', 'Take snapshot with name and note…');
    const dialog = sandboxes.dialog('Snapshot of without');
    await dialog.waitFor();
    expect(await dialog.getByRole('checkbox', COPY).count()).toBe(0);
  });
});

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { BUSYBOX_IMAGE, execIn } from '../support/docker';
import { SandboxesPage } from './pages/sandboxes-page';
import { SnapshotsPage } from './pages/snapshots-page';
import { focusedName } from './support/focus';
import { startGui, type GuiSession } from './support/gui-session';

let gui: GuiSession;

beforeAll(async () => {
  gui = await startGui();
});
afterEach(() => gui.assertNoComplaints());
afterAll(() => gui.dispose());

async function sandboxIdOf(name: string): Promise<string> {
  const { body } = await gui.server.call<{ items: { id: string; metadata?: Record<string, string> }[] }>(
    'GET',
    '/v1/sandboxes?pageSize=200',
  );
  const found = body.items.find((item) => item.metadata?.['name'] === name);
  if (found === undefined) throw new Error(`The API knows no sandbox named ${name}.`);
  return found.id;
}

describe('the main job by mouse', () => {
  it('creates, snapshots, deletes, restores, and the file is back while the deleted one stays deleted', async () => {
    const page = await gui.openPage();
    const sandboxes = new SandboxesPage(page);
    const snapshots = new SnapshotsPage(page);
    const { docker } = gui.server;

    await sandboxes.create(BUSYBOX_IMAGE, 'origin');
    const container = gui.server.containerOf(await sandboxIdOf('origin'));
    await execIn(docker, container, ['sh', '-c', 'echo kept > /kept; rm /etc/passwd']);

    await sandboxes.choose('origin', 'Take snapshot with name and note…');
    const dialog = sandboxes.dialog('Snapshot of origin');
    await dialog.getByText('Not captured: memory and running processes').waitFor();
    await dialog.getByRole('textbox', { name: 'Name' }).fill('before the upgrade');
    await dialog.getByRole('textbox', { name: 'Note' }).fill('all tests green');
    await dialog.getByRole('button', { name: 'Take snapshot' }).click();
    await dialog.waitFor({ state: 'detached' });
    await snapshots.open();
    await snapshots.waitForReady('before the upgrade');

    await sandboxes.open();
    await sandboxes.choose('origin', 'Delete…');
    const question = sandboxes.dialog('Delete sandbox origin?');
    await question.getByText('1 snapshot of it stays').waitFor();
    expect(await focusedName(page)).toBe('Cancel');
    await question.getByRole('button', { name: 'Delete sandbox' }).click();
    await question.waitFor({ state: 'detached' });
    await page.getByRole('heading', { name: 'No sandboxes yet' }).waitFor();

    await snapshots.open();
    await snapshots.row('before the upgrade').click();
    await snapshots.details.getByRole('heading', { name: 'before the upgrade' }).waitFor();
    expect(await snapshots.details.getByRole('textbox', { name: 'Note' }).inputValue()).toBe(
      'all tests green',
    );
    await snapshots.details.getByRole('button', { name: 'Restore with choices…' }).click();
    const restore = snapshots.dialog('Restore before the upgrade');
    await restore.getByRole('textbox', { name: 'Name' }).fill('reborn');
    await restore.getByRole('button', { name: 'Restore' }).click();
    await restore.waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Open sandbox' }).click();
    await page.getByRole('heading', { level: 1, name: 'reborn' }).waitFor();

    const reborn = gui.server.containerOf(await sandboxIdOf('reborn'));
    expect(await execIn(docker, reborn, ['sh', '-c', 'cat /kept; ls /etc/passwd'])).toMatch(
      /^kept\n.*No such file or directory/s,
    );
  });

  it('restores with one click and says what deleting the snapshot does while it is in use', async () => {
    const sandbox = await gui.server.createSandbox({ metadata: { name: 'source' } });
    await gui.server.takeSnapshot(sandbox.id, 'in use');
    const page = await gui.openPage('/snapshots');
    const snapshots = new SnapshotsPage(page);

    await snapshots.row('in use').click();
    await snapshots.details.getByRole('button', { name: 'Restore', exact: true }).click();
    await page.getByText('Restored “in use”.').first().waitFor();
    await snapshots.details.getByText('once, last').waitFor();

    await snapshots.details.getByRole('button', { name: 'Delete…' }).click();
    const question = snapshots.dialog('Delete snapshot in use?');
    await question.getByText('1 sandbox started from it keeps running.').waitFor();
    await question.getByText('This cannot be undone.').waitFor();
    await question.getByRole('button', { name: 'Delete snapshot' }).click();
    await question.waitFor({ state: 'detached' });
    await snapshots.row('in use').waitFor({ state: 'detached' });
  });

  it('shows what happens behind its back: pause by hand, removal by hand', async () => {
    const sandbox = await gui.server.createSandbox({ metadata: { name: 'outside' } });
    const page = await gui.openPage();
    const sandboxes = new SandboxesPage(page);
    const container = gui.server.docker.getContainer(gui.server.containerOf(sandbox.id));
    await sandboxes.row('outside').getByText('Running').waitFor();
    await container.pause();
    await sandboxes.row('outside').getByText('Paused').waitFor();
    await container.unpause();
    await sandboxes.row('outside').getByText('Running').waitFor();
    await container.remove({ force: true });
    await sandboxes.row('outside').waitFor({ state: 'detached' });
  });
});

describe('bulk actions', () => {
  it('ask once, name what they take away, and can be undone', async () => {
    await gui.server.createSandbox({ metadata: { name: 'bulk-1' } });
    await gui.server.createSandbox({ metadata: { name: 'bulk-2' } });
    const page = await gui.openPage();
    const sandboxes = new SandboxesPage(page);
    await page.getByRole('textbox', { name: 'Filter sandboxes' }).fill('bulk- state:running');
    await sandboxes.row('bulk-1').getByRole('checkbox').click();
    await sandboxes.row('bulk-2').getByRole('checkbox').click();
    await page
      .getByRole('toolbar', { name: 'Selected rows' })
      .getByRole('button', { name: 'Delete…' })
      .click();
    const question = sandboxes.dialog('Delete 2 sandboxes?');
    await question.getByText('bulk-1').waitFor();
    await question.getByRole('button', { name: 'Delete 2 sandboxes' }).click();
    await question.waitFor({ state: 'detached' });
    await sandboxes.row('bulk-1').waitFor({ state: 'detached' });
    await sandboxes.row('bulk-2').waitFor({ state: 'detached' });
    // Their files were kept first, so that they come back.
    await page.getByRole('button', { name: 'Undo' }).click();
    await sandboxes.row('bulk-1').getByText('Running').waitFor();
    await sandboxes.row('bulk-2').getByText('Running').waitFor();
  });
});

describe('logs', () => {
  it('follow the output as it comes', async () => {
    const sandbox = await gui.server.createSandbox({
      metadata: { name: 'talker' },
      entrypoint: [
        'sh',
        '-c',
        'echo first line; while [ ! -e /go ]; do sleep 0.1; done; echo second line >&2; sleep 1000',
      ],
    });
    const page = await gui.openPage(`/sandboxes/${sandbox.id}/logs`);
    const log = page.getByRole('log', { name: 'Output' });
    await log.getByText('first line').waitFor();
    await execIn(gui.server.docker, gui.server.containerOf(sandbox.id), ['touch', '/go']);
    await log.getByText('second line').waitFor();
  });
});

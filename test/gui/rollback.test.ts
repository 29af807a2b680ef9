import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { execIn } from '../support/docker';
import { SandboxesPage } from './pages/sandboxes-page';
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

describe('rolling back', () => {
  it('by mouse goes back to a snapshot, and Undo brings the state of before', async () => {
    const { id } = await gui.server.createSandbox({ metadata: { name: 'agent' } });
    await shell(id, 'echo good > /file');
    await gui.server.takeSnapshot(id, 'good');
    await shell(id, 'echo broken > /file');
    const page = await gui.openPage();
    const sandboxes = new SandboxesPage(page);

    await sandboxes.choose('agent', 'Roll back…');
    const dialog = sandboxes.dialog('Roll back agent');
    const safety = dialog.getByRole('checkbox', { name: 'Take a safety snapshot first' });
    expect(await safety.isChecked()).toBe(true);
    expect(await dialog.getByRole('combobox', { name: 'Snapshot' }).textContent()).toContain('good');
    await dialog.getByRole('button', { name: 'Roll back' }).click();
    await dialog.waitFor({ state: 'detached' });
    const notes = page.getByRole('region', { name: 'Notifications' });
    await notes.getByText('Rolled back to “good”.').waitFor();
    expect(await shell(id, 'cat /file')).toBe('good\n');

    await notes.getByRole('button', { name: 'Undo' }).click();
    await notes.getByText('Rolled back to “Before rollback to good”.').waitFor();
    expect(await shell(id, 'cat /file')).toBe('broken\n');
    await sandboxes.row('agent').getByText('Running').waitFor();
  });

  it('by keyboard does the same with r', async () => {
    const { id } = await gui.server.createSandbox({ metadata: { name: 'keys' } });
    await shell(id, 'echo good > /file');
    await gui.server.takeSnapshot(id, 'by key');
    await shell(id, 'echo broken > /file');
    const page = await gui.openPage();
    const sandboxes = new SandboxesPage(page);
    await sandboxes.row('keys').focus();
    await page.keyboard.press('r');
    const dialog = sandboxes.dialog('Roll back keys');
    await dialog.waitFor();
    // From the list of snapshots to the check box, where Enter does what the button says.
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await dialog.waitFor({ state: 'detached' });
    await page.getByText('Rolled back to “by key”.').first().waitFor();
    expect(await shell(id, 'cat /file')).toBe('good\n');
  });
});

describe('forking', () => {
  it('with f makes several sandboxes with names', async () => {
    await gui.server.createSandbox({ metadata: { name: 'stem' } });
    const page = await gui.openPage();
    const sandboxes = new SandboxesPage(page);
    await sandboxes.row('stem').focus();
    await page.keyboard.press('f');
    const dialog = sandboxes.dialog('Fork stem');
    await dialog.waitFor();
    await page.keyboard.type('2');
    await page.keyboard.press('Enter');
    await dialog.waitFor({ state: 'detached' });
    await page.getByText('Made 2 sandboxes.').first().waitFor();
    await sandboxes.row('stem-1').getByText('Running').waitFor();
    await sandboxes.row('stem-2').getByText('Running').waitFor();
  });
});

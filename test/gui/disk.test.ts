import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { execIn } from '../support/docker';
import { axeViolations } from './support/axe';
import { startGui, type GuiSession } from './support/gui-session';

let gui: GuiSession;
let bigId: string;

beforeAll(async () => {
  gui = await startGui();
  const { id } = await gui.server.createSandbox({ metadata: { name: 'grower' } });
  await gui.server.takeSnapshot(id, 'small one');
  const fill = ['dd', 'if=/dev/zero', 'of=/workspace/big', 'bs=1M', 'count=5'];
  await execIn(gui.server.docker, gui.server.containerOf(id), fill);
  bigId = (await gui.server.takeSnapshot(id, 'big one')).id;
});
afterEach(() => gui.assertNoComplaints());
afterAll(() => gui.dispose());

describe('the disk screen', () => {
  it('is clean for axe and never scrolls sideways, in both themes', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      const page = await gui.openPage('/disk', { colorScheme, viewport: { width: 900, height: 600 } });
      await page.getByRole('checkbox', { name: 'Choose big one' }).waitFor();
      expect(await axeViolations(page)).toEqual([]);
      expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
      await page.getByRole('checkbox', { name: 'Choose big one' }).check();
      await page.getByRole('button', { name: 'Reclaim 1 snapshot…' }).click();
      await page.getByRole('list', { name: 'What goes' }).waitFor();
      expect(await axeViolations(page)).toEqual([]);
    }
  });

  it('shows what goes before it goes, and what came back, by keyboard', async () => {
    const page = await gui.openPage('/sandboxes');
    await page.keyboard.press('g');
    await page.keyboard.press('d');
    await page.getByRole('heading', { level: 1, name: 'Disk' }).waitFor();
    const big = page.getByRole('row', { name: 'Choose big one' });
    await big.getByRole('cell', { name: '5.0 MiB', exact: true }).first().waitFor();
    await page.getByRole('checkbox', { name: 'Choose big one' }).focus();
    await page.keyboard.press('Space');
    await page.getByRole('button', { name: 'Reclaim 1 snapshot…' }).focus();
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('alertdialog', { name: 'Reclaim disk space?' });
    await dialog.getByRole('listitem').filter({ hasText: 'big one' }).getByText('5.0 MiB').waitFor();
    expect((await gui.server.call('GET', `/v1/snapshots/${bigId}`)).status).toBe(200);
    await dialog.getByRole('button', { name: /^Delete and free 5\.\d MiB$/ }).focus();
    await page.keyboard.press('Enter');
    await page
      .getByText(/MiB are free again/)
      .first()
      .waitFor();
    await big.waitFor({ state: 'detached' });
    expect((await gui.server.call('GET', `/v1/snapshots/${bigId}`)).status).toBe(404);
  });
});

import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { afterAll, afterEach, beforeAll, describe, it } from 'vitest';
import { packStarterFilesystem } from '../../src-main/engine/starter-filesystem';
import { findStaticBusybox } from '../../src-main/engine/static-busybox';
import { SandboxesPage } from './pages/sandboxes-page';
import { startGui, type GuiSession } from './support/gui-session';

let gui: GuiSession;

beforeAll(async () => {
  gui = await startGui();
});
afterEach(() => gui.assertNoComplaints());
afterAll(() => gui.dispose());

describe('getting an image', () => {
  it('imports a root filesystem tar and starts a sandbox from it', async () => {
    const busybox = await findStaticBusybox();
    if (busybox === undefined)
      throw new Error('This test needs a static busybox: apt-get install busybox-static.');
    const tar = join(gui.server.dataDir, 'my-rootfs.tar');
    await pipeline(await packStarterFilesystem(busybox), createWriteStream(tar));
    const name = `opensandbox-test/imported-${gui.server.instanceId.slice(-8).toLowerCase()}:latest`;
    const page = await gui.openPage();
    const dialog = new SandboxesPage(page).dialog('New sandbox');
    try {
      await page.getByRole('button', { name: 'New sandbox' }).click();
      await dialog.getByText('Get another image').click();
      await dialog.getByRole('textbox', { name: 'Image name' }).fill(name);
      await dialog.getByLabel('Root filesystem tar').setInputFiles(tar);
      await dialog.getByRole('option', { name, selected: true }).waitFor();
      await dialog.getByText('Succeeded').waitFor();
      await dialog.getByRole('textbox', { name: 'Name', exact: true }).fill('from-tar');
      await dialog.getByRole('button', { name: 'Create sandbox' }).click();
      await new SandboxesPage(page).row('from-tar').getByText('Running').waitFor();
    } finally {
      await gui.server.call('DELETE', `/v1/sandboxes/${await onlySandbox()}`);
      await gui.server.docker.getImage(name).remove({ force: true });
    }
  });

  it('shows inside the dialog why a pull failed', async () => {
    const page = await gui.openPage();
    const dialog = new SandboxesPage(page).dialog('New sandbox');
    await page.getByRole('button', { name: 'New sandbox' }).click();
    await dialog.getByText('Get another image').click();
    await dialog.getByRole('textbox', { name: 'Image name' }).fill('localhost:1/nothing:here');
    await dialog.getByRole('button', { name: 'Pull' }).click();
    await dialog.getByText('Pull localhost:1/nothing:here').waitFor();
    await dialog.getByText('Failed', { exact: true }).waitFor();
  });
});

async function onlySandbox(): Promise<string> {
  const { body } = await gui.server.call<{ items: { id: string }[] }>('GET', '/v1/sandboxes');
  return body.items[0]?.id ?? 'none';
}

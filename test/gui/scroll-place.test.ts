import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { SnapshotsPage } from './pages/snapshots-page';
import { startGui, type GuiSession } from './support/gui-session';

const SNAPSHOTS = 14;

let gui: GuiSession;

beforeAll(async () => {
  gui = await startGui();
});
afterEach(() => gui.assertNoComplaints());
afterAll(() => gui.dispose());

it('rows on screen keep their place when rows above them vanish', async () => {
  const sandbox = await gui.server.createSandbox({ metadata: { name: 'busy' } });
  const ids: string[] = [];
  for (let index = 0; index < SNAPSHOTS; index += 1) {
    ids.push((await gui.server.takeSnapshot(sandbox.id, `checkpoint-${index}.`)).id);
  }
  const page = await gui.openPage('/snapshots', { viewport: { width: 900, height: 400 } });
  const snapshots = new SnapshotsPage(page);
  // Others may share the engine; these are ours alone.
  await page.getByRole('textbox', { name: 'Filter snapshots' }).fill('sandbox:busy checkpoint');
  const watched = snapshots.row('checkpoint-4.');
  await snapshots.row('checkpoint-13.').waitFor();
  await page.evaluate(`document.querySelector('[role=grid]').scrollTop = 250`);
  await watched.waitFor();
  const before = (await watched.boundingBox())?.y;
  for (const id of ids.slice(-2)) {
    expect((await gui.server.call('DELETE', `/v1/snapshots/${id}`)).status).toBe(204);
  }
  await expect
    .poll(() => page.getByRole('grid').getAttribute('aria-rowcount'))
    .toBe(String(SNAPSHOTS - 2 + 1));
  expect((await watched.boundingBox())?.y).toBe(before);
});

import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { DesktopSandbox, DesktopSnapshot } from '../../src-main/http/schemas/desktop';
import { execIn } from '../support/docker';
import { ComparePage } from './pages/compare-page';
import { SandboxesPage } from './pages/sandboxes-page';
import { SnapshotsPage } from './pages/snapshots-page';
import { startGui, type GuiSession } from './support/gui-session';

/** `npm run screenshots` names a folder here; then each step of the story leaves a picture. */
const PICTURES = process.env['OPENSANDBOX_STORY_PICTURES'];

const PROJECT = `mkdir -p /project/src; cd /project
printf '%s\\n' 'import db' '' 'def total(cart):' '    return sum(i.price for i in cart)' > src/cart.py
echo 'orders: 1240' > data.yaml; echo 'all 14 tests pass' > report.txt`;
const BREAKAGE = `cd /project; sed -i 's/sum(i.price for i in cart)/0/' src/cart.py
rm data.yaml; echo '9 of 14 tests fail' > report.txt`;
const TRIES = ['i.price', 'i.price * i.count', 'i.total()'];

let gui: GuiSession;
let folder: string;
beforeAll(async () => {
  gui = await startGui();
  folder = await mkdtemp(join(tmpdir(), 'opensandbox-story-'));
});
afterEach(() => gui.assertNoComplaints());
afterAll(async () => {
  await gui.dispose();
  await rm(folder, { recursive: true, force: true });
});

function shell(sandboxId: string, script: string): Promise<string> {
  return execIn(gui.server.docker, gui.server.containerOf(sandboxId), ['sh', '-c', script]);
}

async function sandboxNamed(name: string): Promise<string> {
  const { body } = await gui.server.call<{ items: DesktopSandbox[] }>('GET', '/v1/desktop/sandboxes');
  const found = body.items.find(({ displayName }) => displayName === name);
  if (found === undefined) throw new Error(`There is no sandbox ${name}.`);
  return found.sandbox.id;
}

let pictures = 0;
async function picture(page: Page, name: string): Promise<void> {
  pictures += 1;
  if (PICTURES === undefined) return;
  await page.mouse.move(0, 0);
  await page.screenshot({ path: join(PICTURES, `story-${String(pictures)}-${name}.png`) });
}

it('an agent breaks its sandbox; a person goes back, tries three ways, keeps the best and gets the bytes back', async () => {
  const { id } = await gui.server.createSandbox({ metadata: { name: 'shop-agent' } });
  await shell(id, PROJECT);
  await gui.server.takeSnapshot(id, 'tests pass');
  const page = await gui.openPage('/sandboxes');
  const sandboxes = new SandboxesPage(page);
  const snapshots = new SnapshotsPage(page);
  const compare = new ComparePage(page);

  // The agent breaks it, and the person sees what changed since.
  await shell(id, BREAKAGE);
  await sandboxes.choose('shop-agent', 'Compare with…');
  await compare.line('data.yaml').getByText('Removed').waitFor();
  await compare.line('report.txt').getByText('Changed').waitFor();
  await compare.line('cart.py').click();
  await compare.contents.getByText('return 0').waitFor();
  await picture(page, 'what-changed');

  // Back to the good state; the broken one stays as a safety snapshot.
  await sandboxes.open();
  await sandboxes.choose('shop-agent', 'Roll back…');
  const rollback = sandboxes.dialog('Roll back shop-agent');
  await picture(page, 'roll-back');
  await rollback.getByRole('button', { name: 'Roll back' }).click();
  await rollback.waitFor({ state: 'detached' });
  await page.getByText('Rolled back to “tests pass”.').first().waitFor();
  expect(await shell(id, 'cat /project/report.txt')).toBe('all 14 tests pass\n');

  // Three tries side by side.
  await snapshots.open();
  await snapshots.row('tests pass').filter({ hasNotText: 'Before' }).click();
  await page.keyboard.press('f');
  const fork = snapshots.dialog('Fork tests pass');
  await fork.waitFor();
  await page.keyboard.type('3');
  await fork.getByRole('textbox', { name: 'Name' }).fill('attempt');
  await page.keyboard.press('Enter');
  await fork.waitFor({ state: 'detached' });
  await page.getByText('Made 3 sandboxes.').first().waitFor();
  const tries: string[] = [];
  for (const [index, expression] of TRIES.entries()) {
    const tryId = await sandboxNamed(`attempt-${String(index + 1)}`);
    tries.push(tryId);
    await shell(
      tryId,
      `cd /project; sed -i 's/i.price/${expression}/' src/cart.py; head -c 3000000 /dev/urandom > try.bin`,
    );
    await gui.server.takeSnapshot(tryId, `try ${String(index + 1)}`);
  }
  await page.getByRole('link', { name: 'Lineage', exact: true }).click();
  await page.getByRole('heading', { level: 1, name: 'Lineage' }).waitFor();
  await page.getByRole('button', { name: /try 3/ }).first().waitFor();
  await picture(page, 'three-tries');

  // Two of them beside each other; the second is the best.
  await snapshots.open();
  for (const name of ['try 1', 'try 2']) await snapshots.row(name).getByRole('checkbox').click();
  await page.getByRole('button', { name: 'Compare with…' }).click();
  await compare.line('cart.py').click();
  await compare.contents.getByText('i.price * i.count').first().waitFor();
  await picture(page, 'compared');

  // It is kept as a file.
  await snapshots.open();
  await snapshots.row('try 2').click();
  const downloading = page.waitForEvent('download');
  await snapshots.details.getByRole('button', { name: 'Export to a file' }).click();
  const file = join(folder, 'best.tar');
  await (await downloading).saveAs(file);
  expect((await stat(file)).size).toBeGreaterThan(3_000_000);
  await picture(page, 'exported');

  // The rest goes, and its bytes come back.
  for (const each of tries) await gui.server.call('DELETE', `/v1/sandboxes/${each}`);
  await page.getByRole('link', { name: 'Disk', exact: true }).click();
  for (const name of ['try 1', 'try 3']) await page.getByRole('checkbox', { name: `Choose ${name}` }).check();
  await page.getByRole('button', { name: 'Reclaim 2 snapshots…' }).click();
  const reclaim = page.getByRole('alertdialog', { name: 'Reclaim disk space?' });
  await reclaim.getByRole('listitem').filter({ hasText: 'try 1' }).waitFor();
  await picture(page, 'reclaim');
  await reclaim.getByRole('button', { name: /^Delete and free \d/ }).click();
  await page
    .getByText(/MiB are free again/)
    .first()
    .waitFor();
  await picture(page, 'bytes-back');

  const { body } = await gui.server.call<{ items: DesktopSnapshot[] }>('GET', '/v1/desktop/snapshots');
  const left = body.items.map(({ displayName }) => displayName);
  expect(left).toEqual(expect.arrayContaining(['tests pass', 'try 2', 'Before rollback to tests pass']));
  expect(left).not.toContain('try 1');
});

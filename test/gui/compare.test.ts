import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { execIn } from '../support/docker';
import { ComparePage } from './pages/compare-page';
import { SandboxesPage } from './pages/sandboxes-page';
import { SnapshotsPage } from './pages/snapshots-page';
import { axeViolations } from './support/axe';
import { startGui, type GuiSession } from './support/gui-session';

const BEFORE = `
mkdir -p /work/src; cd /work
for i in $(seq 1 40); do echo "line $i"; done > src/notes; echo gone > src/doomed
head -c 3000 /bin/busybox > blob; echo mode > tool
`;
const AFTER = `
cd /work; sed -i 's/line 20/line twenty/' src/notes; rm src/doomed; echo new > src/fresh
head -c 4000 /bin/busybox > blob; chmod 755 tool
`;

let gui: GuiSession;
let sandboxId: string;
let before: string;
let after: string;

beforeAll(async () => {
  gui = await startGui();
  sandboxId = (await gui.server.createSandbox({ metadata: { name: 'compared' } })).id;
  await sh(BEFORE);
  before = (await gui.server.takeSnapshot(sandboxId, 'before the change')).id;
  await sh(AFTER);
  after = (await gui.server.takeSnapshot(sandboxId, 'after the change')).id;
});
afterEach(() => gui.assertNoComplaints());
afterAll(() => gui.dispose());

async function sh(script: string): Promise<void> {
  const { docker } = gui.server;
  expect(await execIn(docker, gui.server.containerOf(sandboxId), ['sh', '-c', script])).toBe('');
}

async function assertClean(page: Page): Promise<void> {
  const found = await axeViolations(page);
  expect(found).toEqual([]);
}

describe('comparing by mouse', () => {
  it('goes from two selected snapshots to the lines that differ, and back by swapping', async () => {
    const page = await gui.openPage('/snapshots');
    const snapshots = new SnapshotsPage(page);
    const compare = new ComparePage(page);
    for (const name of ['before the change', 'after the change'])
      await snapshots.row(name).getByRole('checkbox').click();
    await page.getByRole('button', { name: 'Compare with…' }).click();
    await page.getByRole('heading', { level: 1, name: 'Compare' }).waitFor();
    await page.getByText('+ 1 added').waitFor();
    expect(await page.getByRole('status').filter({ hasText: 'removed' }).textContent()).toContain(
      '− 1 removed',
    );
    await compare.line('fresh').getByText('Added').waitFor();
    await compare.line('doomed').getByText('Removed').waitFor();
    await compare.line('tool').getByText('Mode changed').waitFor();

    await compare.line('notes').click();
    await compare.contents.getByRole('heading', { name: '/work/src/notes' }).waitFor();
    await compare.contents.getByText('line twenty').waitFor();
    expect(await compare.contents.getByText('unchanged lines').first().textContent()).toMatch(
      /\d+ unchanged/,
    );

    await page.getByRole('button', { name: 'Swap sides (X)' }).click();
    await compare.line('doomed').getByText('Added').waitFor();
    await page.getByRole('textbox', { name: 'Filter changed paths' }).fill('removed');
    await compare.line('fresh').waitFor();
    await compare.line('doomed').waitFor({ state: 'detached' });
  });

  it('shows bytes of what is no text, and saves a file of one side', async () => {
    const page = await gui.openPage(`/compare?from=${before}&to=${after}&path=/work/blob`);
    const compare = new ComparePage(page);
    await compare.contents.getByText('Binary, size differs').waitFor();
    await compare.contents.getByRole('region', { name: 'Bytes of to' }).getByText('7f 45 4c 46').waitFor();
    const download = page.waitForEvent('download');
    await compare.contents.getByRole('link', { name: 'Save file of to' }).click();
    expect((await download).suggestedFilename()).toBe('blob');
  });

  it('shows what a live sandbox changed since its newest snapshot', async () => {
    await sh('echo now > /work/src/now');
    const page = await gui.openPage('/sandboxes');
    await new SandboxesPage(page).choose('compared', 'Compare with…');
    const compare = new ComparePage(page);
    await compare.line('now').getByText('Added').waitFor();
    await page.getByText('+ 1 added').waitFor();
    await sh('rm /work/src/now');
    await page.getByRole('button', { name: 'Compare again' }).click();
    await page.getByRole('heading', { name: 'No difference' }).waitFor();
  });

  it('says what cannot be compared', async () => {
    gui.expectComplaints(/404/);
    const page = await gui.openPage(`/compare?from=snap_none&to=${after}`);
    await page.getByRole('heading', { name: 'They could not be compared' }).waitFor();
    await page.getByText('There is neither a snapshot nor a sandbox snap_none').waitFor();
  });
});

describe('comparing by keyboard', () => {
  it('walks the tree, folds it and opens a path', async () => {
    const page = await gui.openPage(`/compare?from=${before}&to=${after}`);
    const compare = new ComparePage(page);
    await compare.tree.focus();
    await page.keyboard.press('End');
    await page.keyboard.press('Enter');
    await compare.contents.getByRole('heading', { name: '/work/tool' }).waitFor();
    await page.keyboard.press('Escape');
    await compare.contents.waitFor({ state: 'detached' });
    await compare.tree.focus();
    await page.keyboard.press('Home');
    await page.keyboard.press('ArrowLeft');
    await compare.line('tool').waitFor({ state: 'detached' });
    expect(await compare.tree.getByRole('treeitem').count()).toBe(1);
    await page.keyboard.press('ArrowRight');
    await compare.line('tool').waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('notes');
    await compare.line('tool').waitFor({ state: 'detached' });
  });
});

describe('the files of a snapshot', () => {
  it('are walked through folders to a file with its history', async () => {
    const page = await gui.openPage(`/snapshots/${after}`);
    const snapshots = new SnapshotsPage(page);
    await snapshots.details.getByRole('button', { name: 'Browse files' }).click();
    await page.getByRole('heading', { level: 1, name: 'Files of after the change' }).waitFor();
    const files = page.getByRole('list', { name: 'Files' });
    await files.getByRole('link', { name: 'work', exact: true }).click();
    await files.getByRole('link', { name: 'src', exact: true }).click();
    await files.getByRole('link', { name: 'notes' }).click();
    const file = page.getByRole('complementary', { name: 'File' });
    await file.getByText('line twenty').waitFor();
    await file.getByRole('region', { name: 'History' }).getByText('after the change').waitFor();
    const download = page.waitForEvent('download');
    await page.getByRole('link', { name: 'Save folder as tar' }).click();
    expect((await download).suggestedFilename()).toBe('src.tar');
    await page.keyboard.press('Escape');
    await file.waitFor({ state: 'detached' });
    await page.keyboard.press('Backspace');
    await files.getByRole('link', { name: 'blob' }).waitFor();
  });
});

describe.each(['light', 'dark'] as const)('in the %s theme', (colorScheme) => {
  it('both screens are clean for axe and never scroll sideways', async () => {
    const page = await gui.openPage('/compare', { colorScheme, viewport: { width: 900, height: 600 } });
    for (const [path, text] of [
      ['/compare', 'Choose two to compare'],
      [`/compare?from=${before}&to=${after}`, 'fresh'],
      [`/compare?from=${before}&to=${after}&path=/work/src/notes`, 'line twenty'],
      [`/compare?from=${before}&to=${after}&path=/work/blob`, 'Binary'],
      [`/snapshots/${after}/files?path=/work`, 'tool'],
      [`/snapshots/${after}/files?path=/work/src&file=/work/src/notes`, 'line twenty'],
    ] as const) {
      await page.goto(`${gui.server.backend.address}/app${path}`);
      await page.getByText(text).first().waitFor();
      await assertClean(page);
      expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), path).toBe(true);
    }
  });
});

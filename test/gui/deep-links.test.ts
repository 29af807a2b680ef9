import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { MANY_SNAPSHOTS } from '../bench/support/seeded-snapshots';
import type { DesktopSnapshotList } from '../../src-main/http/schemas/desktop';
import { SnapshotsPage } from './pages/snapshots-page';
import { startGui, type GuiSession } from './support/gui-session';
import { seedSnapshots } from './support/seeded-folders';

/** Any page of the list but the newest. */
const OLDER_PAGES = /\/v1\/desktop\/snapshots\?.*cursor=/;

let gui: GuiSession;
/** Far from the newest page of the list, and a chain's second. */
let old: { id: string; name: string; parent: string };

beforeAll(async () => {
  gui = await startGui({ dataDir: await seedSnapshots() });
  const { body } = await gui.server.call<DesktopSnapshotList>('GET', '/v1/desktop/snapshots?limit=2000');
  expect(body.totalItems).toBe(MANY_SNAPSHOTS);
  const item = body.items.slice(1_500).find((each) => each.parentSnapshotId !== undefined);
  if (item?.parentSnapshotId === undefined) throw new Error('No snapshot of the seed has a parent.');
  old = { id: item.snapshot.id, name: item.displayName, parent: item.parentSnapshotId };
});
afterEach(() => gui.assertNoComplaints());
afterAll(() => gui.dispose());

/** Signed in, with older pages of the list that come when the test lets them. */
async function slowPage(): Promise<{ page: Page; letOlderPagesCome: () => void }> {
  const page = await gui.openPage('/settings');
  let letOlderPagesCome = (): void => undefined;
  const may = new Promise<void>((resolve) => {
    letOlderPagesCome = resolve;
  });
  await page.route(OLDER_PAGES, async (route) => {
    await may;
    await route.continue();
  });
  return { page, letOlderPagesCome };
}

async function goTo(page: Page, path: string): Promise<void> {
  await page.goto(new URL(`/app${path}`, page.url()).href);
}

describe(`an address of one of ${String(MANY_SNAPSHOTS)} snapshots`, () => {
  it('shows it before its page of the list is read, also after a reload, and then in the list', async () => {
    const { page, letOlderPagesCome } = await slowPage();
    const snapshots = new SnapshotsPage(page);
    await goTo(page, `/snapshots/${old.id}`);
    await snapshots.details.getByRole('heading', { name: old.name }).waitFor();
    await page.reload();
    await snapshots.details.getByRole('heading', { name: old.name }).waitFor();
    const progress = page.getByText(`of ${String(MANY_SNAPSHOTS)} read`);
    await progress.waitFor();
    expect(await snapshots.row(old.name).count()).toBe(0);
    letOlderPagesCome();
    await progress.waitFor({ state: 'hidden' });
    expect(await page.getByRole('grid').getAttribute('aria-rowcount')).toBe(String(MANY_SNAPSHOTS + 1));
    await snapshots.details.getByRole('heading', { name: old.name }).waitFor();
  });

  it('follows what happens to it meanwhile', async () => {
    const { page } = await slowPage();
    const snapshots = new SnapshotsPage(page);
    await goTo(page, `/snapshots/${old.id}`);
    await snapshots.details.getByRole('heading', { name: old.name }).waitFor();
    await gui.server.call('PATCH', `/v1/desktop/snapshots/${old.id}`, { name: 'found early' });
    await snapshots.details.getByRole('heading', { name: 'found early' }).waitFor();
    await gui.server.call('PATCH', `/v1/desktop/snapshots/${old.id}`, { name: old.name });
    await snapshots.details.getByRole('heading', { name: old.name }).waitFor();
  });

  it('says at once when there is none', async () => {
    gui.expectComplaints(/404/);
    const { page } = await slowPage();
    const snapshots = new SnapshotsPage(page);
    await goTo(page, '/snapshots/snap_0000000000never');
    await snapshots.details.getByRole('heading', { name: 'Snapshot not found' }).waitFor();
  });

  it('names it where it is compared', async () => {
    gui.expectComplaints(/409/);
    const { page } = await slowPage();
    await goTo(page, `/compare?from=${old.id}&to=${old.parent}`);
    const from = page.getByRole('combobox', { name: 'From' });
    await expect.poll(() => from.locator('option:checked').textContent()).toBe(old.name);
  });
});

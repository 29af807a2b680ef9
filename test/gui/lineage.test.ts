import type { Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { focusedName } from './support/focus';
import { axeViolations } from './support/axe';
import { startGui, type GuiSession } from './support/gui-session';

/** Other servers on the engine may have snapshots of the same kind; these names are this run's own. */
const RUN = Date.now().toString(36);
const NAMES = {
  install: `installed ${RUN}`,
  experiment: `before the experiment ${RUN}`,
  pass: `tests pass ${RUN}`,
  works: `try works ${RUN}`,
};

let gui: GuiSession;
/** base → install → experiment (deleted) → pass, on which `web` stands; from experiment also works, with `try-1`. */
const ids = { web: '', try: '', install: '', experiment: '', pass: '', works: '' };

beforeAll(async () => {
  gui = await startGui();
  const { server } = gui;
  ids.web = (await server.createSandbox({ metadata: { name: 'web' } })).id;
  ids.install = (await server.takeSnapshot(ids.web, NAMES.install)).id;
  ids.experiment = (await server.takeSnapshot(ids.web, NAMES.experiment)).id;
  ids.pass = (await server.takeSnapshot(ids.web, NAMES.pass)).id;
  const restored = { image: undefined, snapshotId: ids.experiment, metadata: { name: 'try-1' } };
  ids.try = (await server.createSandbox(restored)).id;
  ids.works = (await server.takeSnapshot(ids.try, NAMES.works)).id;
  await server.call('DELETE', `/v1/snapshots/${ids.experiment}`);
});
afterEach(() => gui.assertNoComplaints());
afterAll(() => gui.dispose());

function mapNode(page: Page, name: string | RegExp): Locator {
  return page.getByRole('button', { name });
}

function line(page: Page, name: string | RegExp): Locator {
  return page.getByRole('tree', { name: 'Lineage' }).getByRole('treeitem', { name });
}

function details(page: Page): Locator {
  return page.getByRole('complementary', { name: 'Lineage details' });
}

async function openLineage(
  focus: string,
  view: 'Map' | 'Outline',
  colorScheme?: 'light' | 'dark',
): Promise<Page> {
  const options = colorScheme === undefined ? {} : { colorScheme };
  const page = await gui.openPage(`/lineage?focus=${focus}`, options);
  const button = page.getByRole('group', { name: 'View' }).getByRole('button', { name: view });
  await button.click();
  return page;
}

describe('the map', () => {
  it('says where each sandbox stands and what came from what, deleted ones included', async () => {
    const page = await openLineage(ids.pass, 'Map');
    await mapNode(page, `Snapshot ${NAMES.pass}, Ready, after ${NAMES.experiment}`).waitFor();
    await mapNode(page, `Snapshot ${NAMES.experiment}, Deleted, after ${NAMES.install}`).waitFor();
    await mapNode(page, `Snapshot ${NAMES.works}, Ready, after ${NAMES.experiment}`).waitFor();
    await mapNode(page, `Sandbox web, Running, you are here, on ${NAMES.pass}`).waitFor();
  });

  it('shows what is selected with its actions, by mouse and by arrow keys', async () => {
    const page = await openLineage(ids.pass, 'Map');
    await mapNode(page, `Snapshot ${NAMES.experiment}`).click();
    await details(page).getByText('It was deleted and cannot be restored.').waitFor();
    expect(await details(page).getByRole('button', { name: 'Restore' }).count()).toBe(0);
    await mapNode(page, `Snapshot ${NAMES.experiment}`).focus();
    await page.keyboard.press('ArrowRight');
    await details(page).getByRole('heading', { name: NAMES.pass }).waitFor();
    expect(await focusedName(page)).toContain(`Snapshot ${NAMES.pass}`);
    await page.keyboard.press('ArrowRight');
    await details(page).getByRole('heading', { name: 'web' }).waitFor();
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('F2');
    const rename = page.getByRole('dialog', { name: `Rename ${NAMES.pass}` });
    await rename.waitFor();
    await page.keyboard.press('Escape');
    await rename.waitFor({ state: 'detached' });
    await page.keyboard.press('Shift+F10');
    await page.getByRole('menu', { name: 'Actions of the node' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('menu').waitFor({ state: 'detached' });
    await page.keyboard.press('Escape');
    await details(page).waitFor({ state: 'detached' });
  });

  it('shows a new snapshot without being asked, and moves the sandbox on to it', async () => {
    const page = await openLineage(ids.try, 'Map');
    await details(page).getByRole('button', { name: 'Take snapshot' }).click();
    await mapNode(page, /^Sandbox try-1, Running, you are here, on try-1 \d/).waitFor();
    await mapNode(page, /^Snapshot try-1 \d.*, Ready, after try works/).waitFor();
  });
});

describe('the map in a window that becomes smaller', () => {
  it('is fitted anew, unless somebody has moved it', async () => {
    const page = await gui.openPage('/lineage');
    await page.getByRole('group', { name: 'View' }).getByRole('button', { name: 'Map' }).click();
    // At the far right, and what the map begins with.
    const node = mapNode(page, /^Sandbox try-1,/);
    await node.waitFor();
    const map = page.getByLabel('Map of the lineage');
    const isWithin = async (): Promise<boolean> => {
      const [inner, outer] = [await node.boundingBox(), await map.boundingBox()];
      return (
        inner !== null &&
        outer !== null &&
        inner.x >= outer.x &&
        inner.x + inner.width <= outer.x + outer.width &&
        inner.y + inner.height <= outer.y + outer.height
      );
    };
    await page.setViewportSize({ width: 900, height: 600 });
    await expect.poll(isWithin).toBe(true);
    await page.getByRole('button', { name: 'Zoom in' }).click();
    const zoomed = await node.boundingBox();
    await page.setViewportSize({ width: 920, height: 600 });
    await expect.poll(async () => (await map.boundingBox())?.width).toBeGreaterThan(820);
    expect((await node.boundingBox())?.width).toBe(zoomed?.width);
  });
});

describe('the small map', () => {
  it('moves the view by dragging and zooms it by the wheel', async () => {
    const page = await openLineage(ids.pass, 'Map');
    await mapNode(page, `Snapshot ${NAMES.pass}`).waitFor();
    const small = page.getByRole('img', { name: 'Small map of the whole lineage' });
    const node = mapNode(page, `Snapshot ${NAMES.pass}`);
    const before = await node.boundingBox();
    await small.hover();
    await page.mouse.down();
    const box = await small.boundingBox();
    await page.mouse.move((box?.x ?? 0) + 90, (box?.y ?? 0) + 60, { steps: 4 });
    await page.mouse.up();
    // What is seen moves left and up, so the nodes move right and down.
    await expect.poll(async () => (await node.boundingBox())?.x).toBeGreaterThan(before?.x ?? Infinity);
    const width = (await node.boundingBox())?.width;
    await page.mouse.wheel(0, 200);
    await expect.poll(async () => (await node.boundingBox())?.width).toBeLessThan(width ?? 0);
  });
});

describe('the outline', () => {
  it('is walked by keys like a tree and remembered as the chosen view', async () => {
    const page = await openLineage(ids.install, 'Outline');
    const install = line(page, `Snapshot ${NAMES.install}`);
    await install.waitFor();
    expect(await install.getAttribute('aria-level')).toBe('2');
    expect(await install.getAttribute('aria-selected')).toBe('true');
    expect(await install.getAttribute('aria-expanded')).toBe('true');
    await install.focus();
    await page.keyboard.press('ArrowRight');
    expect(await focusedName(page)).toContain(`Snapshot ${NAMES.experiment}`);
    const ghost = line(page, `Snapshot ${NAMES.experiment}`);
    expect(await ghost.getAttribute('aria-level')).toBe('3');
    await page.keyboard.press('ArrowDown');
    const pass = line(page, `Snapshot ${NAMES.pass}`);
    await pass.waitFor();
    expect(await pass.getAttribute('aria-setsize')).toBe('2');
    expect(await pass.getAttribute('aria-posinset')).toBe('1');
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('ArrowLeft');
    await pass.waitFor({ state: 'detached' });
    expect(await ghost.getAttribute('aria-expanded')).toBe('false');
    await page.keyboard.press('ArrowLeft');
    await expectFocus(page, `Snapshot ${NAMES.install}`);
    await page.reload();
    await line(page, `Snapshot ${NAMES.install}`).waitFor();
    expect(await details(page).getByRole('heading').first().textContent()).toBe(NAMES.install);
  });

  it('searches, steps from find to find, and opens what hides them', async () => {
    const page = await openLineage(ids.install, 'Outline');
    await line(page, `Snapshot ${NAMES.experiment}`).focus();
    await page.keyboard.press('ArrowLeft');
    await line(page, `Snapshot ${NAMES.pass}`).waitFor({ state: 'detached' });
    await page.keyboard.press('/');
    await page.keyboard.type(NAMES.pass);
    await page.getByText('1 found').waitFor();
    await page.keyboard.press('Enter');
    await page.getByText('1 of 1').waitFor();
    await line(page, `Snapshot ${NAMES.pass}`).waitFor();
    await details(page).getByRole('heading', { name: NAMES.pass }).waitFor();
    await page.getByRole('textbox', { name: 'Search the lineage' }).fill('no such thing');
    await page.getByText('Nothing found').waitFor();
  });
});

describe('ways here', () => {
  it('leads from a sandbox, and by keys from anywhere, and says when an address is of nothing', async () => {
    const page = await gui.openPage(`/sandboxes/${ids.web}`);
    await page
      .getByRole('navigation', { name: 'Parts of the sandbox' })
      .getByRole('link', { name: 'Lineage' })
      .click();
    await details(page).getByRole('heading', { name: 'web' }).waitFor();
    await page.getByRole('link', { name: 'Snapshots', exact: true }).click();
    await page.getByRole('heading', { level: 1, name: 'Snapshots' }).waitFor();
    await page.keyboard.press('g');
    await page.keyboard.press('l');
    await page.getByRole('heading', { level: 1, name: 'Lineage' }).waitFor();
    await page.goto(`${gui.server.backend.address}/app/lineage?focus=snap_nowhere`);
    await details(page).getByText('the address is wrong').waitFor();
  });
});

describe.each(['light', 'dark'] as const)('in the %s theme', (colorScheme) => {
  it.each(['Map', 'Outline'] as const)('the %s is clean for axe and fits', async (view) => {
    const page = await openLineage(ids.pass, view, colorScheme);
    await (
      view === 'Map' ? mapNode(page, `Snapshot ${NAMES.pass}`) : line(page, `Snapshot ${NAMES.pass}`)
    ).waitFor();
    expect(await axeViolations(page)).toEqual([]);
    for (const viewport of [
      { width: 900, height: 600 },
      { width: 640, height: 400 },
    ]) {
      await page.setViewportSize(viewport);
      expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
    }
  });
});

describe('labels of a snapshot', () => {
  it('are added, found by the filter, removed, and brought back', async () => {
    const page = await gui.openPage(`/snapshots/${ids.pass}`);
    const labels = page.getByRole('region', { name: 'Labels' });
    const field = labels.getByRole('textbox', { name: 'Add a label' });
    await field.fill('not a label=x');
    await field.press('Enter');
    await labels.getByRole('alert').waitFor();
    await field.fill('stage=green');
    await field.press('Enter');
    await labels.getByText('stage=green').waitFor();
    await page.getByRole('textbox', { name: 'Filter snapshots' }).fill('label:stage=green');
    const rows = page.getByRole('grid', { name: 'Snapshots' }).locator('[data-row-id]');
    await page.waitForFunction(`document.querySelectorAll('[data-row-id]').length === 1`);
    expect(await rows.first().textContent()).toContain(NAMES.pass);
    expect(await axeViolations(page)).toEqual([]);
    await labels.getByRole('button', { name: 'Remove label stage=green' }).click();
    await labels.getByText('stage=green').waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Undo' }).last().click();
    await labels.getByText('stage=green').waitFor();
  });
});

/** The focus follows a selection once the line is drawn. */
async function expectFocus(page: Page, name: string): Promise<void> {
  await page.waitForFunction(
    `(document.activeElement?.getAttribute('aria-label') ?? '').includes(${JSON.stringify(name)})`,
  );
}

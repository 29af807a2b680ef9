import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BUSYBOX_IMAGE } from '../support/docker';
import { OBEDIENT, startPrivateEngine, type PrivateEngine } from '../support/private-engine';
import { SandboxesPage } from './pages/sandboxes-page';
import { SnapshotsPage } from './pages/snapshots-page';
import { launchChromium } from './support/chromium';
import { startLonelyServer, type LonelyServer } from './support/lonely-server';

const NO_ENGINE = 'No container engine answers now.';
const IMAGE = {
  image: { uri: BUSYBOX_IMAGE },
  entrypoint: OBEDIENT,
  resourceLimits: { cpu: '500m', memory: '64Mi' },
};

let engine: PrivateEngine;
let server: LonelyServer;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  engine = await startPrivateEngine();
  await engine.stop('SIGTERM');
  server = await startLonelyServer(engine.environment);
  browser = await launchChromium();
  page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  await page.goto(server.gui);
});
afterAll(async () => {
  await browser.close();
  await server.dispose();
  await engine.destroy();
});

describe('without an engine', () => {
  it('says what was looked for, and goes on by itself when the engine appears', async () => {
    await page.getByRole('heading', { name: 'Where it was looked for' }).waitFor();
    await page.getByText('this screen goes on when an engine answers').waitFor();
    await page.getByRole('link', { name: 'Compare' }).click();
    await page.getByRole('heading', { level: 1, name: 'Compare' }).waitFor();
    await page.getByRole('heading', { name: 'Where it was looked for' }).waitFor();
    await engine.start();
    await page.getByRole('heading', { name: 'Nothing to compare yet' }).waitFor();
    await page.getByRole('button', { name: 'Go to sandboxes' }).click();
    await page.getByRole('heading', { name: 'No sandboxes yet' }).waitFor();
    expect(await page.getByRole('button', { name: 'New sandbox' }).isEnabled()).toBe(true);
  });

  it('keeps what was known under a banner, refuses changes with the reason, and goes on by itself', async () => {
    const sandboxes = new SandboxesPage(page);
    const snapshots = new SnapshotsPage(page);
    const { id } = await server.call<{ id: string }>(202, 'POST', '/sandboxes', {
      ...IMAGE,
      metadata: { name: 'patient' },
    });
    await sandboxes.row('patient').getByText('Running').waitFor();
    await server.call(202, 'POST', `/sandboxes/${id}/snapshots`, { name: 'before the outage' });
    await snapshots.open();
    await snapshots.waitForReady('before the outage');

    await engine.stop('SIGKILL');
    const banner = page.getByRole('alert').filter({ hasText: 'What you see is the last known state.' });
    await banner.waitFor();
    await snapshots.row('before the outage').click();
    const restore = snapshots.details.getByRole('button', { name: 'Restore', exact: true });
    expect(await restore.isDisabled()).toBe(true);
    expect(await restore.getAttribute('title')).toBe(NO_ENGINE);
    await sandboxes.open();
    const create = page.getByRole('button', { name: 'New sandbox' });
    expect(await create.isDisabled()).toBe(true);
    expect(await create.getAttribute('title')).toBe(NO_ENGINE);
    await sandboxes.row('patient').getByRole('button', { name: 'Actions for patient' }).click();
    const pause = page.getByRole('menuitem', { name: 'Pause' });
    await pause.getByText(NO_ENGINE).waitFor();
    expect(await pause.getAttribute('aria-disabled')).toBe('true');
    expect(await page.getByRole('menuitem', { name: 'Copy id' }).getAttribute('aria-disabled')).toBe(null);
    await page.keyboard.press('Escape');

    // A page that is opened meanwhile knows as much.
    await page.reload();
    await banner.waitFor();
    await sandboxes.row('patient').waitFor();

    await engine.start();
    await banner.waitFor({ state: 'detached' });
    expect(await create.isEnabled()).toBe(true);
    await sandboxes.row('patient').waitFor();
    await snapshots.open();
    await snapshots.row('before the outage').click();
    expect(await restore.isEnabled()).toBe(true);
  });
});

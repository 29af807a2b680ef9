import { setTimeout as delay } from 'node:timers/promises';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startFaultyEngine, type FaultyEngine } from '../support/faulty-engine';
import { launchChromium } from './support/chromium';
import { startLonelyServer, type LonelyServer } from './support/lonely-server';

const OLD_API = '1.24';
const WATCHED_MS = 2_000;
/** One search makes one connection, and there is a pause between two. */
const SEARCHES_AT_MOST = 10;

interface ErrorBody {
  code: string;
  message: string;
}

let engine: FaultyEngine;
let server: LonelyServer;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  engine = await startFaultyEngine();
  engine.pretendApi(OLD_API);
  server = await startLonelyServer(engine.environment);
  browser = await launchChromium();
  page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  await page.goto(server.gui);
});
afterAll(async () => {
  await browser.close();
  await server.dispose();
  await engine.stop();
});

describe('an engine that cannot be used', () => {
  it('is called too old where it is, in the GUI and in the API, and asked again without haste', async () => {
    await page.getByText('The container engine is too old').first().waitFor();
    await page.getByText(`It speaks Docker API ${OLD_API}`).first().waitFor();
    const { code, message } = await server.call<ErrorBody>(503, 'GET', '/sandboxes');
    expect(code).toBe('DOCKER::INITIALIZATION_ERROR');
    expect(message).toMatch(/too old.*Update it;/);
    const before = engine.connections();
    await delay(WATCHED_MS);
    expect(engine.connections() - before).toBeLessThan(SEARCHES_AT_MOST);
  });

  it('is called hanging where it takes connections and says nothing, and used once it speaks', async () => {
    engine.hang();
    await page.getByText('The container engine hangs').first().waitFor();
    const { message } = await server.call<ErrorBody>(503, 'GET', '/snapshots');
    expect(message).toMatch(/hangs.*Restart it;/);
    engine.pretendApi(undefined);
    engine.recover();
    await page.getByRole('heading', { name: 'No sandboxes yet' }).waitFor();
  });
});

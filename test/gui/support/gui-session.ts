import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import type { BackendConfig } from '../../../src-main/backend/config';
import { createTestBackend, type TestBackend } from '../../support/test-backend';
import { waitFor } from '../../support/wait-for';
import { launchChromium } from './chromium';

const ARRIVAL_MS = 15_000;
/** As text: it runs in the page, whose globals this project does not know. */
const STYLED = `[...document.querySelectorAll('link[rel=stylesheet]')].every((link) => link.sheet !== null)`;

/** A server of this test's own with a signed-in browser; whatever the page complains about fails the test. */
export interface GuiSession {
  server: TestBackend;
  /** A new window, signed in by a link as a person would be; `path` is below `/app`. */
  openPage(path?: string, options?: BrowserContextOptions): Promise<Page>;
  /** Complaints that the next check lets pass, because the test asks for them. */
  expectComplaints(pattern: RegExp): void;
  /** @throws when any page broke the content security policy, threw, or logged an error. */
  assertNoComplaints(): void;
  dispose(): Promise<void>;
}

/** @param overrides of the server's configuration, such as a data folder that was filled before. */
export async function startGui(overrides: Partial<BackendConfig> = {}): Promise<GuiSession> {
  const server = await createTestBackend(overrides);
  let browser: Browser | undefined;
  const contexts: BrowserContext[] = [];
  const complaints: string[] = [];
  let expected: RegExp | undefined;
  try {
    await server.backend.listen();
    browser = await launchChromium();
  } catch (error) {
    await server.dispose();
    throw error;
  }
  const running = browser;
  return {
    server,
    async openPage(path = '/sandboxes', options = {}) {
      // Without motion, axe never sees a dialog that is still fading in.
      const context = await running.newContext({
        viewport: { width: 1280, height: 800 },
        reducedMotion: 'reduce',
        ...options,
      });
      contexts.push(context);
      await context.grantPermissions(['clipboard-read', 'clipboard-write']);
      const page = await context.newPage();
      collectComplaints(page, complaints);
      await arrive(page, () => server.backend.createSignInLink(`/app${path}`));
      return page;
    },
    expectComplaints(pattern) {
      expected = pattern;
    },
    assertNoComplaints() {
      const found = complaints.splice(0).filter((complaint) => expected?.test(complaint) !== true);
      expected = undefined;
      if (found.length > 0) throw new Error(`The page complained:\n${found.join('\n')}`);
    },
    async dispose() {
      for (const context of contexts) await context.close();
      await running.close();
      await server.dispose();
    },
  };
}

/** The page itself may be lost when one of Docker's interfaces comes or goes: then it is asked for once more. */
async function arrive(page: Page, link: () => string): Promise<void> {
  const heading = page.getByRole('heading', { level: 1 });
  try {
    await page.goto(link());
    await heading.waitFor({ timeout: ARRIVAL_MS });
  } catch {
    await page.goto(link());
    await heading.waitFor();
  }
  await waitFor('the style sheets', async () => ((await page.evaluate<boolean>(STYLED)) ? true : undefined));
}

/** Docker's interfaces come and go, at which Chromium drops connections; the product tries again. */
const HARMLESS = /ERR_NETWORK_CHANGED/;

function collectComplaints(page: Page, complaints: string[]): void {
  page.on('pageerror', (error) => complaints.push(`threw: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error' && !HARMLESS.test(message.text()))
      complaints.push(`logged: ${message.text()}`);
  });
  // As text: it runs in the page, whose globals this project does not know.
  void page.addInitScript(`
    document.addEventListener('securitypolicyviolation', (event) =>
      console.error('CSP ' + event.effectiveDirective + ' blocked ' + event.blockedURI + ' ' + event.sample));
  `);
}

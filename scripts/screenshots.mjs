import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import Docker from 'dockerode';
import { chromium } from 'playwright-core';
import { findChromium } from './lib/browser.mjs';
import { PROJECT_ROOT } from './lib/project.mjs';
import { fillShowroom, until } from './lib/showroom.mjs';

const PICTURES = join(PROJECT_ROOT, 'docs', 'screenshots');
const SIZE = { width: 1280, height: 800 };
const USUAL_PORT = 8080;
const READINGS_MS = 6_000;
const HOME = '/home/dev';
const KEY_FILE = '.local/share/opensandbox-desktop/api-key';
/** In a mount namespace of its own the server finds this engine alone, and everything under its usual name. */
const AT_HOME = [
  'mount -t tmpfs none /run',
  'touch /run/docker.sock',
  'mount --bind "$0" /run/docker.sock',
  'mount -t tmpfs none /home',
  'exec "$@"',
].join(' && ');

const HELP = `Takes the pictures in docs/screenshots from the built product.

Usage: npm run screenshots

Starts a Docker engine and a server of its own, fills them with sandboxes and snapshots, drives Chromium in both
themes, and removes everything. Needs Linux, root, dockerd, Chromium and a build (npm run build).
`;

if (process.argv.includes('--help')) process.stdout.write(HELP);
else await main();

async function main() {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) throw new Error(HELP);
  const folder = await mkdtemp(join(tmpdir(), 'opensandbox-screenshots-'));
  /** @type {(() => Promise<unknown>)[]} */
  const undo = [() => rm(folder, { recursive: true, force: true })];
  try {
    const { docker, socket } = await startEngine(folder, undo);
    const server = await startServer(socket, undo);
    const { sandboxId, snapshotId } = await fillShowroom(server.call, docker);
    await takePictures(server.gui, { sandboxId, snapshotId }, undo);
    await tellStory(socket);
  } finally {
    for (const step of undo.reverse()) await step();
  }
}

/**
 * An engine of our own: on a shared one the snapshots of other servers would be in the picture.
 * @param {string} folder
 * @param {(() => Promise<unknown>)[]} undo
 */
async function startEngine(folder, undo) {
  const socket = join(folder, 'docker.sock');
  const daemon = spawn(
    'unshare',
    [
      ...['--net', 'dockerd', '--host', `unix://${socket}`, '--log-level=error'],
      ...['--data-root', join(folder, 'engine'), '--exec-root', join(folder, 'exec')],
      ...['--pidfile', join(folder, 'engine.pid')],
    ],
    { stdio: 'ignore' },
  );
  const ended = once(daemon, 'exit');
  const docker = new Docker({ socketPath: socket });
  undo.push(async () => {
    for (const { Id } of await docker.listContainers({ all: true })) {
      await docker.getContainer(Id).remove({ force: true });
    }
    daemon.kill('SIGTERM');
    await ended;
    // The engine mounts its own folder on itself and leaves that behind.
    await once(spawn('umount', ['--recursive', join(folder, 'engine')], { stdio: 'ignore' }), 'exit');
  });
  await until('the engine to answer', () =>
    docker.ping().then(
      () => true,
      () => false,
    ),
  );
  return { docker, socket };
}

/**
 * @param {string} socket
 * @param {(() => Promise<unknown>)[]} undo
 */
async function startServer(socket, undo) {
  const entry = join(PROJECT_ROOT, 'out', 'main', 'headless.js');
  const port = (await isFree(USUAL_PORT)) ? USUAL_PORT : 0;
  const server = [process.execPath, entry, '--json', '--no-open', '--port', String(port)];
  const child = spawn('unshare', ['--mount', 'sh', '-c', AT_HOME, socket, ...server], {
    env: { PATH: process.env['PATH'], HOME },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  undo.push(async () => {
    child.kill('SIGTERM');
    await ended;
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const line = await lines.next();
  if (line.done === true) throw new Error('The server ended before it was ready.');
  /** @type {unknown} */
  const said = JSON.parse(line.value);
  // The ready line of `--json`.
  const ready = /** @type {{ api: string, gui: string }} */ (said);
  const key = (await readFile(`/proc/${child.pid}/root${HOME}/${KEY_FILE}`, 'utf8')).trim();
  /** @type {import('./lib/showroom.mjs').Call} */
  const call = async (method, path, body) => {
    const response = await fetch(ready.api + path, {
      method,
      headers: { 'OPEN-SANDBOX-API-KEY': key, 'Content-Type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    /** @type {unknown} */
    const answer = text === '' ? {} : JSON.parse(text);
    return /** @type {import('./lib/showroom.mjs').Answer} */ (answer);
  };
  await until('the server to know the engine', async () => {
    const { engine } = await call('GET', '/desktop/status');
    return engine.state === 'connected';
  });
  return { gui: ready.gui, call };
}

/**
 * @param {string} link signs in once
 * @param {{ sandboxId: string, snapshotId: string }} shown
 * @param {(() => Promise<unknown>)[]} undo
 */
async function takePictures(link, { sandboxId, snapshotId }, undo) {
  const executablePath = process.env['OPENSANDBOX_TEST_CHROMIUM'] ?? findChromium();
  if (executablePath === undefined || !existsSync(executablePath)) throw new Error(HELP);
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  undo.push(() => browser.close());
  const context = await browser.newContext({ viewport: SIZE, reducedMotion: 'reduce' });
  const page = await context.newPage();
  await page.goto(link);
  const root = `${new URL(page.url()).origin}/app`;
  await mkdir(PICTURES, { recursive: true });
  const screens = /** @type {const} */ ([
    ['sandboxes', '/sandboxes', 'web-agent'],
    ['sandbox', `/sandboxes/${sandboxId}`, 'Configuration'],
    ['files', `/sandboxes/${sandboxId}/files`, 'etc'],
    ['metrics', `/sandboxes/${sandboxId}/metrics`, 'Memory'],
    ['rules', `/sandboxes/${sandboxId}/rules`, 'Keep snapshots'],
    ['snapshots', `/snapshots/${snapshotId}`, 'Restore with choices…'],
    ['lineage', `/lineage`, 'checkout works'],
    ['disk', `/disk`, 'dependencies installed'],
    ['activity', '/activity', 'was created'],
    ['settings', '/settings', 'Host volumes'],
    ['create', '/sandboxes', 'web-agent'],
  ]);
  for (const colorScheme of /** @type {const} */ (['light', 'dark'])) {
    await page.emulateMedia({ colorScheme });
    for (const [name, path, text] of screens) {
      await page.goto(root + path);
      await page.getByText(text).first().waitFor();
      if (name === 'create') {
        await page.getByRole('button', { name: 'New sandbox' }).click();
        await page.getByRole('dialog').getByRole('option').first().waitFor();
        await page.getByRole('textbox', { name: 'Name', exact: true }).fill('nightly-evaluation');
      }
      // A line takes some readings.
      if (name === 'metrics') await delay(READINGS_MS);
      // Fonts draw late, and the memory of a hovered button would be in the picture.
      await page.mouse.move(0, 0);
      await page.evaluate('document.fonts.ready');
      await page.screenshot({ path: join(PICTURES, `${name}-${colorScheme}.png`) });
    }
  }
}

/**
 * The pictures of the whole story come from the test that plays it.
 * @param {string} socket of the engine
 */
async function tellStory(socket) {
  const vitest = join(PROJECT_ROOT, 'node_modules', 'vitest', 'vitest.mjs');
  const child = spawn(process.execPath, [vitest, 'run', '--project', 'gui', 'test/gui/story.test.ts'], {
    cwd: PROJECT_ROOT,
    env: {
      ...process.env,
      DOCKER_HOST: `unix://${socket}`,
      OPENSANDBOX_TEST_CHROMIUM: process.env['OPENSANDBOX_TEST_CHROMIUM'] ?? findChromium(),
      OPENSANDBOX_STORY_PICTURES: PICTURES,
    },
    stdio: 'inherit',
  });
  await once(child, 'exit');
  if (child.exitCode !== 0) throw new Error('The story did not come to its end; see above.');
}

/**
 * @param {number} port
 * @returns {Promise<boolean>}
 */
function isFree(port) {
  const probe = createServer();
  return new Promise((resolve) => {
    probe.once('error', () => resolve(false));
    probe.listen(port, () => probe.close(() => resolve(true)));
  });
}

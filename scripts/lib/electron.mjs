import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runQuietly } from './commands.mjs';
import { CACHE_FOLDER, PROJECT_ROOT } from './project.mjs';
import { passSignalsOn } from './server.mjs';

/** @typedef {import('./steps.mjs').Steps} Steps */

const ELECTRON_FOLDER = join(PROJECT_ROOT, 'node_modules', 'electron');
const FAILED_DOWNLOAD_STAMP = join(CACHE_FOLDER, 'electron-download-failed');
const DOWNLOAD_LIMIT_MS = 120_000;
const RETRY_AFTER_MS = 24 * 3600 * 1000;

/** What the dynamic loader answers when a shared library is missing. */
const CANNOT_RUN = 127;

/**
 * Electron's binary, downloaded when it is not there. Never `require('electron')`: that downloads without a limit.
 * @param {Steps} steps
 * @returns {Promise<string | undefined>}
 */
export async function ensureElectron(steps) {
  const present = electronBinary();
  if (present !== undefined || failedLately()) return present;
  return steps.run(`downloading Electron (at most ${DOWNLOAD_LIMIT_MS / 1000} s)`, async () => {
    try {
      await runQuietly(process.execPath, [join(ELECTRON_FOLDER, 'install.js')], {
        timeoutMs: DOWNLOAD_LIMIT_MS,
      });
      rmSync(FAILED_DOWNLOAD_STAMP, { force: true });
      return { line: 'Electron downloaded', value: electronBinary() };
    } catch {
      mkdirSync(CACHE_FOLDER, { recursive: true });
      writeFileSync(FAILED_DOWNLOAD_STAMP, '');
      const line = 'Electron cannot be downloaded, using a browser window (next try in a day)';
      return { line, value: undefined };
    }
  });
}

/**
 * Runs the desktop application until it ends.
 * @param {string} binary
 * @param {readonly string[]} args
 * @returns {Promise<number | undefined>} exit code; undefined when Electron cannot run on this system
 */
export function runElectron(binary, args) {
  return new Promise((resolve) => {
    // Chromium refuses its sandbox to root on Linux and would not start.
    const asRoot = process.platform === 'linux' && process.getuid?.() === 0 ? ['--no-sandbox'] : [];
    const child = spawn(binary, ['.', ...asRoot, ...args], { cwd: PROJECT_ROOT, stdio: 'inherit' });
    passSignalsOn(child);
    child.once('error', () => resolve(undefined));
    child.once('exit', (code) => resolve(code === CANNOT_RUN ? undefined : (code ?? 1)));
  });
}

/** @returns {string | undefined} */
function electronBinary() {
  try {
    const binary = join(
      ELECTRON_FOLDER,
      'dist',
      readFileSync(join(ELECTRON_FOLDER, 'path.txt'), 'utf8').trim(),
    );
    return existsSync(binary) ? binary : undefined;
  } catch {
    return undefined;
  }
}

function failedLately() {
  try {
    return Date.now() - statSync(FAILED_DOWNLOAD_STAMP).mtimeMs < RETRY_AFTER_MS;
  } catch {
    return false;
  }
}

import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { PROJECT_ROOT } from './project.mjs';

/** @typedef {import('node:child_process').ChildProcess} ChildProcess */

const FORWARDED_SIGNALS = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']);
const PARENT_CHECK_MS = 250;

/**
 * The server's own words, of `--json`.
 * @typedef {object} ServerReady
 * @property {'ready'} event
 * @property {string} api
 * @property {string} gui link with a single-use sign-in token
 */

/**
 * @typedef {object} ServerListeners
 * @property {(line: string) => void} onLine each line of the server's output
 * @property {(ready: ServerReady) => void} onReady
 */

/**
 * Runs the built server until it ends.
 * @param {readonly string[]} args
 * @param {ServerListeners} listeners
 * @returns {Promise<number>} its exit code
 */
export function runServer(args, { onLine, onReady }) {
  return new Promise((resolve, reject) => {
    const entry = join(PROJECT_ROOT, 'out', 'main', 'headless.js');
    const child = spawn(process.execPath, ['--enable-source-maps', entry, '--json', '--no-open', ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    passSignalsOn(child);
    createInterface({ input: child.stdout }).on('line', (line) => {
      onLine(line);
      const ready = parseReady(line);
      if (ready !== undefined) onReady(ready);
    });
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(code ?? exitCodeOf(signal)));
  });
}

/**
 * Hands this process's signals on, so that it ends when the child has ended and not before.
 * @param {ChildProcess} child
 */
export function passSignalsOn(child) {
  for (const signal of FORWARDED_SIGNALS) {
    process.on(signal, () => {
      // A terminal sends Ctrl+C to the whole process group; a second one would mean "at once".
      if (signal === 'SIGINT' && process.stdin.isTTY) return;
      child.kill(signal);
    });
  }
  if (process.env['npm_lifecycle_event'] !== undefined) endWithParent(child);
}

/**
 * npm ends on SIGTERM with the shell between it and this process, and the shell passes nothing on: what is left to
 * notice is another parent. Without this, `kill` of `npm start` would leave a server that holds the port.
 * @param {ChildProcess} child
 */
function endWithParent(child) {
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    child.kill('SIGTERM');
  }, PARENT_CHECK_MS);
  child.once('exit', () => clearInterval(watch));
}

/**
 * @param {string} line
 * @returns {ServerReady | undefined}
 */
export function parseReady(line) {
  try {
    /** @type {unknown} */
    const value = JSON.parse(line);
    return isReady(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/**
 * @param {unknown} value
 * @returns {value is ServerReady}
 */
function isReady(value) {
  if (typeof value !== 'object' || value === null) return false;
  if (!('event' in value) || !('api' in value) || !('gui' in value)) return false;
  return value.event === 'ready' && typeof value.api === 'string' && typeof value.gui === 'string';
}

/** @param {NodeJS.Signals | null} signal */
function exitCodeOf(signal) {
  return signal === null ? 1 : 128 + constants.signals[signal];
}

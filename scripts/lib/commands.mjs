import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { LauncherError } from './steps.mjs';

const KEPT_OUTPUT_LINES = 30;
const OUTPUT_DRAIN_MS = 500;

/**
 * @typedef {object} CommandOptions
 * @property {string} [cwd]
 * @property {NodeJS.ProcessEnv} [env]
 * @property {number} [timeoutMs]
 */

/**
 * Runs a command quietly; its last lines become the message when it fails.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {CommandOptions} [options]
 * @returns {Promise<string>} what it printed
 */
export async function runQuietly(command, args, options = {}) {
  const { code, output } = await capture(command, args, options);
  if (code === 0) return output;
  const last = output.trimEnd().split('\n').slice(-KEPT_OUTPUT_LINES).join('\n');
  throw new LauncherError(`${[command, ...args].join(' ')} failed (exit code ${code}):\n${last}`);
}

/**
 * Runs a command with its output on this terminal, in the way that a test runner needs.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {CommandOptions & { output?: number }} [options] `output`: an open file that takes it instead
 * @returns {Promise<number>} exit code; 1 when a signal or the time limit ended it
 */
export function runVisibly(command, args, { output, ...options } = {}) {
  return new Promise((resolve, reject) => {
    const to = output ?? 'inherit';
    const child = spawn(command, args, { ...spawnOptions(options), stdio: ['ignore', to, to] });
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}

/**
 * The full path of a program in PATH or the system's usual folders; undefined when it is not there.
 * @param {...string} names tried in order
 * @returns {string | undefined}
 */
export function findProgram(...names) {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  // An ordinary user's PATH on Debian leaves out /usr/sbin, where dockerd lies.
  if (process.platform !== 'win32') folders.push('/usr/local/bin', '/usr/bin', '/bin', '/usr/sbin', '/sbin');
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find(isExecutable);
}

/**
 * npm's own program as arguments of this Node: a shell script cannot be spawned on Windows.
 * @param {readonly string[]} args
 * @returns {{ command: string, args: string[] }}
 */
export function npmCommand(args) {
  const npm = process.env['npm_execpath'];
  if (npm !== undefined && /npm-cli\.[cm]?js$/.test(npm))
    return { command: process.execPath, args: [npm, ...args] };
  return process.platform === 'win32'
    ? { command: 'cmd.exe', args: ['/d', '/c', 'npm.cmd', ...args] }
    : { command: 'npm', args: [...args] };
}

/**
 * @param {string} command
 * @param {readonly string[]} args
 * @param {CommandOptions} options
 * @returns {Promise<{ code: number, output: string }>}
 */
function capture(command, args, options) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { ...spawnOptions(options), stdio: ['ignore', 'pipe', 'pipe'] });
    /** @type {Buffer[]} */
    const chunks = [];
    child.stdout.on('data', (/** @type {Buffer} */ chunk) => chunks.push(chunk));
    child.stderr.on('data', (/** @type {Buffer} */ chunk) => chunks.push(chunk));
    child.once('error', (error) => reject(new LauncherError(`${command} cannot be run: ${error.message}`)));
    child.once('exit', (code) => {
      const finish = () => resolve({ code: code ?? 1, output: Buffer.concat(chunks).toString() });
      // A service that the command started may hold its output open for ever.
      const drain = setTimeout(finish, OUTPUT_DRAIN_MS);
      child.once('close', () => {
        clearTimeout(drain);
        finish();
      });
    });
  });
}

/**
 * @param {CommandOptions} options
 * @returns {{ cwd?: string, env?: NodeJS.ProcessEnv, timeout?: number, killSignal?: NodeJS.Signals }}
 */
function spawnOptions({ cwd, env, timeoutMs }) {
  return {
    ...(cwd === undefined ? {} : { cwd }),
    ...(env === undefined ? {} : { env }),
    ...(timeoutMs === undefined ? {} : { timeout: timeoutMs, killSignal: 'SIGKILL' }),
  };
}

/** @param {string} path */
function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

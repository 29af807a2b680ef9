import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { findProgram, runQuietly } from './commands.mjs';
import { LauncherError } from './steps.mjs';

/** @typedef {import('./steps.mjs').Steps} Steps */

const START_MS = 45_000;
const STOP_MS = 30_000;
const POLL_MS = 100;

/**
 * A Docker engine in a network of its own, so that two suites run beside each other without meeting: neither in the
 * engine's names, images and bridge, nor on a port of the loopback address.
 * @typedef {object} SideEngine
 * @property {NodeJS.ProcessEnv} env names the engine for a suite
 * @property {readonly string[]} inside what a command starts with, to run in the engine's network
 * @property {() => Promise<void>} stop ends it and removes whatever it kept
 */

/**
 * Starts one where this process may: root on Linux, with what Debian has anyway.
 * @param {Steps} steps
 * @returns {Promise<SideEngine | undefined>} undefined where there can be none; the suites then take turns
 */
export async function startSideEngine(steps) {
  const programs = ['unshare', 'nsenter', 'dockerd', 'busybox'];
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return undefined;
  if (programs.some((name) => findProgram(name) === undefined)) return undefined;
  try {
    return await steps.run('starting a second engine', async () => {
      const value = await start();
      return { line: 'second engine started', value };
    });
  } catch (error) {
    if (!(error instanceof LauncherError)) throw error;
    steps.warn(`${error.message} The suites take turns on one engine.`);
    return undefined;
  }
}

/** @returns {Promise<SideEngine>} */
async function start() {
  const folder = mkdtempSync(join(tmpdir(), 'opensandbox-side-engine-'));
  const socket = join(folder, 'sock');
  const log = openSync(join(folder, 'log'), 'w');
  const places = [
    ...['--data-root', join(folder, 'data'), '--exec-root', join(folder, 'exec')],
    ...['--pidfile', join(folder, 'pid'), '--host', `unix://${socket}`],
  ];
  // A new network has its loopback address switched off.
  const script = 'busybox ip link set lo up && exec dockerd "$@"';
  const daemon = spawn('unshare', ['--net', 'sh', '-c', script, 'sh', ...places], {
    stdio: ['ignore', log, log],
  });
  const ended = new Promise((resolve) => daemon.once('exit', resolve).once('error', resolve));
  const stop = async () => {
    daemon.kill('SIGTERM');
    await Promise.race([ended, delay(STOP_MS, undefined, { ref: false })]);
    daemon.kill('SIGKILL');
    // Some engines mount their own folder on itself and leave that behind.
    await runQuietly('umount', ['--recursive', join(folder, 'data')]).catch(() => undefined);
    rmSync(folder, { recursive: true, force: true });
  };
  const deadline = Date.now() + START_MS;
  while (!existsSync(socket)) {
    if (daemon.exitCode === null && Date.now() < deadline) {
      await delay(POLL_MS);
      continue;
    }
    await stop();
    throw new LauncherError('No second engine starts beside the first.');
  }
  return {
    env: { DOCKER_HOST: `unix://${socket}`, DOCKER_CONTEXT: undefined },
    inside: ['nsenter', `--net=/proc/${daemon.pid}/ns/net`, '--'],
    stop,
  };
}

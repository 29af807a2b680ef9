import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { findProgram, runQuietly } from './commands.mjs';
import { canInstallPackages, installPackages } from './debian.mjs';
import { PROJECT_ROOT } from './project.mjs';
import { LauncherError } from './steps.mjs';

/** @typedef {import('./steps.mjs').Steps} Steps */
/** @typedef {import('../../src-main/engine/discovery-types').DiscoveryResult} DiscoveryResult */
/** @typedef {import('../../src-main/engine/discovery-types').EngineCandidate} EngineCandidate */
/** @typedef {typeof import('../../src-main/setup')} Setup */

const SERVICE_START_MS = 15_000;
const DAEMON_START_MS = 45_000;
const POLL_MS = 200;
const STOP_MS = 20_000;
const DOCKER_PACKAGES = ['docker.io', 'iptables', 'ca-certificates'];

/**
 * An engine that answers, and how to stop it if this process started it.
 * @typedef {object} FoundEngine
 * @property {EngineCandidate} candidate
 * @property {() => Promise<void>} [stop]
 */

/**
 * The built product's own set-up functions.
 * @returns {Promise<Setup>}
 */
export async function loadSetup() {
  const file = pathToFileURL(join(PROJECT_ROOT, 'out', 'main', 'setup.js')).href;
  // The build writes this module from src-main/setup.ts, whose type it therefore has.
  const module = /** @type {unknown} */ (await import(file));
  return /** @type {Setup} */ (module);
}

/**
 * Finds an engine. Where this process may install packages, a missing one is installed and started; elsewhere, and
 * where that fails, the commands are printed and the caller goes on without.
 * @param {Steps} steps
 * @param {Setup} setup
 * @param {string} logFolder for the log of a daemon started directly
 * @returns {Promise<FoundEngine | undefined>}
 */
export async function ensureEngine(steps, setup, logFolder) {
  const found = await findEngine(steps, setup);
  if (found.chosen !== undefined) return { candidate: found.chosen };
  const wrongChoice = found.help?.kind === 'unreachable';
  if (canInstallPackages() && !wrongChoice) {
    const started = await unlessItFails(steps, () => installAndStart(steps, setup, logFolder));
    if (started !== undefined) return started;
  }
  printHelp(steps, found);
  return undefined;
}

/**
 * Tries what the app can do without: offline nothing can be installed, and in some containers no engine starts, but
 * the onboarding screen still helps.
 * @template T
 * @param {Steps} steps
 * @param {() => Promise<T>} work
 * @returns {Promise<T | undefined>}
 */
export async function unlessItFails(steps, work) {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof LauncherError)) throw error;
    steps.warn(error.message);
    return undefined;
  }
}

/**
 * Gives an engine without any image the starter image.
 * @param {Steps} steps
 * @param {Setup} setup
 * @param {EngineCandidate} engine
 */
export async function ensureFirstImage(steps, setup, engine) {
  try {
    await steps.run('an image to start from', async () => {
      if (canInstallPackages() && findProgram('busybox') === undefined) {
        if (await setup.hasImages(engine, process.env)) return { line: 'images present', value: undefined };
        await installPackages(['busybox-static']);
      }
      const made = await setup.prepareFirstImage(engine, process.env);
      return {
        line: made === undefined ? 'images present' : `starter image ${made.name} made`,
        value: undefined,
      };
    });
  } catch (error) {
    steps.warn(error instanceof Error ? error.message : String(error));
  }
}

/**
 * @param {Steps} steps
 * @param {Setup} setup
 * @returns {Promise<DiscoveryResult>}
 */
function findEngine(steps, setup) {
  return steps.run('looking for a container engine', async () => {
    const value = await setup.discoverEngine(process.env, process.platform);
    const { chosen } = value;
    const line =
      chosen === undefined ? 'no container engine answers' : `engine ${chosen.name} at ${chosen.endpoint}`;
    return { line, value };
  });
}

/**
 * @param {Steps} steps
 * @param {Setup} setup
 * @param {string} logFolder
 * @returns {Promise<FoundEngine>}
 */
async function installAndStart(steps, setup, logFolder) {
  if (findProgram('dockerd') === undefined) {
    await steps.run('installing docker.io', async () => {
      await installPackages(DOCKER_PACKAGES);
      return { line: 'docker.io installed', value: undefined };
    });
  }
  return steps.run('starting the engine', async () => {
    const value = await startDocker(setup, logFolder);
    return { line: `engine started at ${value.candidate.endpoint}`, value };
  });
}

/**
 * Through the service manager, else directly: a container without a service manager has no other way.
 * @param {Setup} setup
 * @param {string} logFolder
 * @returns {Promise<FoundEngine>}
 */
async function startDocker(setup, logFolder) {
  const systemd = existsSync('/run/systemd/system');
  /** @param {'start' | 'stop'} verb */
  const service = (verb) =>
    systemd
      ? runQuietly('systemctl', [verb, 'docker'])
      : runQuietly('service', ['docker', verb], { timeoutMs: STOP_MS });
  const accepted = await service('start').then(
    () => true,
    () => false,
  );
  const started = accepted ? await waitForEngine(setup, SERVICE_START_MS) : undefined;
  if (started === undefined) return startDaemon(setup, logFolder);
  const stop = async () => {
    await service('stop');
  };
  return { candidate: started, stop };
}

/**
 * @param {Setup} setup
 * @param {string} logFolder
 * @returns {Promise<FoundEngine>}
 */
async function startDaemon(setup, logFolder) {
  mkdirSync(logFolder, { recursive: true, mode: 0o700 });
  const logFile = join(logFolder, 'dockerd.log');
  const log = openSync(logFile, 'w');
  const daemon = spawn(findProgram('dockerd') ?? 'dockerd', [], {
    detached: true,
    stdio: ['ignore', log, log],
  });
  daemon.unref();
  const ended = new Promise((resolve) => daemon.once('exit', resolve).once('error', resolve));
  const started = await waitForEngine(setup, DAEMON_START_MS, () => daemon.exitCode !== null);
  if (started !== undefined) {
    const stop = async () => {
      daemon.kill('SIGTERM');
      await Promise.race([ended, delay(STOP_MS)]);
    };
    return { candidate: started, stop };
  }
  daemon.kill('SIGTERM');
  const last = readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-5).join('\n');
  throw new LauncherError(`dockerd does not start; its log is ${logFile}:\n${last}`);
}

/**
 * @param {Setup} setup
 * @param {number} limitMs
 * @param {() => boolean} [isHopeless] asked before each try
 * @returns {Promise<EngineCandidate | undefined>}
 */
async function waitForEngine(setup, limitMs, isHopeless = () => false) {
  const deadline = Date.now() + limitMs;
  while (!isHopeless() && Date.now() < deadline) {
    const { chosen } = await setup.discoverEngine(process.env, process.platform);
    if (chosen !== undefined) return chosen;
    await delay(POLL_MS);
  }
  return undefined;
}

/**
 * @param {Steps} steps
 * @param {DiscoveryResult} result
 */
function printHelp(steps, { candidates, help }) {
  for (const { name, endpoint, reason } of candidates) {
    if (reason !== undefined && !reason.startsWith('No such'))
      steps.say(`    ${name} ${endpoint}: ${reason}`);
  }
  if (help === undefined) return;
  steps.warn(`${help.title}. Run:`);
  for (const command of help.commands) steps.say(`    ${command}`);
  steps.say('  OpenSandbox Desktop starts anyway and connects as soon as an engine answers.');
}

import { findChromium } from './browser.mjs';
import { findProgram } from './commands.mjs';
import { canInstallPackages, installPackages } from './debian.mjs';
import { ensureEngine, loadSetup } from './engine.mjs';
import { CACHE_FOLDER } from './project.mjs';
import { LauncherError } from './steps.mjs';

/** @typedef {import('./steps.mjs').Steps} Steps */

/**
 * Programs that the suites use beside the engine: busybox makes their images, Chromium shows the GUI, snapshots travel
 * through a registry.
 * @param {Steps} steps
 * @param {{ browser: boolean }} need
 */
export async function ensurePrograms(steps, { browser }) {
  const missing = [
    ...(findProgram('busybox') === undefined ? ['busybox-static'] : []),
    ...(findProgram('docker-registry') === undefined ? ['docker-registry'] : []),
    ...(browser && findChromium() === undefined ? ['chromium'] : []),
  ];
  if (missing.length === 0) return;
  if (!canInstallPackages()) {
    throw new LauncherError(`The tests need ${missing.join(' and ')}. Install and run again.`);
  }
  await steps.run(`installing ${missing.join(' and ')}`, async () => {
    await installPackages(missing);
    return { line: `${missing.join(' and ')} installed`, value: undefined };
  });
}

/**
 * An engine for the tests: one that runs, else its own for as long as the tests run.
 * @param {Steps} steps
 * @returns {Promise<{ env: NodeJS.ProcessEnv, stop: () => Promise<void> }>} `env` names the engine for the suites
 */
export async function ensureTestEngine(steps) {
  const engine = await ensureEngine(steps, await loadSetup(), CACHE_FOLDER);
  if (engine === undefined) throw new LauncherError('These tests need a container engine.');
  const { endpoint } = engine.candidate;
  const stop = async () => {
    const { stop: stopEngine } = engine;
    if (stopEngine === undefined) return;
    await steps.run('stopping the engine', async () => {
      await stopEngine();
      return { line: 'engine stopped', value: undefined };
    });
  };
  return { env: { DOCKER_HOST: endpoint }, stop };
}

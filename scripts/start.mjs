import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { hasDisplay, openWindow } from './lib/browser.mjs';
import { ensureElectron, runElectron } from './lib/electron.mjs';
import { ensureEngine, ensureFirstImage, loadSetup } from './lib/engine.mjs';
import { parseLaunchOptions, START_HELP } from './lib/launch-options.mjs';
import { checkNode, ensureBuild, ensureDependencies, PROJECT_ROOT } from './lib/project.mjs';
import { runServer } from './lib/server.mjs';
import { LauncherError, Steps } from './lib/steps.mjs';

/** @typedef {import('./lib/launch-options.mjs').LaunchOptions} LaunchOptions */

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof LauncherError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}

/**
 * @param {string[]} args
 * @returns {Promise<number>} exit code
 */
async function main(args) {
  const options = parseLaunchOptions(args);
  if (options.help) return print(START_HELP);
  if (options.version) return print(productVersion());
  const steps = new Steps(options.json ? process.stderr : process.stdout);
  await checkNode(steps);
  await ensureDependencies(steps);
  await ensureBuild(steps);
  const setup = await loadSetup();
  const product = setup.parseOptions(options.passedOn, process.env);
  if (product.kind !== 'run') throw new LauncherError(product.text);
  const { dataDir } = product.config;
  const engine = await ensureEngine(steps, setup, dataDir);
  if (engine !== undefined) await ensureFirstImage(steps, setup, engine.candidate);
  if (!options.headless && hasDisplay()) {
    const electron = await ensureElectron(steps);
    const code = electron === undefined ? undefined : await runElectron(electron, options.passedOn);
    if (code !== undefined) return code;
  }
  return serve(options, steps, join(dataDir, 'browser-window'));
}

/**
 * @param {LaunchOptions} options
 * @param {Steps} steps
 * @param {string} profileFolder beside the data: cookies know no ports, so two servers must not share a profile
 */
async function serve(options, steps, profileFolder) {
  /** @type {ReturnType<typeof openWindow>} */
  let window;
  const code = await runServer(options.passedOn, {
    onLine: (line) => {
      if (options.json) process.stdout.write(`${line}\n`);
    },
    onReady: ({ api, gui }) => {
      if (!options.json)
        print(
          `OpenSandbox Desktop ready on ${api}\nGUI (this link signs in once, within ten minutes): ${gui}`,
        );
      if (!options.open || !hasDisplay()) return;
      window = openWindow(gui, profileFolder);
      if (window !== undefined)
        steps.say(`The link is open in ${window.name}; Ctrl+C here stops the server.`);
    },
  });
  window?.close();
  return code;
}

/**
 * @param {string} text
 * @returns {number} exit code
 */
function print(text) {
  process.stdout.write(`${text}\n`);
  return 0;
}

function productVersion() {
  /** @type {unknown} */
  const description = JSON.parse(readFileSync(join(PROJECT_ROOT, 'package.json'), 'utf8'));
  // Our own file, checked in with this script.
  return /** @type {{ version: string }} */ (description).version;
}

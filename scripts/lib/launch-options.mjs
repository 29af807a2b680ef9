import { parseArgs } from 'node:util';
import { LauncherError } from './steps.mjs';

export const START_HELP = `Usage: npm start -- [options]

Sets everything up, then runs OpenSandbox Desktop: in an Electron window where that can be had,
else in a browser window, else as a server that prints its link.

  --headless         no window; print the link
  --port PORT        port of the API and the GUI (8080)
  --data-dir DIR     folder for settings, records and the API key
  --no-open          do not open a browser window
  --log-level LEVEL  silent, error, warn, info or debug
  --json             print one JSON object per line when ready
  --help, --version

Environment: OPEN_SANDBOX_API_KEY, OPEN_SANDBOX_DATA_DIR, OPEN_SANDBOX_HOST_VOLUMES, DOCKER_HOST, DOCKER_CONTEXT`;

/**
 * @typedef {object} LaunchOptions
 * @property {boolean} help
 * @property {boolean} version
 * @property {boolean} headless
 * @property {boolean} open
 * @property {boolean} json
 * @property {string[]} passedOn options for the window or the server, which check their values
 */

/**
 * Reads the command line of `npm start`.
 * @param {string[]} args
 * @returns {LaunchOptions}
 */
export function parseLaunchOptions(args) {
  const { values } = parse(args);
  const passedOn = /** @type {const} */ (['port', 'data-dir', 'log-level']).flatMap((name) => {
    const value = values[name];
    return value === undefined ? [] : [`--${name}`, value];
  });
  return {
    help: values.help === true,
    version: values.version === true,
    headless: values.headless === true,
    open: values['no-open'] !== true && values.headless !== true,
    json: values.json === true,
    passedOn,
  };
}

/** @param {string[]} args */
function parse(args) {
  try {
    return parseArgs({
      args,
      options: {
        help: { type: 'boolean', short: 'h' },
        version: { type: 'boolean' },
        headless: { type: 'boolean' },
        'no-open': { type: 'boolean' },
        json: { type: 'boolean' },
        port: { type: 'string' },
        'data-dir': { type: 'string' },
        'log-level': { type: 'string' },
      },
    });
  } catch (error) {
    throw new LauncherError(`${error instanceof Error ? error.message : String(error)}\n\n${START_HELP}`);
  }
}

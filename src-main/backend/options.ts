import { homedir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { messageOf } from '../errors';
import type { BackendConfig } from './config';
import { VERSION } from './version';

const DEFAULT_PORT = 8080;
const MAX_PORT = 65_535;
const APP_FOLDER = 'OpenSandbox Desktop';
const LOG_LEVELS: readonly BackendConfig['logLevel'][] = ['silent', 'error', 'warn', 'info', 'debug'];

export type OptionsOutcome =
  | { kind: 'run'; config: BackendConfig; open: boolean; json: boolean }
  | { kind: 'help' | 'version' | 'usage'; text: string; exitCode: number };

const HELP = `OpenSandbox Desktop: sandboxes and their snapshots on your own Docker engine.

Options
  --port PORT          port on localhost (default ${DEFAULT_PORT}; 0 lets the system choose)
  --data-dir DIR       folder of the store, the API key and the lock
  --no-open            do not open the GUI
  --headless           server and browser GUI without Electron
  --log-level LEVEL    ${LOG_LEVELS.join(', ')} (default warn)
  --json               print one JSON object per line instead of text
  --help, --version

Environment
  OPEN_SANDBOX_API_KEY       use this key instead of the generated one
  OPEN_SANDBOX_DATA_DIR      same as --data-dir
  OPEN_SANDBOX_HOST_VOLUMES  folders that host volumes may lie under, separated like PATH
  DOCKER_HOST, DOCKER_CONTEXT`;

/** Reads the command line and the environment (DESIGN.md, "Starting it"). Never throws. */
export function parseOptions(argv: readonly string[], environment: NodeJS.ProcessEnv): OptionsOutcome {
  try {
    return readOptions(argv, environment);
  } catch (error) {
    return { kind: 'usage', text: `${messageOf(error)}\nSee --help.`, exitCode: 1 };
  }
}

function readOptions(argv: readonly string[], environment: NodeJS.ProcessEnv): OptionsOutcome {
  const { values } = parseArgs({
    args: [...argv],
    strict: true,
    options: {
      port: { type: 'string' },
      'data-dir': { type: 'string' },
      'no-open': { type: 'boolean' },
      headless: { type: 'boolean' },
      'log-level': { type: 'string' },
      json: { type: 'boolean' },
      help: { type: 'boolean' },
      version: { type: 'boolean' },
    },
  });
  if (values.help === true) return { kind: 'help', text: HELP, exitCode: 0 };
  if (values.version === true) return { kind: 'version', text: VERSION, exitCode: 0 };
  const apiKey = environment['OPEN_SANDBOX_API_KEY']?.trim() ?? '';
  return {
    kind: 'run',
    open: values['no-open'] !== true,
    json: values.json === true,
    config: {
      port: readPort(values.port),
      dataDir: resolve(
        values['data-dir'] ?? environment['OPEN_SANDBOX_DATA_DIR'] ?? defaultDataDir(environment),
      ),
      hostVolumeRoots: (environment['OPEN_SANDBOX_HOST_VOLUMES'] ?? '')
        .split(delimiter)
        .filter((root) => root !== ''),
      logLevel: readLogLevel(values['log-level']),
      rendererDir: resolve(import.meta.dirname, '../renderer'),
      environment,
      ...(apiKey === '' ? {} : { apiKey }),
    },
  };
}

function readPort(text: string | undefined): number {
  if (text === undefined) return DEFAULT_PORT;
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > MAX_PORT)
    throw new Error(`--port ${text} is not a number from 0 to ${MAX_PORT}.`);
  return port;
}

function readLogLevel(text: string | undefined): BackendConfig['logLevel'] {
  const level = LOG_LEVELS.find((each) => each === (text ?? 'warn'));
  if (level === undefined) throw new Error(`--log-level ${text ?? ''} is none of ${LOG_LEVELS.join(', ')}.`);
  return level;
}

/** The platform's usual place for application data. */
function defaultDataDir(environment: NodeJS.ProcessEnv): string {
  switch (process.platform) {
    case 'darwin':
      return join(homedir(), 'Library', 'Application Support', APP_FOLDER);
    case 'win32':
      return join(environment['APPDATA'] ?? join(homedir(), 'AppData', 'Roaming'), APP_FOLDER);
    default:
      return join(environment['XDG_DATA_HOME'] ?? join(homedir(), '.local', 'share'), 'opensandbox-desktop');
  }
}

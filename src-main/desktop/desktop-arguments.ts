import { isDeepLink } from './deep-link';

/** Chromium's own switches that our launcher passes along with our options. */
const CHROMIUM_SWITCHES = new Set(['--no-sandbox']);

/**
 * Our options among Electron's arguments. From source, the command line is `electron [switches] . [options]`;
 * installed, it is the app itself followed by options and perhaps a deep link.
 */
export function desktopArguments(argv: readonly string[], isPackaged: boolean): string[] {
  const afterExecutable = argv.slice(1);
  const appPath = afterExecutable.findIndex((arg) => !arg.startsWith('-'));
  const own = isPackaged || appPath === -1 ? afterExecutable : afterExecutable.slice(appPath + 1);
  return own.filter((arg) => !isDeepLink(arg) && !CHROMIUM_SWITCHES.has(arg));
}

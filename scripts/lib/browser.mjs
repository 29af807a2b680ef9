import { spawn } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram } from './commands.mjs';

const LINUX_BROWSERS = [
  'chromium',
  'chromium-browser',
  'google-chrome',
  'google-chrome-stable',
  'microsoft-edge',
];
const MAC_BROWSERS = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
];
const WINDOWS_BROWSERS = [
  'Google\\Chrome\\Application\\chrome.exe',
  'Microsoft\\Edge\\Application\\msedge.exe',
];

/** Whether a window can appear at all. */
export function hasDisplay() {
  if (process.platform !== 'linux') return true;
  return Boolean(process.env['DISPLAY']) || Boolean(process.env['WAYLAND_DISPLAY']);
}

/**
 * A browser that can show one page as an application window.
 * @returns {string | undefined}
 */
export function findChromium() {
  if (process.platform === 'darwin') return MAC_BROWSERS.find((path) => existsSync(path));
  if (process.platform === 'win32') {
    const folders = ['ProgramFiles', 'ProgramFiles(x86)', 'LOCALAPPDATA'].map(
      (name) => process.env[name] ?? '',
    );
    return folders
      .flatMap((folder) => WINDOWS_BROWSERS.map((path) => join(folder, path)))
      .find((path) => existsSync(path));
  }
  return findProgram(...LINUX_BROWSERS);
}

/**
 * Shows a link in a window of its own, or in the default browser.
 * @param {string} url
 * @param {string} profileFolder a profile of its own, so that the window is none of the user's browser
 * @returns {{ name: string, close: () => void } | undefined} undefined when there is no browser
 */
export function openWindow(url, profileFolder) {
  const chromium = findChromium();
  if (chromium === undefined) return openDefaultBrowser(url);
  mkdirSync(profileFolder, { recursive: true });
  const asRoot = process.platform === 'linux' && process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  const args = [
    `--app=${url}`,
    `--user-data-dir=${profileFolder}`,
    '--no-first-run',
    '--no-default-browser-check',
  ];
  const child = start(chromium, [...args, '--window-size=1280,800', ...asRoot], false);
  return { name: 'a browser window', close: () => child.kill('SIGTERM') };
}

/** @param {string} url */
function openDefaultBrowser(url) {
  const opener = findProgram(process.platform === 'darwin' ? 'open' : 'xdg-open');
  if (process.platform === 'win32')
    start('cmd.exe', ['/d', '/c', 'start', '""', url.replaceAll('&', '^&')], true);
  else if (opener === undefined) return undefined;
  else start(opener, [url], true);
  return { name: 'the default browser', close: () => undefined };
}

/**
 * @param {string} command
 * @param {readonly string[]} args
 * @param {boolean} detached the user's own browser must outlive a Ctrl+C here
 */
function start(command, args, detached) {
  const child = spawn(command, args, { stdio: 'ignore', detached });
  child.on('error', () => undefined);
  child.unref();
  return child;
}

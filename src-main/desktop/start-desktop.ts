import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { app } from 'electron';
import type { Backend } from '../backend/backend-types';
import { registerAppScheme } from './app-protocol';
import { followDeepLinks } from './arriving-links';
import { BackendHost } from './backend-host';
import { DesktopShell, type DesktopShellOptions } from './desktop-shell';
import { guardContents } from './security-guards';

export interface DesktopOptions extends DesktopShellOptions {
  /** The data folder; the browser engine's profile, the instance lock and the window's place go below it. */
  dataDir: string;
  /** Arguments of this start, which may hold a deep link. */
  args: readonly string[];
  createBackend: () => Promise<Backend>;
}

/**
 * Starts the desktop app: instance lock, security, window, then the backend behind it. Everything up to the wait for
 * Electron runs synchronously, because Electron gets ready as soon as the entry module was evaluated.
 * @returns false when another instance has the lock; that one shows itself, and this process must end.
 */
export async function startDesktop(options: DesktopOptions): Promise<boolean> {
  // Below the data folder, so that the instance lock is one per data folder, as the store's is.
  const profileDir = join(options.dataDir, 'window');
  mkdirSync(profileDir, { recursive: true, mode: 0o700 });
  app.setPath('userData', profileDir);
  if (!app.requestSingleInstanceLock()) return false;
  // Started with --no-sandbox (as root on Linux, where Chromium's sandbox refuses to run) it must stay off.
  if (!app.commandLine.hasSwitch('no-sandbox')) app.enableSandbox();
  registerAppScheme();
  const links = followDeepLinks(options.args);
  const host = new BackendHost(options.createBackend);
  app.on('web-contents-created', (_event, contents) => {
    guardContents(contents, () => host.current?.address);
  });
  await app.whenReady();
  new DesktopShell(options, host).start(links);
  return true;
}

import { existsSync, readFileSync } from 'node:fs';
import { runQuietly } from './commands.mjs';

const APT_TIMEOUT_MS = 900_000;

let listsAreFresh = false;

/** Whether packages can be installed without asking anyone: Debian or Ubuntu, as root. */
export function canInstallPackages() {
  if (process.platform !== 'linux' || process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get'))
    return false;
  try {
    return /^ID(_LIKE)?=.*\b(debian|ubuntu)\b/m.test(readFileSync('/etc/os-release', 'utf8'));
  } catch {
    return false;
  }
}

/**
 * Installs Debian packages without recommendations and without questions.
 * @param {readonly string[]} packages
 */
export async function installPackages(packages) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  if (!listsAreFresh) await runQuietly('apt-get', ['update', '-q'], { env, timeoutMs: APT_TIMEOUT_MS });
  listsAreFresh = true;
  const args = ['install', '-y', '-q', '--no-install-recommends', ...packages];
  await runQuietly('apt-get', args, { env, timeoutMs: APT_TIMEOUT_MS });
}

import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { AppError } from '../errors';

const SUITE = 'stable';
const KEPT_ERROR_LINES = 5;

export interface DebianFilesystem {
  tar: Readable;
  /** Removes the temporary tree; call it when the tar was read or given up. */
  remove: () => Promise<void>;
}

/**
 * Makes a minimal Debian with debootstrap (minutes, from a Debian mirror) and streams it as a tar.
 * @throws AppError `IMAGE::STARTER_UNAVAILABLE` without debootstrap or root, or with its last lines when it fails.
 */
export async function buildDebianFilesystem(
  onLine: (line: string) => void,
  signal?: AbortSignal,
): Promise<DebianFilesystem> {
  if (process.getuid?.() !== 0) {
    throw unavailable(
      'Building a Debian image needs root: run the server as root, or pull an image instead.',
    );
  }
  const folder = await mkdtemp(join(tmpdir(), 'opensandbox-debian-'));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    await debootstrap(folder, onLine, signal);
    const child = spawn(
      'tar',
      ['--numeric-owner', '--exclude=./var/cache/apt/archives/*.deb', '-C', folder, '-c', '.'],
      {
        stdio: ['ignore', 'pipe', 'ignore'],
        ...(signal === undefined ? {} : { signal }),
      },
    );
    // A short read would import half a system as if it were whole.
    child.once('error', (error) => child.stdout.destroy(error));
    child.once('exit', (code) => {
      if (code !== 0) child.stdout.destroy(unavailable(`tar failed with exit code ${code ?? 'none'}.`));
    });
    return { tar: child.stdout, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

function debootstrap(folder: string, onLine: (line: string) => void, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn('debootstrap', ['--variant=minbase', SUITE, folder], {
      stdio: ['ignore', 'pipe', 'ignore'],
      ...(signal === undefined ? {} : { signal }),
    });
    const last: string[] = [];
    createInterface({ input: child.stdout }).on('line', (line) => {
      last.push(line);
      if (last.length > KEPT_ERROR_LINES) last.shift();
      onLine(line);
    });
    child.once('error', (error) => reject(describeSpawnError(error)));
    child.once('exit', (code) => {
      if (code === 0) resolve();
      else reject(unavailable(`debootstrap failed: ${last.join(' / ')}`));
    });
  });
}

function describeSpawnError(error: Error): Error {
  const missing = 'code' in error && error.code === 'ENOENT';
  return missing ? unavailable('debootstrap is not installed. Run: apt-get install -y debootstrap') : error;
}

function unavailable(message: string): AppError {
  return new AppError(409, 'IMAGE::STARTER_UNAVAILABLE', message);
}

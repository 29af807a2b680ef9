import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { npmCommand, runQuietly } from './commands.mjs';
import { LauncherError } from './steps.mjs';

/** @typedef {import('./steps.mjs').Steps} Steps */

/**
 * @typedef {object} LockFile
 * @property {Record<string, { version?: string, optional?: boolean, devOptional?: boolean }>} [packages]
 */

/** The folder of this clone. */
export const PROJECT_ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** What may be deleted at any time: logs, downloads, results. */
export const CACHE_FOLDER = join(PROJECT_ROOT, '.cache');

const MINIMUM_NODE = [20, 19];
const SOURCE_FOLDERS = ['src-main', 'src-preload', 'src-renderer', 'resources'];
const SOURCE_FILES = [
  'package.json',
  'package-lock.json',
  'electron.vite.config.ts',
  'tsconfig.base.json',
  'tsconfig.web.json',
];

/**
 * @param {Steps} steps
 * @param {string} [version]
 */
export function checkNode(steps, version = process.versions.node) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [needMajor = 0, needMinor = 0] = MINIMUM_NODE;
  if (major > needMajor || (major === needMajor && minor >= needMinor)) {
    return steps.run(`Node ${version}`, () => Promise.resolve({ value: undefined }));
  }
  throw new LauncherError(
    `Node ${version} is too old, ${MINIMUM_NODE.join('.')} or later is needed. ` +
      `Get it from https://nodejs.org, or run: npm install -g n && n lts`,
  );
}

/**
 * Installs the locked packages unless exactly these are installed.
 * @param {Steps} steps
 */
export function ensureDependencies(steps) {
  return steps.run('dependencies', async () => {
    const stamp = join(PROJECT_ROOT, 'node_modules', '.opensandbox-lock');
    const hash = hashOf([join(PROJECT_ROOT, 'package-lock.json')]);
    if (readText(stamp) === hash) return { line: 'dependencies up to date', value: undefined };
    const present = installedMatchesLock(
      readText(join(PROJECT_ROOT, 'package-lock.json')),
      readText(join(PROJECT_ROOT, 'node_modules', '.package-lock.json')),
    );
    if (!present) {
      const { command, args } = npmCommand(['ci', '--include=dev', '--loglevel=error']);
      await runQuietly(command, args, { cwd: PROJECT_ROOT });
    }
    writeFileSync(stamp, hash);
    return { line: present ? 'dependencies up to date' : 'dependencies installed', value: undefined };
  });
}

/**
 * Builds into `out/` unless it was built from exactly these sources.
 * @param {Steps} steps
 */
export function ensureBuild(steps) {
  return steps.run('build', async () => {
    const stamp = join(PROJECT_ROOT, 'out', '.stamp');
    const hash = hashOf(sourceFiles(PROJECT_ROOT));
    if (readText(stamp) === hash) return { line: 'build up to date', value: undefined };
    // A build that is broken off must not pass for a whole one.
    rmSync(stamp, { force: true });
    const builder = join(PROJECT_ROOT, 'node_modules', 'electron-vite', 'bin', 'electron-vite.js');
    const env = { ...process.env, NO_COLOR: '1' };
    await runQuietly(process.execPath, [builder, 'build'], { cwd: PROJECT_ROOT, env });
    mkdirSync(dirname(stamp), { recursive: true });
    writeFileSync(stamp, hash);
    return { line: 'built', value: undefined };
  });
}

/**
 * Whether `node_modules` holds what the lock says, so that a tree installed by hand is kept.
 * @param {string} lock text of `package-lock.json`
 * @param {string} installed text of npm's `node_modules/.package-lock.json`
 */
export function installedMatchesLock(lock, installed) {
  const wanted = lockedPackages(lock);
  const present = lockedPackages(installed);
  if (wanted.size === 0 || present.size === 0) return false;
  for (const [path, entry] of wanted) {
    const found = present.get(path);
    // Packages for other platforms are locked but never installed.
    if (found === undefined ? !entry.optional : found.version !== entry.version) return false;
  }
  return true;
}

/**
 * All files that the build reads, sorted.
 * @param {string} root
 * @returns {string[]}
 */
export function sourceFiles(root) {
  const nested = SOURCE_FOLDERS.flatMap((folder) => filesUnder(join(root, folder)));
  return [...nested, ...SOURCE_FILES.map((file) => join(root, file))].sort();
}

/**
 * One hash over names and contents.
 * @param {readonly string[]} files
 */
export function hashOf(files) {
  const hash = createHash('sha256');
  for (const file of files) hash.update(`${file}\0`).update(readText(file)).update('\0');
  return hash.digest('hex');
}

/**
 * @param {string} text
 * @returns {Map<string, { version: string, optional: boolean }>}
 */
function lockedPackages(text) {
  /** @type {Map<string, { version: string, optional: boolean }>} */
  const found = new Map();
  if (text === '') return found;
  /** @type {unknown} */
  const parsed = JSON.parse(text);
  // npm's own format; what it lacks reads as "no package".
  const lock = /** @type {LockFile} */ (parsed);
  for (const [path, entry] of Object.entries(lock.packages ?? {})) {
    if (path === '') continue;
    found.set(path, {
      version: entry.version ?? '',
      optional: entry.optional === true || entry.devOptional === true,
    });
  }
  return found;
}

/**
 * @param {string} folder
 * @returns {string[]}
 */
function filesUnder(folder) {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
  } catch {
    return [];
  }
}

/** @param {string} file */
function readText(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

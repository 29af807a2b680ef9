import { posix } from 'node:path';
import { AppError } from '../../errors';

const VARIABLE = /\$(?:\{([^}]*)\}|([A-Za-z_][A-Za-z0-9_]*))/g;
/** Linux, limits.h: NAME_MAX, and PATH_MAX less the null character at the end. */
const LONGEST_NAME_BYTES = 255;
const LONGEST_PATH_BYTES = 4_095;
const VARIABLE_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** What paths of requests are read against. */
export interface PathEnvironment {
  variable(name: string): string | undefined;
  /** Where relative paths begin. */
  workingDir: string;
}

/** Whether the environment is needed to read a path at all. */
export function needsEnvironment(path: string): boolean {
  return !path.startsWith('/') || path.includes('$');
}

/**
 * The absolute path that a request means: a leading `~` is the home directory, `$NAME` and `${NAME}` are variables of
 * the sandbox, relative paths begin in its working directory, `.`, `..` and double slashes are resolved by text alone
 * (CONTRACT.md 4.1).
 * @throws AppError 400 `INVALID_REQUEST_BODY` for an empty, impossible or too long path, and for an undefined variable
 */
export function absolutePath(path: string, environment: PathEnvironment): string {
  if (path === '') throw new AppError(400, 'INVALID_REQUEST_BODY', 'A path is empty. Send an absolute path.');
  if (path.includes('\0')) {
    throw new AppError(400, 'INVALID_REQUEST_BODY', 'A path holds a null character, which no file can have.');
  }
  const expanded = expandVariables(path, environment);
  const withHome = /^~(?=$|\/)/.test(path) ? lookUp('HOME', environment) + expanded.slice(1) : expanded;
  const normal = posix.resolve('/', environment.workingDir, withHome);
  // A leading double slash means something of its own to `resolve` on no system that sandboxes run.
  const absolute = normal.replace(/^\/+/, '/');
  refuseTooLong(absolute);
  return absolute;
}

/** What lies under a name in a directory. */
export function childPath(directory: string, name: string): string {
  return directory === '/' ? `/${name}` : `${directory}/${name}`;
}

function refuseTooLong(path: string): void {
  const names = path.split('/').map((name) => Buffer.byteLength(name));
  if (names.every((bytes) => bytes <= LONGEST_NAME_BYTES) && Buffer.byteLength(path) <= LONGEST_PATH_BYTES)
    return;
  throw new AppError(
    400,
    'INVALID_REQUEST_BODY',
    `A path is too long. A name in it may have ${LONGEST_NAME_BYTES} bytes, and all of it ${LONGEST_PATH_BYTES}.`,
  );
}

function expandVariables(path: string, environment: PathEnvironment): string {
  return path.replace(VARIABLE, (text, braced?: string, bare?: string) => {
    const name = braced ?? bare ?? '';
    if (!VARIABLE_NAME.test(name)) {
      throw new AppError(400, 'INVALID_REQUEST_BODY', `"${text}" in a path is no variable. Write \${NAME}.`);
    }
    return lookUp(name, environment);
  });
}

function lookUp(name: string, environment: PathEnvironment): string {
  const value = environment.variable(name);
  if (value !== undefined) return value;
  throw new AppError(
    400,
    'INVALID_REQUEST_BODY',
    `A path names the variable ${name}, which is not set in the sandbox. Write the path out, or set it in env on create.`,
  );
}

import type { CommandSpec } from './exec-types';
import { invalidCommand } from './shell-errors';
import { literalWord, pathWord, type PathWord } from './shell-words';

const LARGEST_ID = 2 ** 31 - 1;
/** The kernel's limit for one argument, less its final null. */
const LONGEST_COMMAND_BYTES = 128 * 1024 - 1;

/**
 * What can be said about a command without looking into the sandbox.
 * @throws AppError 400 `INVALID_REQUEST_BODY`
 */
export function checkCommand(spec: CommandSpec): void {
  if (spec.command.trim() === '') throw invalidCommand('command is empty. Send the text to run.');
  if (Buffer.byteLength(spec.command) > LONGEST_COMMAND_BYTES) {
    throw invalidCommand('command is longer than 128 KiB. Upload it as a file and run that.');
  }
  if (spec.gid !== undefined && spec.uid === undefined) {
    throw invalidCommand('gid needs uid. Send both, or uid alone.');
  }
  for (const id of [spec.uid, spec.gid]) {
    if (id !== undefined && (id < 0 || id > LARGEST_ID)) {
      throw invalidCommand(`${id} is no user or group id. Use 0 to ${LARGEST_ID}.`);
    }
  }
  const envs = Object.entries(spec.envs ?? {});
  const wrongName = envs.find(([name]) => name === '' || /[=\0]/.test(name));
  if (wrongName !== undefined) {
    throw invalidCommand(`"${wrongName[0]}" is no name of an environment variable.`);
  }
  const texts = [spec.command, spec.cwd ?? '', ...envs.map(([, value]) => value)];
  if (texts.some((text) => text.includes('\0'))) {
    throw invalidCommand('A null character cannot be part of a command, a path or an environment variable.');
  }
}

/** The engine's `User` of an exec; undefined for the container's default. */
export function userOf(spec: CommandSpec): string | undefined {
  if (spec.uid === undefined) return undefined;
  return spec.gid === undefined ? String(spec.uid) : `${spec.uid}:${spec.gid}`;
}

/** Where the command begins, as shell text; undefined for the container's directory. */
export function directoryOf({ cwd, cwdIsLiteral }: CommandSpec): PathWord | undefined {
  if (cwd === undefined || cwd === '') return undefined;
  return cwdIsLiteral === true ? literalWord(cwd) : pathWord(cwd);
}

/** What is sent where, after stdout and stderr have been set. */
export function furtherOutputs(spec: CommandSpec, stdout: number): string {
  const merged = spec.mergeStderr === true ? ` 2>&${stdout}` : '';
  return spec.stdoutAlso === undefined ? merged : `${merged} ${spec.stdoutAlso}>&${stdout}`;
}

import type { CommandSpec } from './exec-types';
import { invalidCommand } from './shell-errors';
import { literalWord, pathWord, type PathWord } from './shell-words';

const LARGEST_ID = 2 ** 31 - 1;
/** The kernel's limit for one argument or variable, less its final null. */
const LONGEST_TEXT_BYTES = 128 * 1024 - 1;

/**
 * What can be said about a command without looking into the sandbox.
 * @throws AppError 400 `INVALID_REQUEST_BODY`
 */
export function checkCommand(spec: CommandSpec): void {
  checkCommandText(spec.command);
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
  const tooLong = envs.find(([name, value]) => Buffer.byteLength(`${name}=${value}`) > LONGEST_TEXT_BYTES);
  if (tooLong !== undefined) {
    throw invalidCommand(`The variable ${tooLong[0]} is longer than 128 KiB. Upload its value as a file.`);
  }
  for (const text of [spec.cwd ?? '', ...envs.map(([, value]) => value)]) refuseNull(text);
}

/**
 * The same for the text alone that a command or a session's run consists of.
 * @throws AppError 400 `INVALID_REQUEST_BODY`
 */
export function checkCommandText(command: string): void {
  if (command.trim() === '') throw invalidCommand('command is empty. Send the text to run.');
  if (Buffer.byteLength(command) > LONGEST_TEXT_BYTES) {
    throw invalidCommand('command is longer than 128 KiB. Upload it as a file and run that.');
  }
  refuseNull(command);
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

function refuseNull(text: string): void {
  if (text.includes('\0')) {
    throw invalidCommand('A null character cannot be part of a command, a path or an environment variable.');
  }
}

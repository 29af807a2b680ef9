import type { CommandSignal } from './exec-types';
import { markPrefix } from './marked-output';
import { quoteWord, type PathWord } from './shell-words';

/** File descriptors that the marks of a command go to. */
export interface MarkOutputs {
  stdout: number;
  stderr: number;
}

/**
 * Undoes what a shell of ours adds to the environment that it passes on, so that a command sees what it would see
 * if the engine had started its shell. Bash lowers SHLVL by itself when it is replaced.
 */
export const RESTORE_ENVIRONMENT =
  'if [ -z "${BASH_VERSION-}" ] && [ -n "${SHLVL-}" ]; then SHLVL=$((SHLVL - 1)); fi; unset OLDPWD';

/**
 * The same two shells deep, where `$1` is what SHLVL was in the first: the two values tell what was there before, and
 * whether this kind of shell counts at all.
 */
export const RESTORE_ENVIRONMENT_OF_JOB =
  'case $1 in "" | *[!0-9]*) ;; *) SHLVL=$((2 * $1 - $SHLVL + ${BASH_VERSION:+1}+0)) ;; esac; unset OLDPWD';

/** Shell lines that enter a directory, or say why not and leave with 126. */
export function enterDirectory({ word, variables }: PathWord, nonce: string, out: number): string {
  const refuse = (reason: string) =>
    `{ printf '%s\\n' '${markPrefix(nonce, 'refused')}${reason}' >&${out}; exit 126; }`;
  const checks = variables.map((name) => `[ -n "\${${name}+x}" ] || ${refuse(`variable ${name}`)}`);
  // With CDPATH a relative path could lead elsewhere.
  return [...checks, `CDPATH= cd -- ${word} >/dev/null 2>&1 || ${refuse('cwd')}`].join('\n');
}

/** Shell lines that say on both streams that from here on every byte is the command's. */
export function announceStart(nonce: string, outputs: MarkOutputs, pidExpression: string): string {
  const mark = markPrefix(nonce, 'start');
  return [
    `printf '%s\\n' "${mark}${pidExpression}" >&${outputs.stdout}`,
    `printf '%s\\n' '${mark}' >&${outputs.stderr}`,
  ].join('\n');
}

/** Shell lines that export variables, each value literal. */
export function exportVariables(envs: Readonly<Record<string, string>>): string {
  return Object.entries(envs)
    .map(([name, value]) => `export ${name}=${quoteWord(value)}`)
    .join('\n');
}

/**
 * A shell line that signals a process group. Busybox knows no `--` here and dash needs it; just after its start a
 * command may not lead its group yet.
 */
export function signalGroup(pid: number, signal: CommandSignal): string {
  const kill = `kill -s ${signal}`;
  return `${kill} -${pid} 2>/dev/null || ${kill} -- -${pid} 2>/dev/null || ${kill} ${pid}`;
}

import { announceStart, enterDirectory, exportVariables, RESTORE_ENVIRONMENT_OF_JOB } from './command-script';
import { directoryOf, furtherOutputs } from './command-checks';
import { PRINT_INPUT, type CommandSpec, type HelperOptions } from './exec-types';
import { markPrefix } from './marked-output';
import { quoteWord } from './shell-words';

/** A warm shell's own outputs; 1 and 2 lead nowhere, so that nothing it says by itself is taken for a command's. */
const OUTPUTS = { stdout: 3, stderr: 4 } as const;
const TO_COMMAND = '>&3 2>&4';
const CLOSE_OWN = '3>&- 4>&-';

/** Reasons of a shell that cannot serve as a warm one. */
export const UNFIT = 'unfit';

/** What a warm shell runs: it evaluates what it reads, line by line, and never reads further than that line. */
export const WARM_SHELL = ['sh', '-c', 'while read -r _osd_x; do eval "$_osd_x"; done'];

/**
 * `_osd_settle` tells whether a process other than this shell still holds its outputs: then what that process prints
 * later would land in the next command's result. Builtins only. Processes seen clean before are not looked at again.
 * One whose files cannot be seen counts as a holder, unless it has no parent in the sandbox: then the engine started
 * it.
 */
const SETTLE = [
  '_osd_hidden() { read -r _osd_x _osd_x _osd_x _osd_x _osd_y <"$1/stat" && [ "$_osd_x" != 0 ]; }',
  '_osd_holds() { ' +
    'if [ -d "$1/fd" ] && [ ! -r "$1/fd" ]; then _osd_hidden "$1"; return; fi; ' +
    'for _osd_f in "$1"/fd/*; do ' +
    'if [ "$_osd_f" -ef "/proc/$$/fd/3" ] || [ "$_osd_f" -ef "/proc/$$/fd/4" ]; then return 0; fi; ' +
    'if [ ! -e "$_osd_f" ] && [ -h "$_osd_f" ]; then _osd_hidden "$1"; return; fi; ' +
    'done; return 1; }',
  '_osd_settle() { ' +
    '_osd_r=0; set -- /proc/[0-9]*; ' +
    'if [ " $* " != "$_osd_k" ]; then for _osd_p do ' +
    'case $_osd_k in *" $_osd_p "*) continue;; esac; ' +
    'if _osd_holds "$_osd_p"; then _osd_r=1; break; fi; ' +
    'done; if [ $_osd_r = 0 ]; then _osd_k=" $* "; fi; fi; ' +
    `printf '%s\\n' "\${_osd_n}R $_osd_r" >&3; }`,
];

/** Runs the next job in a session of its own: the process reads it from the shared input and becomes the command. */
const RUN_JOB = `setsid sh -s \${SHLVL-}; printf '%s\\n' "\${_osd_n}E $?" >&3; printf '%s\\n' "\${_osd_n}E" >&4; _osd_settle`;

/** What a new warm shell reads at first. It needs setsid and /proc; without them it says so. */
export function openingScript(nonce: string): string {
  const lines = [
    `_osd_n=${nonce}`,
    'exec 3>&1 4>&2 >/dev/null 2>&1',
    'if ! command -v setsid || [ ! -r /proc/self/stat ]; then ' +
      `printf '%s\\n' '${markPrefix(nonce, 'refused')}${UNFIT}' >&3; exit; fi`,
    'set -- /proc/[0-9]*; _osd_k=" $* "',
    ...SETTLE,
    // From here on nothing is evaluated any more: a job's process that was killed leaves the rest of its job unread.
    'while read -r _osd_c; do case $_osd_c in ' +
      `"$_osd_n"J) ${RUN_JOB};; "$_osd_n"L) _osd_settle;; *) exit;; esac; done; exit`,
  ];
  return `${lines.join('\n')}\n`;
}

/** Makes the shell start the process of the next job, which then waits for its script. */
export function nextJobLine(nonce: string): string {
  return `${nonce}J\n`;
}

/** Asks a shell that is not in use whether it is clean now. */
export function settleLine(nonce: string): string {
  return `${nonce}L\n`;
}

/** Turns a job's process into a command. */
export function commandScript(spec: CommandSpec, nonce: string): string {
  const directory = directoryOf(spec);
  const args = (spec.args ?? []).map((each) => ` ${quoteWord(each)}`).join('');
  // With another PATH the container's own shell is still the one that is meant.
  const overridesPath = spec.envs !== undefined && 'PATH' in spec.envs;
  const findShell = overridesPath ? '_osd_a=$(command -v "$_osd_b")' : '_osd_a=$_osd_b';
  return wholeScript(`if command -v bash; then _osd_b=bash; else _osd_b=sh; fi
${findShell}
${directory === undefined ? '' : enterDirectory(directory, nonce, OUTPUTS.stdout)}
${RESTORE_ENVIRONMENT_OF_JOB}
${exportVariables(spec.envs ?? {})}
${announceStart(nonce, OUTPUTS, '$$')}
exec "$_osd_a" -c ${quoteWord(spec.command)} "$_osd_b"${args} </dev/null ${TO_COMMAND}${furtherOutputs(spec, OUTPUTS.stdout)} ${CLOSE_OWN}`);
}

/** A script of ours in a job's process; its input is embedded. */
export function helperScript(script: string, nonce: string, { args = [], input }: HelperOptions): string {
  return wholeScript(`${announceStart(nonce, OUTPUTS, '$$')}
${input === undefined ? '' : printInput(input)}
exec </dev/null ${TO_COMMAND} ${CLOSE_OWN}
set -- ${args.map(quoteWord).join(' ')}
eval ${quoteWord(script)}
exit`);
}

/** Some shells do not say why their own printf has failed. */
function printInput(input: Buffer): string {
  return `${PRINT_INPUT}() { printf '%b' '${escapeBytes(input)}' || { echo 'write error; there may be no space left' >&2; return 1; }; }`;
}

/** Read to its end before any of it is done. */
function wholeScript(script: string): string {
  return `{\n${script}\n}\n`;
}

/** Bytes for `printf %b`, in characters that no shell treats in a way of its own. */
function escapeBytes(bytes: Buffer): string {
  return bytes
    .toString('latin1')
    .replace(/[^\n -&(-[\]-~]/g, (char) => `\\0${char.charCodeAt(0).toString(8).padStart(3, '0')}`);
}

import { announceStart, enterDirectory, exportVariables, RESTORE_ENVIRONMENT } from './command-script';
import { directoryOf, furtherOutputs } from './command-checks';
import type { CommandSpec } from './exec-types';
import { markPrefix } from './marked-output';
import { quoteWord } from './shell-words';

/** A warm shell's own outputs; 1 and 2 lead nowhere, so that nothing it says by itself is taken for a command's. */
const OUTPUTS = { stdout: 3, stderr: 4 } as const;
const TO_COMMAND = '>&3 2>&4';
const CLOSE_OWN = '3>&- 4>&-';

/** Reasons of a shell that cannot serve as a warm one. */
export const UNFIT = 'unfit';

/**
 * `_osd_settle NONCE` tells whether a process other than this shell still holds its outputs: then what that process
 * prints later would land in the next command's result. Builtins only. Processes seen clean before are not looked at
 * again. One whose files cannot be seen counts as a holder, unless it has no parent in the sandbox: then the engine
 * started it.
 */
const SETTLE = `_osd_hidden() {
read -r _osd_x _osd_x _osd_x _osd_x _osd_y <"$1/stat" && [ "$_osd_x" != 0 ]
}
_osd_holds() {
if [ -d "$1/fd" ] && [ ! -r "$1/fd" ]; then _osd_hidden "$1"; return; fi
for _osd_f in "$1"/fd/*; do
if [ "$_osd_f" -ef "/proc/$$/fd/3" ] || [ "$_osd_f" -ef "/proc/$$/fd/4" ]; then return 0; fi
if [ ! -e "$_osd_f" ] && [ -h "$_osd_f" ]; then _osd_hidden "$1"; return; fi
done
return 1
}
_osd_settle() {
_osd_n=$1 _osd_r=0
set -- /proc/[0-9]*
if [ " $* " != "$_osd_k" ]; then
for _osd_p do
case $_osd_k in *" $_osd_p "*) continue;; esac
if _osd_holds "$_osd_p"; then _osd_r=1; break; fi
done
if [ $_osd_r = 0 ]; then _osd_k=" $* "; fi
fi
printf '%s\\n' "$_osd_n""R $_osd_r" >&3
}`;

/** What a new warm shell reads before its first command. It needs setsid and /proc; without them it says so. */
export function openingScript(nonce: string): string {
  return `exec 3>&1 4>&2 >/dev/null 2>&1
_osd_t=$(command -v setsid)
if [ -z "$_osd_t" ] || [ ! -r /proc/self/stat ]; then printf '%s\\n' '${markPrefix(nonce, 'refused')}${UNFIT}' >&3; exit; fi
if _osd_a=$(command -v bash); then _osd_b=bash; else _osd_b=sh _osd_a=$(command -v sh); fi
set -- /proc/[0-9]*
_osd_k=" $* "
${SETTLE}
`;
}

/** A command in a session of its own, below a warm shell. */
export function commandScript(spec: CommandSpec, nonce: string): string {
  const overridesPath = spec.envs !== undefined && 'PATH' in spec.envs;
  const [setsid, shell] = overridesPath ? ['"$_osd_t"', '"$_osd_a"'] : ['setsid', '"$_osd_b"'];
  const directory = directoryOf(spec);
  const args = (spec.args ?? []).map((each) => ` ${quoteWord(each)}`).join('');
  const outputs = `${TO_COMMAND}${furtherOutputs(spec, OUTPUTS.stdout)} ${CLOSE_OWN}`;
  return `(
read -r _osd_p _osd_r </proc/self/stat
${directory === undefined ? '' : enterDirectory(directory, nonce, OUTPUTS.stdout)}
${RESTORE_ENVIRONMENT}
${exportVariables(spec.envs ?? {})}
${announceStart(nonce, OUTPUTS, '$_osd_p')}
exec ${setsid} ${shell} -c ${quoteWord(spec.command)} ${shell}${args} </dev/null ${outputs}
)
${ending(nonce)}`;
}

/** A script of ours in a fork of the warm shell; its standard input is embedded. */
export function helperScript(
  script: string,
  nonce: string,
  { args = [], stdin }: { args?: readonly string[]; stdin?: Buffer },
): string {
  const feed = stdin === undefined ? '' : `printf '%b' '${escapeBytes(stdin)}' | `;
  const input = stdin === undefined ? '</dev/null ' : '';
  return `${announceStart(nonce, OUTPUTS, '$$')}
${feed}(
set -- ${args.map(quoteWord).join(' ')}
eval ${quoteWord(script)}
) ${input}${TO_COMMAND} ${CLOSE_OWN}
${ending(nonce)}`;
}

/** Asks a shell that is not in use whether it is clean now. */
export function settleScript(nonce: string): string {
  return `printf '%s\\n' '${markPrefix(nonce, 'end')}' >&4; _osd_settle ${nonce}\n`;
}

function ending(nonce: string): string {
  return `_osd_s=$?
printf '%s\\n' "${markPrefix(nonce, 'end')}$_osd_s" >&3; ${settleScript(nonce)}`;
}

/** Bytes for `printf %b`, in characters that no shell treats in a way of its own. */
function escapeBytes(bytes: Buffer): string {
  return bytes
    .toString('latin1')
    .replace(/[^\n -&(-[\]-~]/g, (char) => `\\0${char.charCodeAt(0).toString(8).padStart(3, '0')}`);
}

import { PRINT_INPUT } from '../exec-types';

/**
 * Scripts for a sandbox's own POSIX shell, with the tools that busybox and coreutils share. Paths come as arguments,
 * are absolute, and therefore never look like options. Codes say what a script found; 1 is a tool's own failure.
 */
export const FOUND = { missing: 10, directory: 11, exists: 12, noDirectory: 13, noFile: 14 } as const;

/**
 * One record per path for `stat -c`, in UTC. Canonical paths hold no double slash, and nothing else does, so it tells
 * where a record begins even when names hold line breaks.
 */
export const STAT_RECORD = '//%f|%u|%g|%s|%U|%G|%y|%z|%n';

export const STAT_SCRIPT = `TZ=UTC0 stat -c '${STAT_RECORD}' "$@"`;

/** `$1` directory, `$2` depth. */
export const LIST_SCRIPT = `[ ! -h "$1" ] || exit ${FOUND.noDirectory}
[ -e "$1" ] || exit ${FOUND.missing}
[ -d "$1" ] || exit ${FOUND.noDirectory}
[ "$2" = 0 ] || TZ=UTC0 find "$1" -maxdepth "$2" -exec stat -c '${STAT_RECORD}' {} +`;

/** `$1` root. Names come with a slash too many in front, so that each begins with two. */
export const FIND_SCRIPT = `[ -e "$1" ] || exit ${FOUND.missing}
find "/$1" ! -type d`;

/** `$1` file, `$2` how many bytes are small. The first line tells size and time; a small file follows. */
export const READ_SCRIPT = `[ -e "$1" ] || exit ${FOUND.missing}
[ -f "$1" ] || exit ${FOUND.noFile}
s=$(TZ=UTC0 stat -L -c '%s|%y' "$1") || exit 1
[ -r "$1" ] || { echo 'Permission denied' >&2; exit 1; }
printf '%s\\n' "$s"
[ "\${s%%|*}" -gt "$2" ] || cat "$1"`;

/** `$1` file, `$2` block size, `$3` and `$4` how many blocks to skip and to read. */
export const READ_BLOCKS_SCRIPT = `dd if="$1" bs="$2" skip="$3" count="$4" 2>/dev/null`;

/** `set_attributes PATH MODE OWNER GROUP\`; an owner's change drops the setuid bit, so the mode comes last. */
const SET_ATTRIBUTES = `set_attributes() {
if [ -n "$3" ]; then chown "$3" "$1" || exit 1; fi
if [ -n "$4" ]; then chgrp "$4" "$1" || exit 1; fi
if [ -n "$2" ]; then chmod "$2" "$1" || exit 1; fi
}
make_parent() {
d=\${1%/*}
[ -z "$d" ] || [ -d "$d" ] || mkdir -p "$d" || exit 1
}`;

/** What the scripts that set attributes are told for a mode: five digits, because only they clear a setgid bit. */
export function modeArgument(mode: number | undefined): string {
  return mode === undefined ? '' : mode.toString(8).padStart(5, '0');
}

/** `$1` file, `$2` mode, `$3` owner, `$4` group; content from the input. `+rwx` minds the umask. */
export const WRITE_SCRIPT = `${SET_ATTRIBUTES}
make_parent "$1"
m=$2
[ -n "$m" ] || [ -e "$1" ] || m=+rwx
${PRINT_INPUT} >"$1" || exit 1
set_attributes "$1" "$m" "$3" "$4"`;

/** As {@link WRITE_SCRIPT}; then tells to whom the file belongs. */
export const MAKE_FILE_SCRIPT = `${WRITE_SCRIPT}
stat -L -c '%u|%g' "$1"`;

/** `$1` file that exists; content from standard input. */
export const FILL_SCRIPT = 'cat >"$1"';

/** `$1` path, `$2` mode, `$3` owner, `$4` group. */
export const ATTRIBUTES_SCRIPT = `${SET_ATTRIBUTES}
[ -e "$1" ] || exit ${FOUND.missing}
set_attributes "$@"`;

/** `$1` source, `$2` destination. */
export const MOVE_SCRIPT = `${SET_ATTRIBUTES}
[ -e "$1" ] || [ -h "$1" ] || exit ${FOUND.missing}
if [ -e "$2" ] || [ -h "$2" ]; then exit ${FOUND.exists}; fi
make_parent "$2"
mv "$1" "$2"`;

/** `$1` directory, `$2` mode, `$3` owner, `$4` group. */
export const MAKE_DIRECTORY_SCRIPT = `${SET_ATTRIBUTES}
[ ! -d "$1" ] || exit 0
make_parent "$1"
mkdir "$1" || exit 1
set_attributes "$@"`;

/** `$1` file. */
export const REMOVE_FILE_SCRIPT = `[ -h "$1" ] || [ ! -d "$1" ] || exit ${FOUND.directory}
rm -f "$1"`;

/** `$1` directory. */
export const REMOVE_DIRECTORY_SCRIPT = `rm -rf "$1"`;

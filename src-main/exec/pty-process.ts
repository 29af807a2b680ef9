import type { Readable, Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { TerminalSize } from '../engine/exec';
import { AppError } from '../errors';
import type { ExecOpening } from './exec-opening';
import type { CommandRunner } from './exec-types';
import type { SandboxTarget } from './sandbox-target';
import { pathWord, quoteWord } from './shell-words';

/** With a terminal one stream carries everything; with pipes the two outputs stay apart. */
export type PtyMode = 'pty' | 'pipe';

export interface PtyCommand {
  cwd?: string;
  /** Text for the shell; an interactive shell when absent. */
  command?: string;
}

const FIRST_SIZE: TerminalSize = { rows: 24, columns: 80 };
/** Around the process id that the shell tells before anything else; nothing else can come first. */
const MARK = '\u0001';
const MARKED_PID = new RegExp(`^${MARK}(\\d+)${MARK}`);
const MAX_PREFIX_BYTES = 4_096;
const EXIT_POLLS = 40;
const EXIT_POLL_MS = 50;
/** Where a process's exit code cannot be known, as after the end of the container. */
const UNKNOWN_EXIT = -1;

/** Field 4 after the name in /proc/PID/stat is the session: every process that the shell ever started has the same. */
const KILL_SESSION = `
for stat in /proc/[0-9]*/stat; do
  { read -r line < "$stat"; } 2>/dev/null || continue
  pid=\${stat#/proc/}; pid=\${pid%/stat}
  rest=\${line##*) }
  session=$(set -- $rest; echo "$4")
  if [ "$session" = "$1" ]; then kill -KILL "$pid" 2>/dev/null; fi
done
:`;

/** Field 6 is the terminal's foreground group, -1 without a terminal; field 3 the shell's own. */
const SIGNAL_FOREGROUND = `
{ read -r line < "/proc/$1/stat"; } 2>/dev/null || exit 0
signal=$2
set -- \${line##*) }
group=$6
[ "$group" -gt 0 ] || group=$3
kill "-$signal" "-$group"`;

/** A shell that has started inside a sandbox. */
export class PtyProcess {
  private constructor(
    private readonly target: SandboxTarget,
    private readonly runner: CommandRunner,
    private readonly execId: string,
    /** Inside the sandbox. */
    private readonly pid: string,
    readonly stdin: Writable,
    readonly stdout: Readable,
    /** Only with pipes. */
    readonly stderr: Readable | undefined,
  ) {}

  /** @throws AppError 503 when the sandbox does not run, 500 `RUNTIME_ERROR` when it has no shell */
  static async start(
    target: SandboxTarget,
    mode: PtyMode,
    command: PtyCommand,
    { opening, runner }: { opening: ExecOpening; runner: CommandRunner },
  ): Promise<PtyProcess> {
    const options = { command: ['/bin/sh', '-c', startScript(command)] };
    if (mode === 'pipe') {
      const { execId, stdin, stdout, stderr } = await opening.open(target, options);
      return new PtyProcess(target, runner, execId, await readPid(stdout), stdin, stdout, stderr);
    }
    const { execId, terminal } = await opening.openTerminal(target, {
      ...options,
      env: ['TERM=xterm-256color'],
    });
    const pid = await readPid(terminal);
    const made = new PtyProcess(target, runner, execId, pid, terminal, terminal, undefined);
    await made.resize(FIRST_SIZE);
    return made;
  }

  async resize(size: TerminalSize): Promise<void> {
    // A shell that has just ended has no size any more, and nobody misses it.
    await this.target.engine.execs.resize(this.execId, size).catch(() => undefined);
  }

  /** To whatever runs in the foreground, as the terminal itself would send it. */
  async signal(name: string): Promise<void> {
    await this.runner.runHelper(this.target.sandboxId, SIGNAL_FOREGROUND, { args: [this.pid, name] });
  }

  /** The shell with everything that it started. */
  async kill(): Promise<void> {
    await this.runner.runHelper(this.target.sandboxId, KILL_SESSION, { args: [this.pid] });
  }

  /** To be asked when the output has ended. */
  async exitCode(): Promise<number> {
    for (let poll = 0; poll < EXIT_POLLS; poll += 1) {
      const facts = await this.target.engine.execs.inspect(this.execId).catch(() => undefined);
      if (facts === undefined) return UNKNOWN_EXIT;
      if (facts.hasEnded) return facts.exitCode;
      await delay(EXIT_POLL_MS);
    }
    return UNKNOWN_EXIT;
  }
}

function startScript({ cwd, command }: PtyCommand): string {
  return [
    `printf '\\001%s\\001' "$$"`,
    ...(cwd === undefined || cwd === '' ? [] : [`cd ${pathWord(cwd).word} || exit 1`]),
    `set -- ${command === undefined || command === '' ? '' : `-c ${quoteWord(command)}`}`,
    'if command -v bash >/dev/null 2>&1; then exec bash "$@"; fi',
    'exec sh "$@"',
  ].join('\n');
}

/** Takes the mark off the output and leaves the rest in the stream. */
function readPid(output: Readable): Promise<string> {
  return new Promise((resolve, reject) => {
    let read = Buffer.alloc(0);
    const stop = () => {
      output.off('data', onData);
      output.off('end', onEnd);
      output.off('close', onEnd);
      output.pause();
    };
    const onData = (chunk: Buffer) => {
      read = Buffer.concat([read, chunk]);
      const match = MARKED_PID.exec(read.toString('latin1'));
      if (match === null && read.length < MAX_PREFIX_BYTES) return;
      stop();
      if (match === null) {
        reject(noShell(read));
        return;
      }
      const [mark, pid = ''] = match;
      if (read.length > mark.length) output.unshift(read.subarray(mark.length));
      resolve(pid);
    };
    const onEnd = () => {
      stop();
      reject(noShell(read));
    };
    output.on('data', onData);
    output.on('end', onEnd);
    output.on('close', onEnd);
  });
}

function noShell(said: Buffer): AppError {
  const words = said.toString('utf8').trim().slice(0, MAX_PREFIX_BYTES);
  return new AppError(
    500,
    'RUNTIME_ERROR',
    `No shell could be started: ${words === '' ? 'it ended at once' : words}. A terminal needs an image with /bin/sh.`,
  );
}

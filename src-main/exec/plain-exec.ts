import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { collectBytes } from './collected-bytes';
import { directoryOf, furtherOutputs, userOf } from './command-checks';
import { announceStart, enterDirectory, RESTORE_ENVIRONMENT, signalGroup } from './command-script';
import type { ExecOpening } from './exec-opening';
import {
  PRINT_INPUT,
  type CommandSignal,
  type CommandSpec,
  type HelperOptions,
  type HelperResult,
  type RunningCommand,
} from './exec-types';
import { exitOf, PlainCommand } from './plain-command';
import type { SandboxTarget } from './sandbox-target';
import { noShell, SANDBOX_NOT_RUNNING, SANDBOX_STOPPED, startFailed, tellsOfNoShell } from './shell-errors';
import { quoteWord } from './shell-words';

const OUTPUTS = { stdout: 1, stderr: 2 } as const;
/** What shells and the engine answer for a command that cannot be executed or is not there. */
const NOT_STARTED_CODES: readonly number[] = [126, 127];
/** By SIGKILL, as everything in a container that is stopped by force. */
const KILLED_CODE = 137;
const STOPPING_MS = 1_000;
const STOPPING_POLL_MS = 20;

/** The plain way: one Docker exec per command. Always exact, never cheap. */
export class PlainExec {
  constructor(private readonly opening: ExecOpening) {}

  /** @throws AppError 400, 501, 503 as `CommandRunner.start` */
  async start(target: SandboxTarget, spec: CommandSpec): Promise<RunningCommand> {
    const nonce = randomBytes(16).toString('hex');
    const user = userOf(spec);
    // PATH waits for the script: with it the engine would look for the shell itself.
    const { PATH: path, ...envs } = spec.envs ?? {};
    const streams = await this.opening.open(target, {
      command: ['sh', '-c', plainScript(spec, nonce, path), 'sh', spec.command, ...(spec.args ?? [])],
      env: Object.entries(envs).map(([name, value]) => `${name}=${value}`),
      ...(user === undefined ? {} : { user }),
    });
    streams.stdin.end();
    const command = new PlainCommand(target, streams, nonce);
    const pid = await command.started(spec.cwd);
    return {
      stdout: command.stdout,
      stderr: command.stderr,
      exit: command.exit,
      kill: (signal) => (command.hasEnded ? Promise.resolve() : this.kill(target, { pid, signal, user })),
    };
  }

  /** @throws AppError 501, 503 as `CommandRunner.runHelper` */
  async runHelper(
    target: SandboxTarget,
    script: string,
    { input, args = [] }: HelperOptions = {},
  ): Promise<HelperResult> {
    const text = input === undefined ? script : `${PRINT_INPUT}() { cat; }\n${script}`;
    const streams = await this.opening.open(target, { command: ['sh', '-c', text, 'sh', ...args] });
    streams.stdin.end(input);
    const [stdout, stderr] = await Promise.all([collectBytes(streams.stdout), collectBytes(streams.stderr)]);
    const { code, lost } = await exitOf(target, streams.execId);
    if (lost !== undefined) throw startFailed(lost);
    if (code === KILLED_CODE && (await hasStopped(target))) throw startFailed(SANDBOX_STOPPED);
    if (NOT_STARTED_CODES.includes(code)) refuseUnstarted(target, stdout.toString());
    return { code, stdout, stderr };
  }

  /** Signals a process group; a group that is gone already is fine. */
  async kill(
    target: SandboxTarget,
    group: { pid: number; signal: CommandSignal; user: string | undefined },
  ): Promise<void> {
    const { pid, signal, user } = group;
    await this.opening.whileAwake(target.sandboxId, async () => {
      const streams = await this.opening.open(target, {
        command: ['sh', '-c', signalGroup(pid, signal)],
        ...(user === undefined ? {} : { user }),
      });
      streams.stdin.end();
      await Promise.all([collectBytes(streams.stdout), collectBytes(streams.stderr)]);
    });
  }
}

/** The engine may tell of the end of a container's processes before it tells of the container's own. */
async function hasStopped({ engine, containerId }: SandboxTarget): Promise<boolean> {
  const deadline = performance.now() + STOPPING_MS;
  for (;;) {
    if ((await engine.containers.inspect(containerId))?.phase !== 'running') return true;
    if (performance.now() > deadline) return false;
    await delay(STOPPING_POLL_MS);
  }
}

/** A helper may itself end with these codes; only the engine's own words tell that it never began. */
function refuseUnstarted(target: SandboxTarget, output: string): void {
  if (tellsOfNoShell(output)) throw noShell(target.sandboxId);
  const failure = startFailed(output);
  if (failure.code === SANDBOX_NOT_RUNNING) throw failure;
}

/** Says where it runs, then becomes the command: process, group and session are the exec's own. */
function plainScript(spec: CommandSpec, nonce: string, path: string | undefined): string {
  const lines = ['if command -v bash >/dev/null 2>&1; then b=bash; else b=sh; fi'];
  const directory = directoryOf(spec);
  if (directory !== undefined) lines.push(enterDirectory(directory, nonce, OUTPUTS.stdout));
  if (path !== undefined) lines.push('b=$(command -v "$b")', `export PATH=${quoteWord(path)}`);
  lines.push(
    RESTORE_ENVIRONMENT,
    announceStart(nonce, OUTPUTS, '$$'),
    `c=$1; shift; exec "$b" -c "$c" "$b" "$@" </dev/null${furtherOutputs(spec, OUTPUTS.stdout)}`,
  );
  return lines.join('\n');
}

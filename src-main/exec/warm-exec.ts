import { collectBytes } from './collected-bytes';
import { userOf } from './command-checks';
import { signalGroup } from './command-script';
import type { ExecOpening } from './exec-opening';
import type { CommandSignal, CommandSpec, HelperOptions, HelperResult, RunningCommand } from './exec-types';
import type { SandboxTarget } from './sandbox-target';
import { noShell, refusedCommand, startFailed, tellsOfNoShell } from './shell-errors';
import { ShellPool } from './shell-pool';
import { isShellIdentifier } from './shell-words';
import type { WarmJob } from './warm-job';
import { commandScript, helperScript, UNFIT, WARM_SHELL } from './warm-script';
import type { JobScript } from './warm-shell';

/** Embedded in a script these cost more than an exec of their own. */
const LARGEST_INPUT_BYTES = 64 * 1024;
/** A shell that was killed before it began the job has done nothing of it. */
const ATTEMPTS = 3;
/** Variables that shells treat in a way of their own, or do not let anyone set. */
const SHELL_VARIABLES =
  /^(_|_osd_.*|BASH.*|CDPATH|COLUMNS|DIRSTACK|ENV|E?UID|EPOCH.*|FUNC.*|GROUPS|HIST.*|IFS|LINENO|LINES|OLDPWD|OPT.*|PPID|PS[0-9]|PWD|RANDOM|REPLY|SECONDS|SHELLOPTS|SHLVL|SRANDOM|TMOUT)$/;

/** The warm way: commands as jobs of shells that stay open. Undefined answers mean that only the plain way is exact. */
export class WarmExec {
  private readonly pools = new Map<string, ShellPool>();
  /** Containers whose image lacks what a warm shell needs. */
  private readonly unfit = new Set<string>();

  constructor(private readonly opening: ExecOpening) {}

  /** @throws AppError 400, 501, 503 as `CommandRunner.start` */
  async start(target: SandboxTarget, spec: CommandSpec): Promise<RunningCommand | undefined> {
    if (!Object.keys(spec.envs ?? {}).every(isOrdinaryVariable)) return undefined;
    const user = userOf(spec);
    const begun = await this.begin(target, user, (nonce) => commandScript(spec, nonce), spec.cwd);
    if (begun === undefined) return undefined;
    const { job, pid } = begun;
    return {
      stdout: job.stdout,
      stderr: job.stderr,
      exit: job.exit,
      kill: (signal) => (job.hasEnded ? Promise.resolve() : this.kill(target, { pid, signal, user })),
    };
  }

  /** @throws AppError 501, 503 as `CommandRunner.runHelper` */
  async runHelper(
    target: SandboxTarget,
    script: string,
    options: HelperOptions = {},
    user?: string,
  ): Promise<HelperResult | undefined> {
    if ((options.input?.length ?? 0) > LARGEST_INPUT_BYTES) return undefined;
    const begun = await this.begin(target, user, (nonce) => helperScript(script, nonce, options));
    if (begun === undefined) return undefined;
    const { job } = begun;
    const [stdout, stderr, { code, lost }] = await Promise.all([
      collectBytes(job.stdout),
      collectBytes(job.stderr),
      job.exit,
    ]);
    if (lost !== undefined) throw startFailed(lost);
    return { code, stdout, stderr };
  }

  close(): void {
    for (const pool of this.pools.values()) pool.close();
    this.pools.clear();
  }

  private async begin(
    target: SandboxTarget,
    user: string | undefined,
    script: JobScript,
    cwd = '',
  ): Promise<{ job: WarmJob; pid: number } | undefined> {
    let words = '';
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      if (this.unfit.has(target.containerId)) return undefined;
      const job = await this.pool(target, user).run(script);
      const start = await job.started;
      if (start.kind === 'started') return { job, pid: start.pid };
      job.stdout.destroy();
      job.stderr.destroy();
      if (start.kind === 'refused') {
        // Then the shell is free again when the caller tries once more.
        await job.settled;
        if (start.reason !== UNFIT) throw refusedCommand(start.reason, cwd);
        this.unfit.add(target.containerId);
        return undefined;
      }
      words = start.output;
      if (tellsOfNoShell(words)) throw noShell(target.sandboxId);
      // Without words a shell that was there has gone, and another may do.
      if (words !== '') break;
      this.opening.target(target.sandboxId);
    }
    throw startFailed(words);
  }

  private async kill(
    target: SandboxTarget,
    group: { pid: number; signal: CommandSignal; user: string | undefined },
  ): Promise<void> {
    const { pid, signal, user } = group;
    // Just after its start the command may not lead its group yet.
    const send = () => this.runHelper(target, signalGroup(pid, signal), {}, user);
    // A warm shell of a paused sandbox would take the job, and do it when the sandbox is resumed.
    this.opening.target(target.sandboxId);
    await this.opening.whileAwake(target.sandboxId, send);
  }

  private pool(target: SandboxTarget, user: string | undefined): ShellPool {
    for (const [key, pool] of this.pools) if (pool.isEmpty) this.pools.delete(key);
    const key = `${target.containerId} ${user ?? ''}`;
    let pool = this.pools.get(key);
    if (pool === undefined) {
      const options = { command: WARM_SHELL, ...(user === undefined ? {} : { user }) };
      pool = new ShellPool(() => this.opening.open(target, options));
      this.pools.set(key, pool);
    }
    return pool;
  }
}

function isOrdinaryVariable(name: string): boolean {
  return isShellIdentifier(name) && !SHELL_VARIABLES.test(name);
}

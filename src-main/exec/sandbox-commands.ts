import { AppError } from '../errors';
import { checkCommand } from './command-checks';
import type { ExecOpening } from './exec-opening';
import type { CommandRunner, CommandSpec, HelperOptions, HelperResult, RunningCommand } from './exec-types';
import { PlainExec } from './plain-exec';
import { WarmExec } from './warm-exec';

/** `plain` never keeps a shell open; for telling whether a fault lies in the warm way. */
export type ExecMode = 'warm' | 'plain';

/** From OPENSANDBOX_EXEC: `plain` is taken at its word, everything else is the normal, warm way. */
export function execModeOf(environment: NodeJS.ProcessEnv): ExecMode {
  return environment['OPENSANDBOX_EXEC'] === 'plain' ? 'plain' : 'warm';
}

/** The product's {@link CommandRunner}. */
export class SandboxCommands implements CommandRunner {
  private readonly plain: PlainExec;
  private readonly warm: WarmExec | undefined;

  constructor(
    private readonly opening: ExecOpening,
    mode: ExecMode,
  ) {
    this.plain = new PlainExec(opening);
    this.warm = mode === 'warm' ? new WarmExec(opening) : undefined;
  }

  async start(sandboxId: string, spec: CommandSpec): Promise<RunningCommand> {
    const target = this.opening.target(sandboxId);
    checkCommand(spec);
    return this.opening.whileAwake(sandboxId, () =>
      this.opening.throughFreezes(
        target,
        async (now) => (await this.warm?.start(now, spec)) ?? (await this.plain.start(now, spec)),
      ),
    );
  }

  async runHelper(sandboxId: string, script: string, options?: HelperOptions): Promise<HelperResult> {
    const target = this.opening.target(sandboxId);
    return this.opening.whileAwake(sandboxId, () =>
      this.opening.throughFreezes(
        target,
        async (now) =>
          (await this.warm?.runHelper(now, script, options)) ??
          (await this.plain.runHelper(now, script, options)),
      ),
    );
  }

  async hasShell(sandboxId: string): Promise<boolean> {
    try {
      await this.runHelper(sandboxId, ':');
      return true;
    } catch (error) {
      if (error instanceof AppError && error.code === 'NOT_SUPPORTED') return false;
      throw error;
    }
  }

  /** Ends idle shells and lets go of running commands, which go on in their sandboxes. */
  close(): void {
    this.warm?.close();
  }
}

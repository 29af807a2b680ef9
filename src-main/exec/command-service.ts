import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Changes } from '../activity/changes';
import { AppError } from '../errors';
import type { SandboxRegistry } from '../sandboxes/sandbox-registry';
import { BackgroundLog, removeFolder } from './background-log';
import type { CommandRunner, CommandSpec } from './exec-types';
import { Execution, type ExecutionStatus } from './execution';

/** Finished commands that can still be asked about, per sandbox. */
const KEPT_EXECUTIONS = 1_000;
const KEPT_CONTENT_CHARS = 4 * 2 ** 20;
const KEPT_LOG_BYTES = 256 * 2 ** 20;

export interface CommandRequest extends CommandSpec {
  timeoutMs?: number;
}

interface KnownExecution {
  /** Once it has ended only its status: its streams lead to the answer that they were sent with. */
  execution: Execution | ExecutionStatus;
  /** Of a background command. */
  log?: BackgroundLog;
}

export interface CommandServiceOptions {
  runner: CommandRunner;
  registry: SandboxRegistry;
  changes: Changes;
  /** Folder for the logs of background commands; what is in it from before is removed. */
  logFolder: string;
}

/** Commands of section 4.3 of the contract: run, look, read logs, interrupt. Known until the server ends. */
export class CommandService {
  private readonly sandboxes = new Map<string, Map<string, KnownExecution>>();

  constructor(private readonly options: CommandServiceOptions) {
    // Logs are of no use without the executions that they belong to, and those ended with the last run.
    rmSync(options.logFolder, { recursive: true, force: true });
    options.changes.on('sandbox', (id) => {
      if (options.registry.records.get(id) === undefined) void this.forget(id);
    });
  }

  /**
   * Starts a command and answers once it runs; its output is the caller's to read.
   * @throws AppError as `CommandRunner.start`
   */
  async run(sandboxId: string, request: CommandRequest): Promise<Execution> {
    const command = await this.options.runner.start(sandboxId, request);
    const execution = new Execution(randomUUID(), request.command, command, request.timeoutMs);
    this.remember(sandboxId, execution);
    return execution;
  }

  /**
   * Starts a command whose output goes to a log.
   * @throws AppError as `CommandRunner.start`
   */
  async runInBackground(sandboxId: string, request: CommandRequest): Promise<Execution> {
    const command = await this.options.runner.start(sandboxId, { ...request, mergeStderr: true });
    const execution = new Execution(randomUUID(), request.command, command, request.timeoutMs);
    const log = await BackgroundLog.create(join(this.options.logFolder, sandboxId, execution.id));
    void log.record(command.stdout);
    command.stderr.resume();
    this.remember(sandboxId, execution, log);
    return execution;
  }

  /** @throws AppError 404 `INVALID_REQUEST_BODY` (the reference's code) for an unknown id */
  status(sandboxId: string, id: string): ExecutionStatus {
    const known = this.sandboxes.get(sandboxId)?.get(id);
    if (known === undefined) {
      throw new AppError(404, 'INVALID_REQUEST_BODY', `There is no command ${id} in this sandbox.`);
    }
    return known.execution;
  }

  /** @throws AppError 400 `INVALID_REQUEST_BODY` for an id that is unknown or of a foreground command */
  log(sandboxId: string, id: string): BackgroundLog {
    const log = this.sandboxes.get(sandboxId)?.get(id)?.log;
    if (log === undefined) {
      throw new AppError(
        400,
        'INVALID_REQUEST_BODY',
        `There is no background command ${id} in this sandbox; only those have logs.`,
      );
    }
    return log;
  }

  /** @throws AppError 500 `RUNTIME_ERROR` for a command that is unknown or no longer runs */
  async interrupt(sandboxId: string, id: string): Promise<void> {
    const execution = this.sandboxes.get(sandboxId)?.get(id)?.execution;
    if (!(execution instanceof Execution) || !execution.isRunning) {
      throw new AppError(500, 'RUNTIME_ERROR', `No command ${id} runs in this sandbox.`);
    }
    await execution.interrupt();
  }

  private remember(sandboxId: string, execution: Execution, log?: BackgroundLog): void {
    const known: KnownExecution = { execution, ...(log === undefined ? {} : { log }) };
    const executions = this.sandboxes.get(sandboxId) ?? new Map<string, KnownExecution>();
    this.sandboxes.set(sandboxId, executions);
    executions.set(execution.id, known);
    void execution.outcome.then(() => {
      known.execution = execution.status;
      this.trim(executions);
    });
    // It may have been deleted while the command was being started.
    if (this.options.registry.records.get(sandboxId) === undefined) void this.forget(sandboxId);
  }

  /** Forgets the oldest finished commands when they, their texts or their logs have become too many. */
  private trim(executions: Map<string, KnownExecution>): void {
    const all = [...executions.values()];
    let count = all.length;
    let chars = all.reduce((sum, { execution }) => sum + execution.content.length, 0);
    let bytes = all.reduce((sum, { log }) => sum + (log?.keptBytes ?? 0), 0);
    for (const { execution, log } of all) {
      if (count <= KEPT_EXECUTIONS && chars <= KEPT_CONTENT_CHARS && bytes <= KEPT_LOG_BYTES) return;
      if (execution.isRunning) continue;
      executions.delete(execution.id);
      void log?.remove();
      count -= 1;
      chars -= execution.content.length;
      bytes -= log?.keptBytes ?? 0;
    }
  }

  private async forget(sandboxId: string): Promise<void> {
    const executions = [...(this.sandboxes.get(sandboxId)?.values() ?? [])];
    if (!this.sandboxes.delete(sandboxId)) return;
    for (const { log } of executions) await log?.remove();
    await removeFolder(join(this.options.logFolder, sandboxId));
  }
}

import { randomUUID } from 'node:crypto';
import { posix } from 'node:path';
import { Mutex } from 'async-mutex';
import type { Changes } from '../activity/changes';
import { AppError } from '../errors';
import type { SandboxRegistry } from '../sandboxes/sandbox-registry';
import { checkCommandText } from './command-checks';
import { enterDirectory } from './command-script';
import type { CommandRunner, CommandSpec } from './exec-types';
import { Execution } from './execution';
import { invalidCommand, refusedCommand, startFailed } from './shell-errors';
import { pathWord } from './shell-words';
import {
  filterState,
  FIRST_STATE_SCRIPT,
  parseState,
  sessionArguments,
  sessionText,
  STATE_OUTPUT,
  StateFilter,
  type SessionState,
} from './session-script';

/** CONTRACT.md 4.4. */
const DEFAULT_TIMEOUT_MS = 24 * 3_600_000;
const HELPER_NONCE = 'refused:';

interface Session {
  id: string;
  state: SessionState;
  /** Variables that the container gives to every process. */
  baseNames: readonly string[];
  /** Runs of one session follow each other. */
  turn: Mutex;
  running?: Execution;
  closed: boolean;
}

export interface SessionRun {
  command: string;
  cwd?: string;
  timeoutMs?: number;
}

/**
 * Shells that remember (CONTRACT.md 4.4). As in the reference, every run is a shell of its own, which begins with the
 * directory and the exported variables that the last one left; so `exit` and even a killed shell end only their run.
 */
export class SessionService {
  private readonly sandboxes = new Map<string, Map<string, Session>>();

  constructor(
    private readonly runner: CommandRunner,
    { registry, changes }: { registry: SandboxRegistry; changes: Changes },
  ) {
    changes.on('sandbox', (id) => {
      if (registry.records.get(id) === undefined) this.sandboxes.delete(id);
    });
  }

  /**
   * A new session. A directory that does not exist is made, as the reference does.
   * @throws AppError 400, 501, 503 as `CommandRunner.start`
   */
  async create(sandboxId: string, cwd: string | undefined): Promise<string> {
    const make = cwd === undefined ? '' : `${makeDirectory(cwd)}\n`;
    const { code, stdout, stderr } = await this.runner.runHelper(sandboxId, make + FIRST_STATE_SCRIPT);
    const text = stdout.toString();
    if (text.startsWith(HELPER_NONCE))
      throw refusedCommand(text.slice(HELPER_NONCE.length + 2).trim(), cwd ?? '');
    const state = parseState(text);
    if (code !== 0 || state === undefined) throw startFailed(stderr.toString() || text);
    const session: Session = {
      id: randomUUID(),
      state,
      baseNames: [...state.variables.keys()],
      turn: new Mutex(),
      closed: false,
    };
    const sessions = this.sandboxes.get(sandboxId) ?? new Map<string, Session>();
    this.sandboxes.set(sandboxId, sessions);
    sessions.set(session.id, session);
    return session.id;
  }

  /**
   * Waits for its turn and starts the run; its output is the caller's to read.
   * @param abandoned whether the caller has gone meanwhile
   * @returns undefined when the caller has gone
   * @throws AppError 404 `CONTEXT_NOT_FOUND`, 400 for an empty command or a directory that does not exist
   */
  async run(
    sandboxId: string,
    sessionId: string,
    { command, cwd, timeoutMs }: SessionRun,
    abandoned: () => boolean,
  ): Promise<Execution | undefined> {
    const session = this.find(sandboxId, sessionId);
    checkCommandText(command);
    const release = await session.turn.acquire();
    try {
      if (session.closed) throw noSession(sessionId);
      if (abandoned()) {
        release();
        return undefined;
      }
      const filter = new StateFilter();
      const running = await this.runner.start(sandboxId, {
        ...directoryOf(session.state.cwd, cwd),
        command: sessionText(filter.nonce),
        args: sessionArguments(session.state, session.baseNames, command),
        stdoutAlso: STATE_OUTPUT,
      });
      const stdout = filterState(running.stdout, filter);
      const execution = new Execution(
        sessionId,
        command,
        { ...running, stdout },
        timeoutMs ?? DEFAULT_TIMEOUT_MS,
      );
      session.running = execution;
      const told = new Promise<void>((resolve) => filter.once('close', resolve));
      void Promise.all([execution.outcome, told]).then(() => {
        session.state = filter.state ?? session.state;
        delete session.running;
        release();
      });
      return execution;
    } catch (error) {
      release();
      throw cwd === undefined ? aboutSession(error, session.state.cwd) : error;
    }
  }

  has(sandboxId: string, sessionId: string): boolean {
    return this.sandboxes.get(sandboxId)?.has(sessionId) === true;
  }

  /** Ends the session and what runs in it. @throws AppError 404 `CONTEXT_NOT_FOUND` */
  async close(sandboxId: string, sessionId: string): Promise<void> {
    const session = this.find(sandboxId, sessionId);
    session.closed = true;
    this.sandboxes.get(sandboxId)?.delete(sessionId);
    await session.running?.interrupt();
  }

  private find(sandboxId: string, sessionId: string): Session {
    const session = this.sandboxes.get(sandboxId)?.get(sessionId);
    if (session === undefined) throw noSession(sessionId);
    return session;
  }
}

function noSession(id: string): AppError {
  return new AppError(
    404,
    'CONTEXT_NOT_FOUND',
    `There is no session ${id} in this sandbox. Create one first.`,
  );
}

/** A run that names no directory begins where the last one ended, and that may have been removed since. */
function aboutSession(error: unknown, cwd: string): unknown {
  if (!(error instanceof AppError) || error.status !== 400) return error;
  return invalidCommand(`The session's directory "${cwd}" does not exist any more. Send a cwd that does.`);
}

/** A relative directory of a run starts from where the session is. */
function directoryOf(current: string, wanted: string | undefined): Pick<CommandSpec, 'cwd' | 'cwdIsLiteral'> {
  if (wanted === undefined || wanted === '') return { cwd: current, cwdIsLiteral: true };
  const isRelative = !/^[/~$]/.test(wanted);
  return isRelative ? { cwd: posix.join(current, wanted), cwdIsLiteral: true } : { cwd: wanted };
}

function makeDirectory(cwd: string): string {
  return `mkdir -p -- ${pathWord(cwd).word} 2>/dev/null\n${enterDirectory(pathWord(cwd), HELPER_NONCE, 1)}`;
}

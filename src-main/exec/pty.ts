import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Changes } from '../activity/changes';
import { AppError } from '../errors';
import type { SandboxRegistry } from '../sandboxes/sandbox-registry';
import type { ExecOpening } from './exec-opening';
import type { CommandRunner } from './exec-types';
import type { PtyCommand } from './pty-process';
import { PtySession } from './pty-session';

const MAX_SESSIONS = 32;
const CLOSING_MS = 2_000;

export interface PtySessionsOptions {
  opening: ExecOpening;
  runner: CommandRunner;
  registry: SandboxRegistry;
  changes: Changes;
}

/** Terminal sessions of all sandboxes. They live as long as this process and their sandbox. */
export class PtySessions {
  private readonly sandboxes = new Map<string, Map<string, PtySession>>();

  constructor(private readonly options: PtySessionsOptions) {
    options.changes.on('sandbox', (id) => {
      if (options.registry.records.get(id) === undefined) this.sandboxes.delete(id);
    });
  }

  /**
   * A new session; its shell starts when somebody connects.
   * @throws AppError 404, 503 as every way into a sandbox, 429 when the sandbox has too many that are in use
   */
  create(sandboxId: string, command: PtyCommand): PtySession {
    const { opening, runner } = this.options;
    opening.target(sandboxId);
    const sessions = this.sandboxes.get(sandboxId) ?? new Map<string, PtySession>();
    this.sandboxes.set(sandboxId, sessions);
    makeRoom(sessions);
    const id = randomUUID();
    const session = new PtySession(id, () => opening.target(sandboxId), command, { opening, runner });
    sessions.set(id, session);
    return session;
  }

  /** Oldest first. */
  list(sandboxId: string): PtySession[] {
    return [...(this.sandboxes.get(sandboxId)?.values() ?? [])];
  }

  /** @throws AppError 404 `CONTEXT_NOT_FOUND` */
  get(sandboxId: string, id: string): PtySession {
    const session = this.sandboxes.get(sandboxId)?.get(id);
    if (session !== undefined) return session;
    throw new AppError(
      404,
      'CONTEXT_NOT_FOUND',
      `There is no terminal session ${id}. Sessions end with their sandbox and with this server; create another.`,
    );
  }

  /** Kills the shell with everything it started and forgets the session. */
  async delete(sandboxId: string, id: string): Promise<void> {
    const session = this.get(sandboxId, id);
    await session.end();
    this.sandboxes.get(sandboxId)?.delete(id);
  }

  /** Ends every shell: nobody could ever connect to one again. */
  async close(): Promise<void> {
    const running = [...this.sandboxes.values()].flatMap((sessions) =>
      [...sessions.values()].filter((session) => session.running),
    );
    // A sandbox that is paused or gone cannot be told, and must not hold up the end.
    const ending = Promise.allSettled(running.map((session) => session.end()));
    await Promise.race([ending, delay(CLOSING_MS, undefined, { ref: false })]);
  }
}

/** A session that has ended, or that nobody ever connected to, makes room for a new one. */
function makeRoom(sessions: Map<string, PtySession>): void {
  if (sessions.size < MAX_SESSIONS) return;
  for (const [id, session] of sessions) {
    if (session.running || session.isHeld) continue;
    sessions.delete(id);
    return;
  }
  throw new AppError(
    429,
    'RUNTIME_ERROR',
    `This sandbox has ${MAX_SESSIONS} terminal sessions that are in use. Delete one first.`,
  );
}

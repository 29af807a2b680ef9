import type { Changes } from '../activity/changes';
import { AppError, asError } from '../errors';
import type { SandboxRegistry } from '../sandboxes/sandbox-registry';
import { SANDBOX_NOT_RUNNING } from './shell-errors';

/** What runs in a container ends with it, and what it printed last is still on its way then. */
const ENDING_MS = 5_000;

/** Told after each change of a sandbox. */
type Look = () => void;

/**
 * Ends waits for processes of sandboxes that cannot answer: those of a paused sandbox stand still for as long as it is
 * paused, whoever paused it, and of one that has ended the engine does not always tell.
 */
export class AwakeWatch {
  private readonly looks = new Map<string, Set<Look>>();

  constructor(
    private readonly registry: SandboxRegistry,
    changes: Changes,
    /** Throws what an ended sandbox is answered with. */
    private readonly requireRunning: (sandboxId: string) => unknown,
  ) {
    changes.on('sandbox', (id) => {
      for (const look of this.looks.get(id) ?? []) look();
    });
  }

  /**
   * Waits for work in a sandbox for as long as that can go on; the freeze of a capture or a roll back does not count.
   * What was given up is not undone: it goes on with the sandbox.
   * @throws AppError 503 `DOCKER::SANDBOX_NOT_RUNNING` when the sandbox is paused or has ended meanwhile, 404 when it
   * is gone
   */
  async whileAwake<T>(sandboxId: string, work: () => Promise<T>): Promise<T> {
    const looks = this.looks.get(sandboxId) ?? new Set<Look>();
    let ending: NodeJS.Timeout | undefined;
    let look: Look = () => undefined;
    const asleep = new Promise<never>((_, reject) => {
      const refuse = () => {
        try {
          this.requireRunning(sandboxId);
          ending = undefined;
        } catch (error) {
          reject(asError(error));
        }
      };
      look = () => {
        const state = this.stateOf(sandboxId);
        if (state === 'Paused') reject(pausedMeanwhile(sandboxId));
        // One that is being deleted runs until its container goes.
        else if (state !== 'Running' && state !== 'Stopping')
          ending ??= setTimeout(refuse, ENDING_MS).unref();
      };
      this.looks.set(sandboxId, looks.add(look));
    });
    try {
      return await Promise.race([work(), asleep]);
    } finally {
      clearTimeout(ending);
      looks.delete(look);
      if (looks.size === 0 && this.looks.get(sandboxId) === looks) this.looks.delete(sandboxId);
    }
  }

  private stateOf(sandboxId: string): string | undefined {
    const record = this.registry.records.get(sandboxId);
    return record === undefined ? undefined : this.registry.status(record).state;
  }
}

function pausedMeanwhile(sandboxId: string): AppError {
  return new AppError(
    503,
    SANDBOX_NOT_RUNNING,
    `Sandbox ${sandboxId} was paused before this was done. Resume it: what had begun goes on then, so look before ` +
      'you send it again.',
  );
}

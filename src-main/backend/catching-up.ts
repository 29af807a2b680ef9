import type { Logger } from 'pino';

const AGAIN_AFTER_MS = 2_000;

/**
 * Does again what a full disk refused, until the disk refuses no more, and what was given up at a container of which
 * the engine said nothing.
 */
export class CatchingUp {
  private timer: NodeJS.Timeout | undefined;
  private isStopped = false;

  /** @param catchUp what to do again; changes that are refused meanwhile lead to a further {@link note} */
  constructor(
    private readonly catchUp: () => Promise<void>,
    private readonly logger: Logger,
  ) {}

  /** The disk has refused something, or the engine speaks of a container again. */
  note(): void {
    if (this.isStopped || this.timer !== undefined) return;
    this.timer = setTimeout(() => {
      this.timer = undefined;
      this.catchUp().catch((error: unknown) =>
        this.logger.warn({ error }, 'what was refused could not be done again yet'),
      );
    }, AGAIN_AFTER_MS);
    this.timer.unref();
  }

  stop(): void {
    this.isStopped = true;
    clearTimeout(this.timer);
  }
}

import type { Backend } from '../backend/backend-types';
import { AppError } from '../errors';

type StartListener = (backend: Backend) => void;

/**
 * Holds the backend while it starts, runs and closes, so that the window need not wait for it. A start that failed
 * is tried again by the next one who asks.
 */
export class BackendHost {
  #starting: Promise<Backend> | undefined;
  #backend: Backend | undefined;
  #closed = false;
  readonly #listeners: StartListener[] = [];

  constructor(private readonly create: () => Promise<Backend>) {}

  /** The backend, if it runs. */
  get current(): Backend | undefined {
    return this.#backend;
  }

  /** Called once for each start that succeeded. */
  onStarted(listener: StartListener): void {
    this.#listeners.push(listener);
  }

  /**
   * The backend as soon as it runs; starts it where it does not.
   * @throws whatever the start failed with, and AppError `DESKTOP::QUITTING` after {@link close}.
   */
  ready(): Promise<Backend> {
    if (this.#closed) {
      return Promise.reject(
        new AppError(503, 'DESKTOP::QUITTING', 'OpenSandbox Desktop is quitting. Start it again.'),
      );
    }
    this.#starting ??= this.#start();
    return this.#starting;
  }

  /** Closes the backend, also one that is still starting. */
  async close(): Promise<void> {
    this.#closed = true;
    const backend = await this.#starting?.catch(() => undefined);
    this.#backend = undefined;
    await backend?.close();
  }

  async #start(): Promise<Backend> {
    try {
      const backend = await this.create();
      this.#backend = backend;
      for (const listener of this.#listeners) listener(backend);
      return backend;
    } catch (error) {
      this.#starting = undefined;
      throw error;
    }
  }
}

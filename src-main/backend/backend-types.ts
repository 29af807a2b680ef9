import type { FastifyInstance } from 'fastify';

/** The running product without a window: engine, store, services and HTTP server. */
export interface Backend {
  /** For in-process requests (`inject`), such as those of the Electron window. */
  readonly http: FastifyInstance;
  /** `http://localhost:<port>`; the port is the one asked for until the server listens. */
  readonly address: string;
  readonly apiKey: string;
  readonly dataDir: string;
  /**
   * Opens the port on 127.0.0.1 and ::1.
   * @throws AppError `SERVER::PORT_TAKEN` naming the holder where it can be known and how to choose another.
   */
  listen(port?: number): Promise<void>;
  /** A link to the GUI with a new single-use sign-in token. */
  createSignInLink(path?: string): string;
  /** Captures that run or wait now, for the question at quitting. */
  pendingCaptures(): number;
  /** Resolves when no capture runs or waits. */
  drainCaptures(): Promise<void>;
  /** Finishes running requests, leaves captures recoverable, closes the store, releases the lock. */
  close(): Promise<void>;
}

import { messageOf } from '../errors';

/** How long closing may take; whatever was not finished then is recovered at the next start. */
export const CLOSE_DEADLINE_MS = 10_000;

export type QuitAnswer = 'finish' | 'now' | 'cancel';

/** What quitting needs of the rest of the app. */
export interface QuitPorts {
  pendingCaptures(): number;
  drainCaptures(): Promise<void>;
  /** Whether text in the window that is not saved may be lost; asks the person when there is some. */
  mayLeave(): Promise<boolean>;
  /** Asks the person; only called while captures run or wait. */
  ask(pendingCaptures: number): Promise<QuitAnswer>;
  close(): Promise<void>;
  /** Ends the process without asking anyone again. */
  exit(code: number): void;
  log: (message: string) => void;
}

/** Owns the way out: asks what must be asked, then closes within a deadline and ends the process. */
export class Quitting {
  #asking = false;
  #closing: Promise<void> | undefined;
  /** Counts questions, so that waiting for captures ends when a later answer says otherwise. */
  #question = 0;

  constructor(
    private readonly ports: QuitPorts,
    private readonly closeDeadlineMs = CLOSE_DEADLINE_MS,
  ) {}

  /** True once the backend closes and windows may go. */
  get isClosing(): boolean {
    return this.#closing !== undefined;
  }

  /**
   * The person wants to quit: asks first when text would be lost, and while captures run or wait, also when they
   * already wait to finish.
   */
  async request(): Promise<void> {
    if (this.#asking || this.isClosing) return;
    if (!(await this.#asked(() => this.ports.mayLeave()))) return;
    const pending = this.ports.pendingCaptures();
    if (pending === 0) return this.now();
    const answer = await this.#asked(() => this.ports.ask(pending));
    const question = ++this.#question;
    if (answer === 'cancel') return;
    if (answer === 'finish') {
      await this.ports.drainCaptures();
      if (question !== this.#question) return;
    }
    await this.now();
  }

  /** Closes and ends the process without a question: at the system's shutdown, or on a signal. */
  now(): Promise<void> {
    this.#closing ??= this.#closeAndExit();
    return this.#closing;
  }

  /** One question at a time. */
  async #asked<T>(question: () => Promise<T>): Promise<T> {
    this.#asking = true;
    try {
      return await question();
    } finally {
      this.#asking = false;
    }
  }

  async #closeAndExit(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const deadline = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        reject(new Error(`closing took longer than ${this.closeDeadlineMs} ms; the next start recovers`));
      }, this.closeDeadlineMs);
    });
    try {
      await Promise.race([this.ports.close(), deadline]);
      this.ports.exit(0);
    } catch (error) {
      this.ports.log(`Could not close cleanly: ${messageOf(error)}`);
      this.ports.exit(1);
    } finally {
      clearTimeout(timer);
    }
  }
}

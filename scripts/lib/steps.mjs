import { performance } from 'node:perf_hooks';

/** A fault that a person can act on: printed as it is, without a stack trace. */
export class LauncherError extends Error {}

/** Prints one line per step, with the time that it took. */
export class Steps {
  /** @param {NodeJS.WriteStream} output */
  constructor(output) {
    this.output = output;
  }

  /**
   * Runs one step. What the work returns is its line; without it the title is.
   * @template T
   * @param {string} title what is being done, shown while it runs on a terminal
   * @param {() => Promise<{ line?: string, value: T }>} work
   * @returns {Promise<T>}
   */
  async run(title, work) {
    const startedAt = performance.now();
    if (this.output.isTTY) this.output.write(`… ${title}`);
    try {
      const { line = title, value } = await work();
      this.#finish('✓', line, startedAt);
      return value;
    } catch (error) {
      this.#finish('✗', title, startedAt);
      throw error;
    }
  }

  /**
   * Says something that needs attention but stops nothing.
   * @param {string} text
   */
  warn(text) {
    this.output.write(`! ${text}\n`);
  }

  /** @param {string} text */
  say(text) {
    this.output.write(`${text}\n`);
  }

  /**
   * @param {string} mark
   * @param {string} line
   * @param {number} startedAt
   */
  #finish(mark, line, startedAt) {
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(2);
    if (this.output.isTTY) this.output.write('\r\u001b[K');
    this.output.write(`${mark} ${line} (${seconds} s)\n`);
  }
}

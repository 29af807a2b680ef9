import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { AppError } from '../../errors';

/** One file takes some hundredths of a second; what takes this long was made to. */
const MAX_MILLIS = 10_000;
/** Loading the rules waits for the disk, on a busy machine for some seconds. */
const MAX_START_MILLIS = 60_000;
const MAX_HEAP_MIB = 128;
/** The build puts every worker beside the entries, tests run the source. */
const BUILT_WORKER = 'secret-worker.js';
const SOURCE_WORKER = 'secret-worker.mjs';

/** Where a text holds a secret; nothing of the secret itself. */
export interface FoundSecret {
  /** Which family of rules found it, such as `github`. */
  rule: string;
  /** What it is, in the rule's own word, such as `GITHUB_TOKEN`. */
  kind: string;
  /** Counted from 1. */
  line: number;
  /** The name that it has there, with dots in its place. */
  preview: string;
}

/** `unread`: the rules did not come to an end with it in time, or within their memory. */
export type Finding = FoundSecret[] | 'binary' | 'unread';

type Answer = FoundSecret[] | 'binary' | 'ready';

/**
 * Looks into texts by the rules of secretlint, one at a time, in a thread of its own (docs/decisions/019): what a
 * sandbox wrote may be made to keep an expression busy, and must hold up nobody.
 */
export class SecretFinder {
  private worker: Promise<Worker> | undefined;

  /** @param maxMillis what one text may take. */
  constructor(private readonly maxMillis = MAX_MILLIS) {}

  /**
   * @param path tells some rules what kind of file it is; absolute.
   * @param bytes given away: the caller cannot read them any more.
   * @throws AppError 500 `SNAPSHOT::RULES_MISSING`
   */
  async find(path: string, bytes: Uint8Array<ArrayBuffer>): Promise<Finding> {
    this.worker ??= started();
    const worker = await this.worker;
    const found = await answerOf(worker, this.maxMillis, () =>
      worker.postMessage({ path, bytes }, [bytes.buffer]),
    );
    if (found === undefined || found === 'ready') {
      await this.close();
      return 'unread';
    }
    return found;
  }

  /** Ends the thread. */
  async close(): Promise<void> {
    const worker = this.worker;
    this.worker = undefined;
    await (await worker?.catch(() => undefined))?.terminate();
  }
}

async function started(): Promise<Worker> {
  const built = join(import.meta.dirname, BUILT_WORKER);
  const file = existsSync(built) ? built : join(import.meta.dirname, SOURCE_WORKER);
  const worker = new Worker(file, { resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MIB } });
  let failure: unknown;
  worker.once('error', (error) => (failure = error));
  const answer = await answerOf(worker, MAX_START_MILLIS);
  if (answer === 'ready') {
    // A thread that fails later has no answer, which says enough.
    worker.on('error', () => undefined);
    return worker;
  }
  await worker.terminate();
  throw new AppError(
    500,
    'SNAPSHOT::RULES_MISSING',
    'The rules by which secrets are found could not be loaded. Stop the server, run "npm ci", and start it again.',
    { cause: failure },
  );
}

/** The thread's next word; undefined when it ends without one, or says nothing for too long. */
function answerOf(worker: Worker, millis: number, ask?: () => void): Promise<Answer | undefined> {
  return new Promise((resolve) => {
    const settle = (answer: Answer | undefined): void => {
      clearTimeout(timer);
      worker.off('message', settle).off('exit', ended);
      resolve(answer);
    };
    const ended = (): void => settle(undefined);
    const timer = setTimeout(ended, millis);
    worker.on('message', settle).on('exit', ended);
    ask?.();
  });
}

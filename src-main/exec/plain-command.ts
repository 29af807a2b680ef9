import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { ExecFacts } from '../engine/exec';
import type { ExecStreams } from '../engine/exec-streams';
import { CommandOutput } from './command-output';
import type { CommandExit } from './exec-types';
import { MarkedOutput, type Mark } from './marked-output';
import type { SandboxTarget } from './sandbox-target';
import { noShell, refusedCommand, SANDBOX_ENDED, startFailed, tellsOfNoShell } from './shell-errors';

/** A child in the background that keeps the output open makes the engine end the stream late or never. */
const FIRST_POLL_MS = 100;
const LAST_POLL_MS = 1_000;
/** After the process has ended, bytes may still be on their way: until none came for so long. */
const DRAIN_MS = 100;
/** A child that goes on printing must not hold up the end for ever; the engine itself gives up then. */
const LONGEST_DRAIN_MS = 2_000;
/** Between the end of the stream and the engine knowing the exit code. */
const EXIT_CODE_POLL_MS = 5;
const EXIT_CODE_DEADLINE_MS = 5_000;
const KEPT_REFUSAL_BYTES = 4_096;

/** One exec from its start mark to its end. */
export class PlainCommand {
  readonly stdout: CommandOutput;
  readonly stderr: CommandOutput;
  readonly exit: Promise<CommandExit>;
  hasEnded = false;
  private receivedChunks = 0;
  private readonly beforeStart: Buffer[] = [];
  private readonly firstMark: Promise<Mark | undefined>;

  constructor(
    private readonly target: SandboxTarget,
    private readonly streams: ExecStreams,
    nonce: string,
  ) {
    this.stdout = new CommandOutput(streams.stdout);
    this.stderr = new CommandOutput(streams.stderr);
    const out = this.forward(streams.stdout, this.stdout, nonce);
    const err = this.forward(streams.stderr, this.stderr, nonce);
    this.firstMark = Promise.race([out.mark, out.ended.then(() => undefined)]);
    this.exit = this.waitForEnd(Promise.all([out.ended, err.ended]));
  }

  /** The process id inside the sandbox. @throws AppError for a command that did not start */
  async started(cwd: string | undefined): Promise<number> {
    const mark = await this.firstMark;
    if (mark?.kind === 'start') return Number(mark.text);
    if (mark !== undefined) throw refusedCommand(mark.text, cwd ?? '');
    await this.exit;
    const words = Buffer.concat(this.beforeStart).toString('utf8', 0, KEPT_REFUSAL_BYTES);
    throw tellsOfNoShell(words) ? noShell(this.target.sandboxId) : startFailed(words);
  }

  private forward(from: Readable, to: CommandOutput, nonce: string) {
    let noteMark: (mark: Mark) => void;
    const mark = new Promise<Mark>((resolve) => (noteMark = resolve));
    let started = false;
    const marked = new MarkedOutput(
      nonce,
      (bytes) => {
        if (started) to.give(bytes);
        else this.beforeStart.push(Buffer.from(bytes));
      },
      (found) => {
        started = true;
        noteMark(found);
      },
    );
    const ended = new Promise<void>((resolve) => {
      from.on('data', (chunk: Buffer) => {
        this.receivedChunks += 1;
        marked.take(chunk);
      });
      from.once('end', () => {
        marked.end();
        resolve();
      });
    });
    return { mark, ended };
  }

  private async waitForEnd(streamsEnded: Promise<unknown>): Promise<CommandExit> {
    const stopPolling = new AbortController();
    await Promise.race([streamsEnded, this.pollUntilEnded(stopPolling.signal)]);
    stopPolling.abort();
    // The engine gives up on output that nobody took for 2 s, so a slow reader must not hold it up any longer.
    this.stdout.unbind();
    this.stderr.unbind();
    const exit = await exitOf(this.target, this.streams.execId);
    await Promise.race([streamsEnded, this.drain()]);
    this.hasEnded = true;
    this.stdout.finish();
    this.stderr.finish();
    this.streams.destroy();
    return exit;
  }

  private async drain(): Promise<void> {
    const deadline = performance.now() + LONGEST_DRAIN_MS;
    for (let seen = -1; seen !== this.receivedChunks && performance.now() < deadline;) {
      seen = this.receivedChunks;
      await delay(DRAIN_MS);
    }
  }

  private async pollUntilEnded(signal: AbortSignal): Promise<void> {
    for (let wait = FIRST_POLL_MS; ; wait = Math.min(wait * 1.5, LAST_POLL_MS)) {
      const aborted = await delay(wait, false, { signal }).catch(() => true);
      const facts = aborted ? undefined : await factsOf(this.target, this.streams.execId);
      if (facts === undefined || facts.hasEnded) return;
    }
  }
}

/** How an exec ended, once its output has; the engine may need a moment to know. */
export async function exitOf(target: SandboxTarget, execId: string): Promise<CommandExit> {
  const deadline = performance.now() + EXIT_CODE_DEADLINE_MS;
  for (;;) {
    const facts = await factsOf(target, execId);
    if (facts === undefined) return { code: 137, lost: SANDBOX_ENDED };
    if (facts.hasEnded) return { code: facts.exitCode };
    if (performance.now() > deadline) return { code: 137, lost: 'the connection to it was lost' };
    await delay(EXIT_CODE_POLL_MS);
  }
}

/** Undefined when the engine no longer knows the exec, or cannot be asked. */
async function factsOf(target: SandboxTarget, execId: string): Promise<ExecFacts | undefined> {
  return target.engine.execs.inspect(execId).catch(() => undefined);
}

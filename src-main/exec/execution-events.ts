import { Readable } from 'node:stream';
import type { Execution } from './execution';
import { OutputLines } from './output-lines';

/** Clients drop a body that is silent for long (CONTRACT.md 1.5). */
const PING_MS = 3_000;
const BUFFERED_BYTES = 256 * 1024;
/** A line whose JSON is longer is split further; control characters take six bytes each. */
const LONGEST_EVENT_CHARS = 3 * 2 ** 20;

type EventFields = Record<string, unknown> & { type: string };

export interface ExecutionEventsOptions {
  /** Text of the init event. */
  id: string;
  execution: Execution;
  /** Session streams leave blank lines out. */
  dropBlankLines?: boolean;
}

/**
 * The event stream of one foreground run (CONTRACT.md 4.2). A slow reader slows the command; a reader that goes away
 * does not stop it, its output is then dropped.
 */
export class ExecutionEvents extends Readable {
  private readonly startedAt = performance.now();
  private readonly ping: NodeJS.Timeout;
  private readonly sources: readonly Readable[];

  constructor(private readonly options: ExecutionEventsOptions) {
    super({ highWaterMark: BUFFERED_BYTES });
    const { stdout, stderr } = options.execution.command;
    this.sources = [stdout, stderr];
    this.push(formatEvent({ type: 'init', text: options.id }) + formatEvent({ type: 'ping', text: 'pong' }));
    // A reader with a backlog hears enough.
    this.ping = setInterval(() => {
      if (this.readableLength === 0) this.push(formatEvent({ type: 'ping', text: 'pong' }));
    }, PING_MS).unref();
    const forwarded = [this.forward(stdout, 'stdout'), this.forward(stderr, 'stderr')];
    void Promise.all(forwarded).then(() => this.finish());
  }

  override _read(): void {
    for (const source of this.sources) source.resume();
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    clearInterval(this.ping);
    for (const source of this.sources) source.resume();
    callback(error);
  }

  private async forward(source: Readable, type: 'stdout' | 'stderr'): Promise<void> {
    const lines = new OutputLines();
    source.on('data', (bytes: Buffer) => this.pushLines(type, lines.take(bytes)));
    await new Promise<void>((resolve) => {
      source.once('close', resolve);
      source.once('error', () => source.destroy());
    });
    this.pushLines(type, lines.end());
  }

  private pushLines(type: 'stdout' | 'stderr', lines: readonly string[]): void {
    if (this.destroyed) return;
    const now = Date.now();
    const text = lines.map((line) => this.lineEvents(type, line, now)).join('');
    if (text === '' || this.push(text)) return;
    for (const source of this.sources) source.pause();
  }

  private lineEvents(type: 'stdout' | 'stderr', line: string, now: number): string {
    if (line === '' && this.options.dropBlankLines === true) return '';
    // Written out, because a command may print a million lines in a second.
    const event = `{"type":"${type}","text":${JSON.stringify(line === '' ? '\n' : line)},"timestamp":${now}}\n\n`;
    if (event.length <= LONGEST_EVENT_CHARS) return event;
    const middle = line.length >> 1;
    return this.lineEvents(type, line.slice(0, middle), now) + this.lineEvents(type, line.slice(middle), now);
  }

  private async finish(): Promise<void> {
    const { error } = await this.options.execution.outcome;
    clearInterval(this.ping);
    if (this.destroyed) return;
    const execution_time = Math.round(performance.now() - this.startedAt);
    this.push(
      formatEvent(
        error === undefined ? { type: 'execution_complete', execution_time } : { type: 'error', error },
      ),
    );
    this.push(null);
  }
}

/** The whole answer to a background command: it has begun, and that is all there is to stream. */
export function backgroundEvents(id: string): string {
  return (
    formatEvent({ type: 'init', text: id }) + formatEvent({ type: 'execution_complete', execution_time: 0 })
  );
}

function formatEvent(fields: EventFields): string {
  return `${JSON.stringify({ ...fields, timestamp: Date.now() })}\n\n`;
}

import type Docker from 'dockerode';
import { translateEngineError } from './engine-errors';
import type { LogOptions } from './engine-types';
import { FrameSplitter, STDERR } from './exec-streams';

export interface ContainerLogLine {
  stream: 'stdout' | 'stderr';
  /** The engine's time stamp, RFC 3339 with nanoseconds. */
  at?: string;
  text: string;
}

/** Longest piece of a line that is held; a longer one is cut into several. */
const MAX_LINE_LENGTH = 64 * 1024;
const MILLIS_PER_SECOND = 1_000;

/**
 * What the sandbox's main process wrote (`GET /containers/{id}/logs`), oldest first, line by line.
 * Ends with the log, or with the abort signal when it follows.
 */
export async function* containerLogs(
  docker: Docker,
  id: string,
  options: LogOptions,
): AsyncGenerator<ContainerLogLine> {
  const { tail, since, follow, signal, opened } = options;
  const query = {
    stdout: true as const,
    stderr: true as const,
    timestamps: true,
    tail,
    abortSignal: signal,
    ...(since === undefined ? {} : { since: since.getTime() / MILLIS_PER_SECOND }),
  };
  try {
    const container = docker.getContainer(id);
    const source = follow
      ? await container.logs({ ...query, follow: true as const })
      : [await container.logs({ ...query, follow: false as const })];
    opened?.();
    yield* splitFrames(source);
  } catch (error) {
    if (signal.aborted) return;
    throw translateEngineError(error, {
      code: 'DOCKER::SANDBOX_QUERY_FAILED',
      doing: 'Could not read the logs',
    });
  }
}

/** The two streams come interleaved in frames, in the order that the engine wrote them. */
async function* splitFrames(
  source: AsyncIterable<unknown> | Iterable<unknown>,
): AsyncGenerator<ContainerLogLine> {
  const lines: ContainerLogLine[] = [];
  const out = new LineCutter('stdout', lines);
  const err = new LineCutter('stderr', lines);
  const splitter = new FrameSplitter((stream, payload) => (stream === STDERR ? err : out).take(payload));
  // Whoever reads the lines sets the pace: no chunk is asked for before the last one's lines are taken.
  for await (const chunk of source) {
    // The engine's connection yields buffers.
    splitter.take(chunk as Buffer);
    yield* lines.splice(0);
  }
  out.end();
  err.end();
  yield* lines;
}

/** Cuts one stream's bytes into lines. */
class LineCutter {
  private readonly decoder = new TextDecoder();
  private rest = '';

  constructor(
    private readonly stream: ContainerLogLine['stream'],
    private readonly lines: ContainerLogLine[],
  ) {}

  take(bytes: Buffer): void {
    this.rest += this.decoder.decode(bytes, { stream: true });
    const parts = this.rest.split('\n');
    this.rest = parts.pop() ?? '';
    if (this.rest.length > MAX_LINE_LENGTH) {
      parts.push(this.rest);
      this.rest = '';
    }
    for (const part of parts) this.write(part);
  }

  end(): void {
    if (this.rest !== '') this.write(this.rest);
  }

  private write(raw: string): void {
    const space = raw.indexOf(' ');
    const at = space > 0 ? raw.slice(0, space) : '';
    const stamped = /^\d{4}-\d\d-\d\dT/.test(at);
    this.lines.push({
      stream: this.stream,
      ...(stamped ? { at } : {}),
      text: stamped ? raw.slice(space + 1) : raw,
    });
  }
}

import { TEST_API_KEY, type TestBackend } from './test-backend';

/** One event of a command's stream, as it stood on the wire. */
export interface StreamEvent {
  type: string;
  timestamp: number;
  text?: string;
  execution_time?: number;
  error?: { ename: string; evalue: string; traceback: string[] };
}

export interface RunResult {
  events: StreamEvent[];
  id: string;
  /** The texts of the stdout events, one line each. */
  stdout: string[];
  stderr: string[];
  /** Undefined when neither `error` nor `execution_complete` came. */
  exitCode: number | undefined;
  error: StreamEvent['error'];
}

/** The in-sandbox API of one sandbox over real HTTP, without the SDK's forgiveness. */
export class ExecdClient {
  readonly base: string;

  private constructor(address: string, sandboxId: string) {
    this.base = `${address}/v1/sandboxes/${sandboxId}/proxy/44772`;
  }

  /** Opens the backend's port if it is not open yet. */
  static async of(test: TestBackend, sandboxId: string): Promise<ExecdClient> {
    if (!test.backend.http.server.listening) await test.backend.listen();
    return new ExecdClient(test.backend.address, sandboxId);
  }

  fetch(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<Response> {
    return fetch(this.base + path, {
      method,
      headers: {
        'OPEN-SANDBOX-API-KEY': TEST_API_KEY,
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    });
  }

  /** Runs a command to its end; `onEvent` sees each event as it comes. */
  async run(
    command: string | Record<string, unknown>,
    onEvent?: (event: StreamEvent) => void,
  ): Promise<RunResult> {
    const body = typeof command === 'string' ? { command } : command;
    return readEvents(await this.fetch('POST', '/command', body), onEvent);
  }

  async runInSession(id: string, run: string | Record<string, unknown>): Promise<RunResult> {
    const body = typeof run === 'string' ? { command: run } : run;
    return readEvents(await this.fetch('POST', `/session/${id}/run`, body));
  }
}

/** Reads an event stream to its end; fails on anything that a strict client would not understand. */
export async function readEvents(
  response: Response,
  onEvent?: (event: StreamEvent) => void,
): Promise<RunResult> {
  if (response.status !== 200 || response.body === null) {
    throw new Error(`answered ${response.status}: ${await response.text()}`);
  }
  const events: StreamEvent[] = [];
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let rest = '';
  for await (const chunk of response.body) {
    rest += decoder.decode(chunk as Uint8Array, { stream: true });
    const blocks = rest.split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const event = JSON.parse(block) as StreamEvent;
      events.push(event);
      onEvent?.(event);
    }
  }
  if (rest !== '') throw new Error(`the stream ended within an event: ${rest.slice(0, 200)}`);
  return resultOf(events);
}

function resultOf(events: StreamEvent[]): RunResult {
  const texts = (type: string) =>
    events.filter((event) => event.type === type).map((event) => event.text ?? '');
  const final = events.filter(({ type }) => type === 'error' || type === 'execution_complete');
  if (final.length > 1) throw new Error(`${final.length} final events: ${JSON.stringify(final)}`);
  if (final.length === 1 && events.at(-1) !== final[0]) throw new Error('events after the final one');
  const error = final[0]?.error;
  return {
    events,
    id: texts('init')[0] ?? '',
    stdout: texts('stdout'),
    stderr: texts('stderr'),
    exitCode: final.length === 0 ? undefined : error === undefined ? 0 : Number(error.evalue),
    error,
  };
}

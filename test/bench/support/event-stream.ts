import { request, type ClientRequest } from 'node:http';
import type { ApiClient } from './api-client';

const EVENT_DEADLINE_MS = 120_000;

/** What the bench reads of `/v1/desktop/events`. */
export interface ProductEvent {
  type: string;
  id: string;
  value: null | {
    snapshot?: { name?: string; status: { state: string; message: string } };
    sandbox?: { status: { state: string } };
    state?: string;
    result?: { sandboxIds?: string[] };
  };
}

/** An open event stream. */
export class EventStream {
  private readonly waiting = new Set<(event: ProductEvent) => void>();

  private rest = '';

  private constructor(private readonly outgoing: ClientRequest) {}

  static open(api: ApiClient): Promise<EventStream> {
    return new Promise((resolve, reject) => {
      const outgoing = request({
        // A stream occupies its connection for good: none from the pool.
        agent: false,
        host: '127.0.0.1',
        port: api.port,
        path: '/v1/desktop/events',
        headers: api.headers,
      });
      const stream = new EventStream(outgoing);
      outgoing.on('error', reject);
      outgoing.on('response', (incoming) => {
        // The server ends before this stream does.
        incoming.on('error', () => undefined);
        incoming.setEncoding('utf8').on('data', (text: string) => stream.read(text));
        resolve(stream);
      });
      outgoing.end();
    });
  }

  /** Resolves at the first event from now on that fits. */
  next(fits: (event: ProductEvent) => boolean): Promise<ProductEvent> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('The event never came.')), EVENT_DEADLINE_MS);
      const listener = (event: ProductEvent): void => {
        if (!fits(event)) return;
        clearTimeout(timer);
        this.waiting.delete(listener);
        resolve(event);
      };
      this.waiting.add(listener);
    });
  }

  close(): void {
    this.outgoing.destroy();
  }

  private read(text: string): void {
    const lines = (this.rest + text).split('\n');
    this.rest = lines.pop() ?? '';
    for (const line of lines) {
      if (!line.startsWith('data: ')) continue;
      const event = JSON.parse(line.slice('data: '.length)) as ProductEvent;
      for (const listener of [...this.waiting]) listener(event);
    }
  }
}

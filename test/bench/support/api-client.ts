import { Agent, request } from 'node:http';

export interface ApiAnswer<T> {
  status: number;
  body: T;
}

/** Calls the product as a program would: JSON over kept-alive connections, with the key. */
export class ApiClient {
  private readonly agent = new Agent({ keepAlive: true });

  constructor(
    readonly port: number,
    readonly key: string,
  ) {}

  get headers(): Record<string, string> {
    return { 'open-sandbox-api-key': this.key };
  }

  call<T>(method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, body?: unknown): Promise<ApiAnswer<T>> {
    const text = body === undefined ? undefined : JSON.stringify(body);
    return new Promise((resolve, reject) => {
      const outgoing = request(
        {
          agent: this.agent,
          host: '127.0.0.1',
          port: this.port,
          method,
          path,
          headers: {
            ...this.headers,
            ...(text === undefined
              ? {}
              : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
          },
        },
        (incoming) => {
          const chunks: Buffer[] = [];
          incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
          incoming.on('error', reject);
          incoming.on('end', () => {
            const answer = Buffer.concat(chunks).toString('utf8');
            resolve({
              status: incoming.statusCode ?? 0,
              body: (answer === '' ? undefined : JSON.parse(answer)) as T,
            });
          });
        },
      );
      outgoing.on('error', reject);
      outgoing.end(text);
    });
  }

  /** Like {@link call}, but any other status is an error. */
  async expect<T>(status: number, ...[method, path, body]: Parameters<ApiClient['call']>): Promise<T> {
    const answer = await this.call<T>(method, path, body);
    if (answer.status === status) return answer.body;
    throw new Error(`${method} ${path} answered ${answer.status}: ${JSON.stringify(answer.body)}`);
  }

  close(): void {
    this.agent.destroy();
  }
}

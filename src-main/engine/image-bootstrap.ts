import type { Readable } from 'node:stream';
import { AppError } from '../errors';
import type { ConnectionOptions } from './discovery-connection';
import { requestEngine, type EngineAnswer, type EngineRequest } from './engine-request';
import type { StarterImageStore } from './starter-image';

const QUERY_TIMEOUT_MS = 10_000;
const IMPORT_TIMEOUT_MS = 300_000;

/**
 * The few image calls that the launcher makes before a server runs. It is no second client: loading dockerode
 * costs more than the launcher's whole budget.
 */
export class ImageBootstrap implements StarterImageStore {
  constructor(private readonly connection: ConnectionOptions) {}

  async inspect(name: string): Promise<object | undefined> {
    const path = `/images/${encodeURIComponent(name)}/json`;
    const answer = await this.call({ method: 'GET', path, timeoutMs: QUERY_TIMEOUT_MS });
    if (answer.status === 404) return undefined;
    requireSuccess(answer);
    const image: unknown = JSON.parse(answer.body);
    return typeof image === 'object' && image !== null ? image : undefined;
  }

  async count(): Promise<number> {
    const answer = await this.call({ method: 'GET', path: '/images/json', timeoutMs: QUERY_TIMEOUT_MS });
    requireSuccess(answer);
    const images: unknown = JSON.parse(answer.body);
    return Array.isArray(images) ? images.length : 0;
  }

  async import(tar: Readable, options: { name: string; changes: string[] }): Promise<string> {
    const [repo = options.name, tag = 'latest'] = options.name.split(':');
    const query = new URLSearchParams([
      ['fromSrc', '-'],
      ['repo', repo],
      ['tag', tag],
      ...options.changes.map((change): [string, string] => ['changes', change]),
    ]);
    const path = `/images/create?${query.toString()}`;
    const answer = await this.call({ method: 'POST', path, timeoutMs: IMPORT_TIMEOUT_MS, body: tar });
    return importedId(answer);
  }

  private call(request: EngineRequest): Promise<EngineAnswer> {
    return requestEngine(this.connection, request);
  }
}

/** The engine may answer 200 before it has read the tar; such a failure is a line of the output. */
function importedId(answer: EngineAnswer): string {
  const id = /"status":"(sha256:[0-9a-f]{64})"/.exec(answer.body)?.[1];
  if (isSuccess(answer) && id !== undefined) return id;
  const reason = /"(?:error|message)":"([^"]*)"/.exec(answer.body)?.[1] ?? answer.body.trim();
  throw new AppError(500, 'IMAGE::IMPORT_FAILED', `The engine did not import the image: ${reason}`);
}

function requireSuccess(answer: EngineAnswer): void {
  if (isSuccess(answer)) return;
  const message = `The engine answered HTTP ${answer.status}: ${answer.body.trim()}`;
  throw new AppError(503, 'DOCKER::INITIALIZATION_ERROR', message);
}

function isSuccess(answer: EngineAnswer): boolean {
  return answer.status >= 200 && answer.status < 300;
}

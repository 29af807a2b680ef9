import { ApiError } from './api-error';

/** Absolute path on purpose: the same files come from http://localhost and from app:// in the window. */
export const API_ROOT = '/v1';
const REQUEST_TIMEOUT_MS = 60_000;
const READ_ATTEMPTS = 3;
const READ_RETRY_MS = 100;

export interface RequestOptions {
  body?: unknown;
  /** Beside those that the body asks for. */
  headers?: Record<string, string>;
  signal?: AbortSignal;
  /** Uploads and pulls take as long as they take. */
  timeoutMs?: number;
}

/**
 * One request to the API; the browser's cookie signs it in.
 * @throws ApiError with the server's code and message, or `NETWORK` when no answer came.
 */
export async function request<T>(method: string, path: string, options: RequestOptions = {}): Promise<T> {
  const response = await send(method, path, options);
  if (response.status === 204 || response.headers.get('content-length') === '0') return undefined as T;
  // The server validates its answers against the schema that T was derived from.
  return (await response.json()) as T;
}

/** Like {@link request} for answers that are not JSON; resolves when the whole text is there. */
export async function requestText(
  method: string,
  path: string,
  options: RequestOptions = {},
): Promise<string> {
  return (await send(method, path, options)).text();
}

/** Like {@link request} for bodies that are read as they arrive. */
export async function openStream(
  path: string,
  signal: AbortSignal,
  headers: HeadersInit = {},
): Promise<Response> {
  return checked(await reach(API_ROOT + path, { headers, signal, cache: 'no-store' }));
}

async function send(method: string, path: string, options: RequestOptions): Promise<Response> {
  const timeout = AbortSignal.timeout(options.timeoutMs ?? REQUEST_TIMEOUT_MS);
  const signal = options.signal === undefined ? timeout : AbortSignal.any([options.signal, timeout]);
  const init: RequestInit = { method, signal, cache: 'no-store', headers: options.headers ?? {} };
  if (options.body instanceof Blob) {
    init.body = options.body;
    init.headers = { 'Content-Type': 'application/octet-stream', ...options.headers };
  } else if (options.body !== undefined) {
    init.body = JSON.stringify(options.body);
    init.headers = { 'Content-Type': 'application/json', ...options.headers };
  }
  return checked(await reach(API_ROOT + path, init));
}

/**
 * Browsers give up connections that are just being made when a network interface comes or goes, which every start
 * and stop of a container does. Reading again is safe; anything else is left to the person.
 */
async function reach(url: string, init: RequestInit): Promise<Response> {
  const attempts = (init.method ?? 'GET') === 'GET' ? READ_ATTEMPTS : 1;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await fetch(url, init);
    } catch (error) {
      if (error instanceof DOMException && error.name === 'AbortError') throw error;
      const late = error instanceof DOMException && error.name === 'TimeoutError';
      if (late || attempt >= attempts) throw unreachable(late);
      await new Promise((resolve) => setTimeout(resolve, READ_RETRY_MS));
    }
  }
}

function unreachable(late: boolean): ApiError {
  const message = late
    ? 'The server did not answer in time. Check that it is running, then try again.'
    : 'The server cannot be reached. Check that it is running, then try again.';
  return new ApiError(0, 'NETWORK', message);
}

async function checked(response: Response): Promise<Response> {
  if (response.ok) return response;
  const body: unknown = await response.json().catch(() => undefined);
  const code = field(body, 'code') ?? `HTTP_${String(response.status)}`;
  const message = field(body, 'message') ?? `The server answered ${String(response.status)}.`;
  throw new ApiError(response.status, code, message);
}

function field(body: unknown, key: 'code' | 'message'): string | undefined {
  if (typeof body !== 'object' || body === null) return undefined;
  const value: unknown = (body as Record<string, unknown>)[key];
  return typeof value === 'string' ? value : undefined;
}

import type { Readable } from 'node:stream';
import type { Backend } from '../backend/backend-types';
import { AppError } from '../errors';

/** What in-process requests need of the backend. */
export type ApiHost = Pick<Backend, 'http' | 'apiKey' | 'address'>;

export interface ApiRequest {
  method: 'GET' | 'POST';
  url: string;
  headers?: Record<string, string>;
  payload?: object | Readable;
}

/**
 * Headers that every in-process request carries. The key is added here, in the main process, so that no page ever
 * holds it; the host is the listener's, because endpoints of sandboxes are built from it.
 */
export function apiHeaders(host: ApiHost): Record<string, string> {
  return { host: new URL(host.address).host, 'open-sandbox-api-key': host.apiKey };
}

/**
 * Asks the server in process and reads the JSON answer, which the caller types from `src-main/http/schemas`.
 * @throws AppError with the status, code and message of an answer that is not 2xx.
 */
export async function requestJson(host: ApiHost, request: ApiRequest): Promise<unknown> {
  const { method, url, payload } = request;
  const answer = await host.http.inject({
    method,
    url,
    headers: { ...request.headers, ...apiHeaders(host) },
    ...(payload === undefined ? {} : { payload }),
  });
  const body = parseJson(answer.payload);
  if (answer.statusCode >= 200 && answer.statusCode < 300) return body;
  throw errorOf(answer.statusCode, body);
}

function parseJson(text: string): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new AppError(
      502,
      'DESKTOP::UNREADABLE_ANSWER',
      'The server gave an unreadable answer. Try again.',
      {
        cause,
      },
    );
  }
}

function errorOf(status: number, body: unknown): AppError {
  const fields: { code?: unknown; message?: unknown } = typeof body === 'object' && body !== null ? body : {};
  const code = typeof fields.code === 'string' ? fields.code : 'DESKTOP::REQUEST_FAILED';
  const message =
    typeof fields.message === 'string' ? fields.message : `The server answered ${status}. Try again.`;
  return new AppError(status, code, message);
}

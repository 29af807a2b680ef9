import { once } from 'node:events';
import { connect } from 'node:net';
import { TEST_API_KEY } from '../../support/test-backend';

export interface WireAnswer {
  status: number;
  /** Names in lower case. */
  headers: Map<string, string>;
  body: string;
  /** Everything that came over the socket. */
  raw: string;
}

export interface WireRequest {
  /** Address to connect to. */
  host?: string;
  hostHeader?: string;
  /** Replaces the usual headers; each is one line without its end. */
  headers?: string[];
  body?: string;
  /** Sends the body in chunks instead of with its length. */
  chunked?: boolean;
}

/** Headers of an ordinary call with the key. */
export const WITH_KEY = [`Open-Sandbox-Api-Key: ${TEST_API_KEY}`];

/**
 * One exchange over a real socket, so that what counts is what stands on the wire: clients and `inject` tidy up
 * paths, empty bodies and transfer encodings.
 */
export async function exchange(port: number, line: string, request: WireRequest = {}): Promise<WireAnswer> {
  const socket = connect(port, request.host ?? '127.0.0.1');
  const body = request.body ?? '';
  const sent = request.chunked === true ? inChunks(body) : body;
  const headers = [
    `Host: ${request.hostHeader ?? 'localhost'}`,
    'Connection: close',
    ...(request.headers ?? WITH_KEY),
    ...bodyHeaders(request),
  ];
  // Written, not ended: a server may take a half-closed socket for a caller that has gone.
  socket.write(`${line} HTTP/1.1\r\n${headers.join('\r\n')}\r\n\r\n${sent}`);
  let raw = '';
  socket.on('data', (chunk: Buffer) => (raw += chunk.toString()));
  await once(socket, 'close');
  return parse(raw);
}

function bodyHeaders({ body = '', chunked = false }: WireRequest): string[] {
  if (chunked) return ['Transfer-Encoding: chunked'];
  return body === '' ? [] : [`Content-Length: ${Buffer.byteLength(body)}`];
}

function inChunks(body: string): string {
  const chunk = body === '' ? '' : `${Buffer.byteLength(body).toString(16)}\r\n${body}\r\n`;
  return `${chunk}0\r\n\r\n`;
}

function parse(raw: string): WireAnswer {
  const end = raw.indexOf('\r\n\r\n');
  const [statusLine = '', ...lines] = raw.slice(0, end).split('\r\n');
  const headers = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(':');
    headers.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim());
  }
  return { status: Number(statusLine.split(' ')[1]), headers, body: raw.slice(end + 4), raw };
}

/** The one error shape: two non-empty strings, as JSON, with a length (CONTRACT.md 1.3). */
export function errorOf(answer: WireAnswer): { code: string; message: string } {
  const error = JSON.parse(answer.body) as { code: unknown; message: unknown };
  const complete = typeof error.code === 'string' && typeof error.message === 'string';
  if (!complete || error.code === '' || error.message === '') {
    throw new Error(`This is not an error of the contract: ${answer.body}`);
  }
  if (answer.headers.get('content-type')?.startsWith('application/json') !== true) {
    throw new Error(`An error must be JSON, this is ${answer.headers.get('content-type') ?? 'nothing'}.`);
  }
  return { code: String(error.code), message: String(error.message) };
}

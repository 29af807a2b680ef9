import type { IncomingMessage } from 'node:http';
import { API_KEY_HEADER } from '../access';
import { ACCESS_TOKEN_HEADER } from './sandbox-tokens';

/** Headers of one connection, not of the message (RFC 9110, 7.6.1). */
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);
/** The caller's credentials for this server are none of the sandbox's business (CONTRACT.md 2.5). */
const KEPT_BACK = new Set([
  ...HOP_BY_HOP,
  'authorization',
  'cookie',
  'host',
  // Answered already: Node has sent its 100 Continue.
  'expect',
  'x-request-id',
  API_KEY_HEADER,
  ACCESS_TOKEN_HEADER.toLowerCase(),
]);
/** A sandbox shares our host name, so it must neither sign the browser out nor replace its session. */
const NOT_ANSWERED = new Set([...HOP_BY_HOP, 'x-request-id', 'clear-site-data']);
/** Also without a name of its own: browsers send `=name=value` back as `name=value`. */
const SESSION_COOKIE = /^[\s=]*opensandbox_session_/i;
/** Where a message ends is said once, whatever a caller declares to be of its connection alone. */
const NEVER_NAMED = new Set(['content-length']);

/** Flat name, value, name, value… as `http.request` takes them, so that case, order and repetition stay. */
export type RawHeaders = string[];

/** What a service in the sandbox gets to see of a request. */
export function requestHeaders(request: IncomingMessage, requestId: string): RawHeaders {
  const { headers, socket } = request;
  const forwarded = passedOn(request.rawHeaders, KEPT_BACK, headers.connection);
  forwarded.push('X-Request-ID', requestId);
  // Said anew: without it Node would send the body of a GET or DELETE with no mark of where it ends.
  if (headers['transfer-encoding'] !== undefined) forwarded.push('Transfer-Encoding', 'chunked');
  addIfAbsent(forwarded, headers['x-forwarded-proto'], 'X-Forwarded-Proto', 'http');
  addIfAbsent(forwarded, headers['x-forwarded-host'], 'X-Forwarded-Host', headers.host);
  addIfAbsent(forwarded, headers['x-forwarded-for'], 'X-Forwarded-For', socket.remoteAddress);
  return forwarded;
}

/** What the caller gets to see of the service's answer. */
export function responseHeaders(response: IncomingMessage, requestId: string): RawHeaders {
  const passed = passedOn(response.rawHeaders, NOT_ANSWERED, response.headers.connection);
  passed.push('X-Request-ID', requestId);
  return response.headers['set-cookie'] === undefined ? passed : withoutSessionCookies(passed);
}

function passedOn(raw: RawHeaders, dropped: Set<string>, connection: string | undefined): RawHeaders {
  // Such as `keep-alive`, which every client sends and which names nothing more.
  const named = connection === undefined || connection === 'keep-alive' ? undefined : namesIn(connection);
  const passed: RawHeaders = [];
  for (let at = 0; at < raw.length; at += 2) {
    const name = raw[at] ?? '';
    const lower = name.toLowerCase();
    if (dropped.has(lower) || named?.has(lower) === true) continue;
    passed.push(name, raw[at + 1] ?? '');
  }
  return passed;
}

function namesIn(connection: string): Set<string> {
  const names = connection.split(',').map((name) => name.trim().toLowerCase());
  return new Set(names.filter((name) => !NEVER_NAMED.has(name)));
}

function addIfAbsent(headers: RawHeaders, given: unknown, name: string, value: string | undefined): void {
  if (given === undefined && value !== undefined) headers.push(name, value);
}

function withoutSessionCookies(raw: RawHeaders): RawHeaders {
  const kept: RawHeaders = [];
  for (let at = 0; at < raw.length; at += 2) {
    const [name = '', value = ''] = raw.slice(at, at + 2);
    if (name.toLowerCase() === 'set-cookie' && SESSION_COOKIE.test(value)) continue;
    kept.push(name, value);
  }
  return kept;
}

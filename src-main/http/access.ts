import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { AppError } from '../errors';
import type { ActivityCause } from '../store/records';

export const API_KEY_HEADER = 'open-sandbox-api-key';
const SESSION_DAYS = 30;
const SESSION_MS = SESSION_DAYS * 24 * 3600 * 1000;
const SIGN_IN_TOKEN_MS = 10 * 60 * 1000;
const LOOPBACK_HOST = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/i;

/** What is looked at: a request of Fastify as well as a bare one that asks for an upgrade. */
export interface RequestHead {
  headers: IncomingHttpHeaders;
}

/**
 * Who may call: holders of the API key, and browsers that came through a single-use link and hold the session cookie
 * it was exchanged for. The cookie is a signed expiry, so it outlives a restart and dies with the key.
 */
export class Access {
  private key: Buffer;
  private readonly linkTokens = new Map<string, number>();

  constructor(apiKey: string) {
    this.key = Buffer.from(apiKey);
  }

  get apiKey(): string {
    return this.key.toString();
  }

  /** From now on only this key opens, and no browser that was signed in before. */
  replaceKey(apiKey: string): void {
    this.key = Buffer.from(apiKey);
    this.linkTokens.clear();
  }

  /**
   * Lets a request pass or throws.
   * @throws AppError 401 `MISSING_API_KEY` or `INVALID_API_KEY`, 403 for a request that another site made
   */
  check(request: RequestHead): void {
    const given = request.headers[API_KEY_HEADER];
    if (typeof given === 'string' && given !== '') {
      if (!this.keyMatches(given)) {
        throw new AppError(
          401,
          'INVALID_API_KEY',
          'The API key is wrong. Use the one in the data folder, or the one this server was started with.',
        );
      }
      return;
    }
    if (!this.holdsSession(request)) {
      throw new AppError(
        401,
        'MISSING_API_KEY',
        'Send the API key in the OPEN-SANDBOX-API-KEY header, or open the sign-in link that the server prints.',
      );
    }
    refuseForeignSite(request);
  }

  /** A new token for a sign-in link; it works once, within ten minutes. */
  newLinkToken(): string {
    const now = Date.now();
    for (const [token, expires] of this.linkTokens) if (expires < now) this.linkTokens.delete(token);
    const token = randomBytes(24).toString('base64url');
    this.linkTokens.set(token, now + SIGN_IN_TOKEN_MS);
    return token;
  }

  /** @returns true once per token. */
  redeemLinkToken(token: string): boolean {
    const expires = this.linkTokens.get(token);
    this.linkTokens.delete(token);
    return expires !== undefined && expires >= Date.now();
  }

  /** Value of a `Set-Cookie` header that signs the browser in. */
  sessionCookie(request: RequestHead): string {
    const expires = Date.now() + SESSION_MS;
    const value = `${expires}.${this.sign(expires)}`;
    return `${cookieName(request)}=${value}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${SESSION_MS / 1000}`;
  }

  holdsSession(request: RequestHead): boolean {
    const value = readCookie(request.headers.cookie, cookieName(request));
    const [expires = '', signature = ''] = value?.split('.', 2) ?? [];
    if (!(Number(expires) > Date.now())) return false;
    return sameText(signature, this.sign(Number(expires)));
  }

  /** Takes the same time for every wrong key of the right length. */
  keyMatches(given: string): boolean {
    const bytes = Buffer.from(given.trim());
    return bytes.length === this.key.length && timingSafeEqual(bytes, this.key);
  }

  private sign(expires: number): string {
    return createHmac('sha256', this.key).update(`opensandbox-session:${expires}`).digest('base64url');
  }
}

/**
 * Refuses hosts that are not this machine's own: a page that rebinds its DNS name to 127.0.0.1 still sends its name.
 * @throws AppError 403
 */
export function refuseForeignHost(request: RequestHead): void {
  const { host } = request.headers;
  if (host === undefined || LOOPBACK_HOST.test(host)) return;
  throw new AppError(
    403,
    'GENERAL::FORBIDDEN_HOST',
    `This server answers only to localhost, not to "${host}".`,
  );
}

/** GUI and programs share the API; the activity list tells them apart. */
export function causeOf(request: RequestHead): ActivityCause {
  return request.headers['x-opensandbox-client'] === 'gui' ? 'gui' : 'api';
}

/** A cookie travels with whatever a page sends; only our own pages may use it. */
function refuseForeignSite(request: RequestHead): void {
  const site = request.headers['sec-fetch-site'];
  const { origin, host } = request.headers;
  const foreignSite = site !== undefined && site !== 'same-origin' && site !== 'none';
  const foreignOrigin = origin !== undefined && origin !== `http://${host ?? ''}`;
  if (foreignSite || foreignOrigin) {
    throw new AppError(
      403,
      'GENERAL::FORBIDDEN_ORIGIN',
      'Requests from other sites are refused. Use the API key instead.',
    );
  }
}

/** Cookies are shared by all ports of a host, so the port is part of the name. */
function cookieName(request: RequestHead): string {
  const port = /:(\d+)$/.exec(request.headers.host ?? '')?.[1] ?? '80';
  return `opensandbox_session_${port}`;
}

function readCookie(header: string | undefined, name: string): string | undefined {
  for (const piece of header?.split(';') ?? []) {
    const equals = piece.indexOf('=');
    if (equals > 0 && piece.slice(0, equals).trim() === name) return piece.slice(equals + 1).trim();
  }
  return undefined;
}

function sameText(a: string, b: string): boolean {
  const first = Buffer.from(a);
  const second = Buffer.from(b);
  return first.length === second.length && timingSafeEqual(first, second);
}

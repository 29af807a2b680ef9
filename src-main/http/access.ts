import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { AppError } from '../errors';
import type { ActivityCause } from '../store/records';

export const API_KEY_HEADER = 'open-sandbox-api-key';
const SESSION_DAYS = 30;
const SESSION_MS = SESSION_DAYS * 24 * 3600 * 1000;
const SIGN_IN_TOKEN_MS = 10 * 60 * 1000;
/** How long answers may take that were asked for with a key that has been replaced since. */
const LAST_ANSWER_MS = 10_000;
/** So many answers that have ended are held on to before they are looked for. */
const ENDED_HELD = 64;
const LOOPBACK_HOST = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/i;

/** What is looked at: a request of Fastify as well as a bare one that asks for an upgrade. */
export interface RequestHead {
  headers: IncomingHttpHeaders;
}

/** What a caller was let in to: an answer, or the bare connection of a WebSocket. */
export interface Admitted {
  /** Absent for a connection that carries no answer. */
  readonly headersSent?: boolean;
  readonly writableFinished: boolean;
  readonly destroyed: boolean;
  destroy(): unknown;
}

/**
 * Who may call: holders of the API key, and browsers that came through a single-use link and hold the session cookie
 * it was exchanged for. The cookie is a signed expiry, so it outlives a restart and dies with the key.
 */
export class Access {
  private key: Buffer;
  private readonly linkTokens = new Map<string, number>();
  private readonly admitted = new Set<Admitted>();
  private sweepAbove = ENDED_HELD;

  constructor(apiKey: string) {
    this.key = Buffer.from(apiKey);
  }

  get apiKey(): string {
    return this.key.toString();
  }

  /**
   * From now on only this key opens, and no browser that was signed in before. What has no end of its own, such as
   * event streams and WebSockets, ends now; who waits for an answer still gets that one.
   */
  replaceKey(apiKey: string): void {
    this.key = Buffer.from(apiKey);
    this.linkTokens.clear();
    const owed: Admitted[] = [];
    for (const each of this.admitted) {
      if (hasEnded(each)) continue;
      if (each.headersSent === false) owed.push(each);
      else each.destroy();
    }
    this.admitted.clear();
    setTimeout(() => {
      for (const each of owed) if (!hasEnded(each)) each.destroy();
    }, LAST_ANSWER_MS).unref();
  }

  /** Keeps hold of what the key, or what was derived from it, has let in, until it ends or the key is replaced. */
  hold(admitted: Admitted): void {
    this.admitted.add(admitted);
    if (this.admitted.size > this.sweepAbove) this.sweep();
  }

  /**
   * Lets a request pass, and keeps hold of what it leads to, or throws.
   * @throws AppError 401 `MISSING_API_KEY` or `INVALID_API_KEY`, 403 for a request that another site made
   */
  check(request: RequestHead, admitted: Admitted): void {
    this.checkCredentials(request);
    this.hold(admitted);
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
    return readCookies(request.headers.cookie, cookieName(request)).some((value) => this.isSession(value));
  }

  /** Takes the same time for every wrong key of the right length. */
  keyMatches(given: string): boolean {
    const bytes = Buffer.from(given.trim());
    return bytes.length === this.key.length && timingSafeEqual(bytes, this.key);
  }

  /** Lets go of what has ended. Now and then for all, so that no answer needs listeners of its own. */
  private sweep(): void {
    for (const each of this.admitted) if (hasEnded(each)) this.admitted.delete(each);
    this.sweepAbove = 2 * this.admitted.size + ENDED_HELD;
  }

  private checkCredentials(request: RequestHead): void {
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

  private isSession(value: string): boolean {
    const [expires = '', signature = ''] = value.split('.', 2);
    return Number(expires) > Date.now() && sameText(signature, this.sign(Number(expires)));
  }

  private sign(expires: number): string {
    return createHmac('sha256', this.key).update(`opensandbox-session:${expires}`).digest('base64url');
  }
}

/** An answer that is made in process finishes but never closes. */
function hasEnded({ writableFinished, destroyed }: Admitted): boolean {
  return writableFinished || destroyed;
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

/**
 * Every value of that name: another server on this host can set one beside ours, with a narrower path, which browsers
 * send first.
 */
function readCookies(header: string | undefined, name: string): string[] {
  const values: string[] = [];
  for (const piece of header?.split(';') ?? []) {
    const equals = piece.indexOf('=');
    if (equals > 0 && piece.slice(0, equals).trim() === name) values.push(piece.slice(equals + 1).trim());
  }
  return values;
}

function sameText(a: string, b: string): boolean {
  const first = Buffer.from(a);
  const second = Buffer.from(b);
  return first.length === second.length && timingSafeEqual(first, second);
}

import { afterEach, describe, expect, it, vi } from 'vitest';
import type { FastifyRequest } from 'fastify';
import { Access, causeOf, refuseForeignHost } from '../../../src-main/http/access';

const TEN_MINUTES_MS = 10 * 60 * 1000;
const THIRTY_ONE_DAYS_MS = 31 * 24 * 3600 * 1000;

/** A request as far as these rules look at it. */
function request(headers: Record<string, string>): FastifyRequest {
  return { headers } as unknown as FastifyRequest;
}

/** An answer or a connection as far as these rules look at it. */
class Open {
  declare readonly headersSent?: boolean;
  writableFinished = false;
  destroyed = false;
  wasCutOff = false;

  constructor(headersSent?: boolean) {
    if (headersSent !== undefined) this.headersSent = headersSent;
  }

  destroy(): void {
    this.destroyed = true;
    this.wasCutOff = true;
  }
}

afterEach(() => {
  vi.useRealTimers();
});

describe('a link token', () => {
  it('works once', () => {
    const access = new Access('key');
    const token = access.newLinkToken();
    expect(access.redeemLinkToken(token)).toBe(true);
    expect(access.redeemLinkToken(token)).toBe(false);
    expect(access.redeemLinkToken('made up')).toBe(false);
  });

  it('works for ten minutes, also where it is the oldest of several', () => {
    vi.useFakeTimers();
    const access = new Access('key');
    const old = access.newLinkToken();
    vi.advanceTimersByTime(TEN_MINUTES_MS - 1000);
    const young = access.newLinkToken();
    vi.advanceTimersByTime(2000);
    expect(access.redeemLinkToken(old)).toBe(false);
    expect(access.redeemLinkToken(young)).toBe(true);
  });
});

describe('a session', () => {
  const host = 'localhost:8080';
  const cookieOf = (access: Access) => access.sessionCookie(request({ host })).split(';')[0] ?? '';

  it('is held by its cookie on its port, with this key only, until it expires', () => {
    vi.useFakeTimers();
    const cookie = cookieOf(new Access('key'));
    expect(new Access('key').holdsSession(request({ host, cookie }))).toBe(true);
    expect(new Access('key').holdsSession(request({ host: 'localhost:9090', cookie }))).toBe(false);
    expect(new Access('other').holdsSession(request({ host, cookie }))).toBe(false);
    // Another server on this host can put a cookie of this name before ours, by a narrower path.
    const shadowed = `opensandbox_session_8080=theirs; ${cookie}`;
    expect(new Access('key').holdsSession(request({ host, cookie: shadowed }))).toBe(true);
    vi.advanceTimersByTime(THIRTY_ONE_DAYS_MS);
    expect(new Access('key').holdsSession(request({ host, cookie }))).toBe(false);
  });
});

describe('a replaced key', () => {
  const withKey = request({ 'open-sandbox-api-key': 'old' });

  it('ends what it had let in and has no end, and lets one answer be given that is owed', () => {
    vi.useFakeTimers();
    const access = new Access('old');
    const stream = new Open(true);
    const socket = new Open();
    const answer = new Open(false);
    for (const each of [stream, socket, answer]) access.check(withKey, each);
    access.replaceKey('new');
    expect([stream.destroyed, socket.destroyed, answer.destroyed]).toEqual([true, true, false]);
    vi.advanceTimersByTime(9_000);
    expect(answer.destroyed).toBe(false);
    vi.advanceTimersByTime(2_000);
    expect(answer.destroyed).toBe(true);
  });

  it.each(['writableFinished', 'destroyed'] as const)(
    'leaves alone what is %s, and what was refused',
    (end) => {
      vi.useFakeTimers();
      const access = new Access('old');
      const ended = new Open(true);
      access.check(withKey, ended);
      ended[end] = true;
      const refused = new Open(true);
      expect(() => access.check(request({}), refused)).toThrow();
      access.replaceKey('new');
      vi.advanceTimersByTime(60_000);
      expect([ended.wasCutOff, refused.wasCutOff]).toEqual([false, false]);
    },
  );

  it('ends what it had let in before and among many that have ended', () => {
    const access = new Access('old');
    const streams: Open[] = [];
    for (let count = 0; count < 1_000; count += 1) {
      const admitted = new Open(true);
      access.check(withKey, admitted);
      if (count % 100 === 0) streams.push(admitted);
      else admitted.writableFinished = true;
    }
    access.replaceKey('new');
    expect(streams.map((stream) => stream.wasCutOff)).toEqual(streams.map(() => true));
  });
});

it('takes the key with blanks around it, and no key that merely has its length', () => {
  const access = new Access('secret');
  expect(() => access.check(request({ 'open-sandbox-api-key': ' secret ' }), new Open(false))).not.toThrow();
  expect(() => access.check(request({ 'open-sandbox-api-key': 'secreT' }), new Open(false))).toThrow(
    expect.objectContaining({ status: 401, code: 'INVALID_API_KEY' }),
  );
});

it.each(['localhost', 'localhost:1', '127.0.0.1:80', '[::1]', '[::1]:8080'])(
  'lets the host %s in',
  (host) => {
    expect(() => refuseForeignHost(request({ host }))).not.toThrow();
  },
);

it.each([
  'example.com',
  'localhost.example.com',
  'xlocalhost',
  '127.0.0.1.example.com',
  'localhost:80@example.com',
])('keeps the host %s out', (host) => {
  expect(() => refuseForeignHost(request({ host }))).toThrow(expect.objectContaining({ status: 403 }));
});

it('tells the GUI from programs', () => {
  expect(causeOf(request({ 'x-opensandbox-client': 'gui' }))).toBe('gui');
  expect(causeOf(request({}))).toBe('api');
});

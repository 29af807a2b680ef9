import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestBackend, TEST_API_KEY, type TestBackend } from '../../support/test-backend';
import { errorOf, exchange, WITH_KEY, type WireAnswer } from './wire';

let test: TestBackend;
let port: number;
beforeAll(async () => {
  test = await createTestBackend();
  await test.backend.listen(0);
  port = Number(new URL(test.backend.address).port);
});
afterAll(() => test.dispose());

/** A call as a browser sends it: the Host names the port, the cookie comes along. */
function browse(line: string, headers: string[] = [], host = `localhost:${port}`): Promise<WireAnswer> {
  return exchange(port, line, { hostHeader: host, headers });
}

async function signIn(path?: string): Promise<{ answer: WireAnswer; link: URL; cookie: string }> {
  const link = new URL(test.backend.createSignInLink(path));
  const answer = await browse(`GET ${link.pathname}${link.search}`);
  return { answer, link, cookie: (answer.headers.get('set-cookie') ?? '').split(';')[0] ?? '' };
}

describe('the API key', () => {
  it.each([
    ['is missing', [], 'MISSING_API_KEY'],
    ['is empty', ['Open-Sandbox-Api-Key:'], 'MISSING_API_KEY'],
    ['is wrong', ['Open-Sandbox-Api-Key: wrong'], 'INVALID_API_KEY'],
    ['is a part of the key', [`Open-Sandbox-Api-Key: ${TEST_API_KEY.slice(0, -1)}`], 'INVALID_API_KEY'],
    ['is sent twice', [...WITH_KEY, ...WITH_KEY], 'INVALID_API_KEY'],
  ])('gives 401 when it %s', async (_how, headers, code) => {
    for (const line of [
      'GET /v1/sandboxes',
      'POST /sandboxes',
      'GET /v1/desktop/events',
      'GET /v1/none',
      'DELETE /v1/sandboxes/x',
      'OPTIONS /v1/sandboxes',
    ]) {
      const answer = await exchange(port, line, { headers });
      expect([answer.status, errorOf(answer).code]).toEqual([401, code]);
    }
  });

  it('is not needed for health, docs and the OpenAPI document, and is in none of them', async () => {
    for (const path of ['/health', '/v1/docs', '/v1/openapi.json']) {
      const answer = await exchange(port, `GET ${path}`, { headers: [] });
      expect(answer.status).toBe(200);
      expect(answer.body).not.toContain(TEST_API_KEY);
    }
  });
});

describe('the sign-in link', () => {
  it('works once, gives a strict HttpOnly cookie, and never holds the key', async () => {
    const { answer, link, cookie } = await signIn();
    expect([answer.status, answer.headers.get('location')]).toEqual([302, '/app/']);
    expect(link.href).not.toContain(TEST_API_KEY);
    const setCookie = answer.headers.get('set-cookie') ?? '';
    expect(setCookie).toMatch(/; HttpOnly/);
    expect(setCookie).toMatch(/; SameSite=Strict/);
    expect(setCookie).not.toContain(TEST_API_KEY);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.headers.get('referrer-policy')).toBe('no-referrer');
    expect((await browse('GET /v1/sandboxes', [`Cookie: ${cookie}`])).status).toBe(200);

    const again = await browse(`GET ${link.pathname}${link.search}`);
    expect(again.status).toBe(401);
    expect(again.headers.has('set-cookie')).toBe(false);
  });

  it('is not used up by a HEAD request', async () => {
    const link = new URL(test.backend.createSignInLink());
    const head = await browse(`HEAD ${link.pathname}${link.search}`);
    expect(head.headers.has('set-cookie')).toBe(false);
    expect((await browse(`GET ${link.pathname}${link.search}`)).status).toBe(302);
  });

  it('lets whoever is signed in go on when it is opened again', async () => {
    const { link, cookie } = await signIn('/app/sandboxes');
    const again = await browse(`GET ${link.pathname}${link.search}`, [`Cookie: ${cookie}`]);
    expect([again.status, again.headers.get('location')]).toEqual([302, '/app/sandboxes']);
  });

  it.each([
    ['/app/snapshots/snap_1?tab=files', '/app/snapshots/snap_1?tab=files'],
    ['https://evil.example/', '/app/'],
    ['//evil.example/', '/app/'],
    ['/\\evil.example/', '/app/'],
    ['/v1/sandboxes', '/app/'],
    ['/application/', '/app/'],
    ['/app/../v1/sandboxes', '/app/'],
    ['/app/ä✓', '/app/%C3%A4%E2%9C%93'],
    ['/app/\r\nSet-Cookie: a=b', '/app/Set-Cookie:%20a=b'],
  ])('to %j leads to %s', async (to, location) => {
    const { answer } = await signIn(to);
    expect([answer.status, answer.headers.get('location')]).toEqual([302, location]);
    expect(answer.headers.get('set-cookie')).toMatch(/^opensandbox_session_\d+=/);
  });

  it.each(['token=', 'token=made-up', '', 'token=a&token=b'])('with ?%s signs nobody in', async (query) => {
    const answer = await browse(`GET /sign-in?${query}`);
    expect([400, 401]).toContain(answer.status);
    expect(answer.headers.has('set-cookie')).toBe(false);
  });
});

describe('the session cookie', () => {
  it('is good on the port it was given for and on no other', async () => {
    const { cookie } = await signIn();
    const [name = '', value = ''] = cookie.split('=');
    expect(name).toBe(`opensandbox_session_${port}`);
    for (const other of ['opensandbox_session_80', 'opensandbox_session', 'session']) {
      expect((await browse('GET /v1/sandboxes', [`Cookie: ${other}=${value}`])).status).toBe(401);
    }
  });

  it('is refused when it is forged, lengthened or expired', async () => {
    const { cookie } = await signIn();
    const [name = '', value = ''] = cookie.split('=');
    const [expires = '', signature = ''] = value.split('.');
    for (const forged of [
      `${Number(expires) + 1000}.${signature}`,
      `${expires}.${signature.slice(0, -2)}xx`,
      `${expires}.`,
      expires,
      '',
      `Infinity.${signature}`,
    ]) {
      expect((await browse('GET /v1/sandboxes', [`Cookie: ${name}=${forged}`])).status).toBe(401);
    }
  });

  it.each([
    ['Origin: http://evil.example'],
    ['Origin: null'],
    ['Sec-Fetch-Site: cross-site'],
    ['Sec-Fetch-Site: same-site'],
  ])('does not help a foreign page (%s)', async (header) => {
    const { cookie } = await signIn();
    const answer = await browse('POST /v1/sandboxes', [`Cookie: ${cookie}`, header]);
    expect([answer.status, errorOf(answer).code]).toEqual([403, 'GENERAL::FORBIDDEN_ORIGIN']);
    const read = await browse('GET /v1/sandboxes', [`Cookie: ${cookie}`, header]);
    expect(read.status).toBe(403);
    expect(read.headers.has('access-control-allow-origin')).toBe(false);
  });

  it('is good for our own pages', async () => {
    const { cookie } = await signIn();
    const own = [
      `Cookie: other=1; ${cookie}`,
      `Origin: http://localhost:${port}`,
      'Sec-Fetch-Site: same-origin',
    ];
    expect((await browse('GET /v1/sandboxes', own)).status).toBe(200);
  });

  it('survives a restart of the server with the same key', async () => {
    const { cookie } = await signIn();
    const before = port;
    await test.restart();
    await test.backend.listen(before);
    expect((await browse('GET /v1/sandboxes', [`Cookie: ${cookie}`])).status).toBe(200);
  });
});

describe('the Host header', () => {
  it.each(['localhost', 'LOCALHOST:1', '127.0.0.1:8080', '[::1]:8080'])('may be %s', async (host) => {
    expect((await browse('GET /health', [], host)).status).toBe(200);
  });

  it.each([
    'evil.example',
    'localhost.evil.example',
    'evil.example:8080',
    '169.254.169.254',
    '127.0.0.1.nip.io',
    '',
  ])('may not be "%s", whatever the key', async (host) => {
    for (const path of ['/health', '/v1/sandboxes', '/sign-in?token=x', '/v1/docs', '/app/', '/none']) {
      const answer = await browse(`GET ${path}`, WITH_KEY, host);
      expect([answer.status, errorOf(answer).code]).toEqual([403, 'GENERAL::FORBIDDEN_HOST']);
      expect(answer.headers.get('x-request-id')).toBeDefined();
    }
  });
});

import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Session, WebContents } from 'electron';
import { guardContents, guardSession, isAllowedExternally } from '../../../src-main/desktop/security-guards';
import { SessionDouble, makeWebContents, recorded, resetDouble } from './electron-double';

vi.mock('electron', () => import('./electron-double'));

const ADDRESS = 'http://localhost:8080';

beforeEach(resetDouble);

describe('navigation', () => {
  /** True when the guard let it pass. */
  function navigate(event: 'will-frame-navigate' | 'will-redirect', url: string): boolean {
    const contents = makeWebContents();
    guardContents(contents as unknown as WebContents, () => ADDRESS);
    let passed = true;
    contents.emit(event, { url, preventDefault: () => (passed = false) });
    return passed;
  }

  it('stays within our own origin', () => {
    expect(navigate('will-frame-navigate', 'app://opensandbox/app/settings')).toBe(true);
    expect(navigate('will-redirect', 'app://opensandbox/app/')).toBe(true);
  });

  it.each([
    'https://example.com/',
    'http://localhost:8080/app/',
    'app://other/app/',
    'app://opensandbox.example.com/',
    'app://opensandbox:1/app/',
    'file:///etc/passwd',
    'data:text/html,x',
    'javascript:alert(1)',
    'about:blank',
    'not a url',
  ])('refuses %s, also as a redirect', (url) => {
    expect(navigate('will-frame-navigate', url)).toBe(false);
    expect(navigate('will-redirect', url)).toBe(false);
  });

  it('never attaches a webview', () => {
    const contents = makeWebContents();
    guardContents(contents as unknown as WebContents, () => ADDRESS);
    let prevented = false;
    contents.emit('will-attach-webview', { preventDefault: () => (prevented = true) });
    expect(prevented).toBe(true);
  });

  it('opens no window, and allowed links in the default browser', () => {
    const contents = makeWebContents();
    guardContents(contents as unknown as WebContents, () => ADDRESS);
    const urls = [
      'https://docs.docker.com/engine/install/',
      `${ADDRESS}/v1/docs`,
      'https://evil.example/',
      'file:///x',
    ];
    const actions = urls.map((url) => contents.openHandler?.({ url }).action);
    expect(actions).toEqual(['deny', 'deny', 'deny', 'deny']);
    expect(recorded.openedExternally).toEqual(urls.slice(0, 2));
  });
});

describe('links that may leave the window', () => {
  it.each([
    ['https://docs.docker.com/', true],
    ['http://docs.docker.com/', false],
    ['https://docs.docker.com.evil.example/', false],
    ['https://user:pass@docs.docker.com/', false],
    ['http://localhost:8080/v1/docs', true],
    ['http://localhost:8081/', false],
    ['smb://server/share', false],
    ['ms-settings:', false],
    ['', false],
  ])('%s: %s', (url, allowed) => {
    expect(isAllowedExternally(url, ADDRESS)).toBe(allowed);
  });
});

describe('permissions', () => {
  const guarded = () => {
    const session = new SessionDouble();
    guardSession(session as unknown as Session);
    return session;
  };

  it.each([
    ['clipboard-sanitized-write', 'app://opensandbox/app/', true],
    ['notifications', 'app://opensandbox/app/', true],
    ['clipboard-read', 'app://opensandbox/app/', false],
    ['media', 'app://opensandbox/app/', false],
    ['openExternal', 'app://opensandbox/app/', false],
    ['fullscreen', 'app://opensandbox/app/', false],
    ['notifications', 'https://example.com/', false],
    ['notifications', '', false],
  ])('%s for %s: %s', (permission, url, granted) => {
    const session = guarded();
    let answer: boolean | undefined;
    session.permissionRequest?.({}, permission, (value) => (answer = value), { requestingUrl: url });
    expect(answer).toBe(granted);
    expect(session.permissionCheck?.({}, permission, url)).toBe(granted);
  });

  it('gives no device and no screen', () => {
    const session = guarded();
    expect(session.devicePermission?.()).toBe(false);
    expect(session.displayMedia).toBeTypeOf('function');
  });
});

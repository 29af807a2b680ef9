import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { registerAppScheme, serveAppScheme } from '../../../src-main/desktop/app-protocol';
import { BackendHost } from '../../../src-main/desktop/backend-host';
import { AppError } from '../../../src-main/errors';
import { protocol, recorded, resetDouble } from './electron-double';
import { type SmallBackend, makeSmallBackend } from './small-backend';

vi.mock('electron', () => import('./electron-double'));

const PAGE = { headers: { accept: 'text/html' } };

let dir: string;
let backend: SmallBackend;

beforeEach(async () => {
  resetDouble();
  dir = mkdtempSync(join(tmpdir(), 'osb-protocol-'));
  backend = await makeSmallBackend(dir);
});
afterEach(async () => {
  await backend.close();
  rmSync(dir, { recursive: true });
});

function serve(host: BackendHost): (url: string, init?: RequestInit) => Promise<Response> {
  serveAppScheme(protocol, host);
  const handler = recorded.protocolHandlers.get('app');
  if (handler === undefined) throw new Error('app:// was not handled');
  return (url, init) => handler(new Request(url, init));
}

describe('the app:// scheme', () => {
  it('is a secure web origin that bypasses nothing', () => {
    registerAppScheme();
    const privileges = recorded.privileged[0]?.privileges;
    expect(privileges).toMatchObject({ standard: true, secure: true, supportFetchAPI: true, stream: true });
    expect(privileges).not.toHaveProperty('bypassCSP');
    expect(privileges).not.toHaveProperty('allowServiceWorkers');
  });

  it('waits for the backend instead of failing while it starts', async () => {
    let started: (value: SmallBackend) => void = () => undefined;
    const ask = serve(new BackendHost(() => new Promise((resolve) => (started = resolve))));
    const answer = ask('app://opensandbox/app/', PAGE);
    started(backend);
    expect(await (await answer).text()).toBe('<h1>GUI</h1>');
  });

  it('serves no other host', async () => {
    const ask = serve(new BackendHost(() => Promise.resolve(backend)));
    expect((await ask('app://elsewhere/app/', PAGE)).status).toBe(404);
  });

  it('says in the window why the server could not start, and starts it again on the next try', async () => {
    let starts = 0;
    const create = () => {
      starts += 1;
      const held = new AppError(409, 'STORE::LOCKED', 'Process 7 <headless> holds the data folder. Stop it.');
      return starts === 1 ? Promise.reject(held) : Promise.resolve(backend);
    };
    const ask = serve(new BackendHost(create));
    const failed = await ask('app://opensandbox/app/', PAGE);
    const text = await failed.text();
    expect(failed.status).toBe(503);
    expect(text).toContain('Process 7 &lt;headless&gt; holds the data folder. Stop it.');
    expect(text).not.toContain('<script');
    expect(failed.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(await (await ask('app://opensandbox/app/', PAGE)).text()).toBe('<h1>GUI</h1>');
  });

  it('answers data requests with the error shape of the API', async () => {
    const held = new AppError(409, 'STORE::LOCKED', 'Held. Stop it.');
    const ask = serve(new BackendHost(() => Promise.reject(held)));
    const answer = await ask('app://opensandbox/v1/desktop/status');
    expect(answer.status).toBe(409);
    expect(await answer.json()).toEqual({ code: 'STORE::LOCKED', message: 'Held. Stop it.' });
  });

  it('closes a backend that was still starting', async () => {
    let started: (value: SmallBackend) => void = () => undefined;
    const host = new BackendHost(() => new Promise((resolve) => (started = resolve)));
    const ready = host.ready();
    const closing = host.close();
    started(backend);
    await Promise.all([ready, closing]);
    expect(backend.closed).toBe(true);
    await expect(host.ready()).rejects.toThrow('quitting');
  });
});

import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startServerProcess, type ServerProcess } from '../../support/server-process';

let dataDir: string;
let server: ServerProcess;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'opensandbox-test-'));
  server = await startServerProcess({ dataDir });
});
afterAll(async () => {
  await server.end('SIGTERM');
  await rm(dataDir, { recursive: true, force: true });
});

const keyFile = () => join(dataDir, 'api-key');
const key = async () => (await readFile(keyFile(), 'utf8')).trim();
const address = () => `http://localhost:${server.port}`;
const withKey = async (secret: string) =>
  (await fetch(`${address()}/v1/sandboxes`, { headers: { 'OPEN-SANDBOX-API-KEY': secret } })).status;
const withCookie = async (cookie: string) =>
  (await fetch(`${address()}/v1/sandboxes`, { headers: { Cookie: cookie } })).status;
const cookieOf = (answer: Response) => (answer.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
const rotate = (headers: Record<string, string>) =>
  fetch(`${address()}/v1/desktop/api-key/rotate`, { method: 'POST', headers });

describe('a replaced API key', () => {
  it('opens at once and alone, lies in the file for its owner only, and keeps the browser that asked', async () => {
    const old = await key();
    const cookie = cookieOf(await fetch(server.gui, { redirect: 'manual' }));
    expect([await withKey(old), await withCookie(cookie)]).toEqual([200, 200]);

    const answer = await rotate({ Cookie: cookie });
    expect(answer.status).toBe(204);
    const fresh = await key();
    expect(fresh).not.toBe(old);
    expect((await stat(keyFile())).mode & 0o777).toBe(0o600);
    expect([await withKey(old), await withKey(fresh)]).toEqual([401, 200]);
    expect([await withCookie(cookie), await withCookie(cookieOf(answer))]).toEqual([401, 200]);
    const activity = await fetch(`${address()}/v1/desktop/activity`, {
      headers: { 'OPEN-SANDBOX-API-KEY': fresh },
    });
    expect(await activity.text()).not.toContain(fresh);
    expect(server.errors()).not.toContain(fresh);
  });

  it('is in no diagnostics, which tell the rest', async () => {
    const secret = await key();
    const answer = await fetch(`${address()}/v1/desktop/diagnostics`, {
      headers: { 'OPEN-SANDBOX-API-KEY': secret },
    });
    expect(answer.headers.get('content-disposition')).toBe(
      'attachment; filename="opensandbox-diagnostics.json"',
    );
    const text = await answer.text();
    expect(text).not.toContain(secret);
    expect(Object.keys(JSON.parse(text) as object)).toEqual(['status', 'settings', 'tasks', 'activity']);
  });

  it('sets no cookie for a program, and needs the key itself', async () => {
    const before = await key();
    expect((await rotate({})).status).toBe(401);
    expect(await key()).toBe(before);
    const answer = await rotate({ 'OPEN-SANDBOX-API-KEY': before });
    expect([answer.status, answer.headers.get('set-cookie')]).toEqual([204, null]);
    expect(await withKey(before)).toBe(401);
  });

  it('is refused where the environment gives it', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'opensandbox-test-'));
    const given = await startServerProcess({
      dataDir: folder,
      environment: { OPEN_SANDBOX_API_KEY: 'given' },
    });
    try {
      const answer = await fetch(`http://localhost:${given.port}/v1/desktop/api-key/rotate`, {
        method: 'POST',
        headers: { 'OPEN-SANDBOX-API-KEY': 'given' },
      });
      expect(answer.status).toBe(409);
      expect(((await answer.json()) as { code: string }).code).toBe('SERVER::KEY_FROM_ENVIRONMENT');
    } finally {
      await given.end('SIGTERM');
      await rm(folder, { recursive: true, force: true });
    }
  });
});

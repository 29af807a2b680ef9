import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';

const API_KEY = 'lonely-key';
/** The usual sockets of engines lie below /run; the server sees an empty one. */
const HIDE_ENGINES = 'mount -t tmpfs none /run && exec "$@"';

/** A server process that can find no engine but the one its environment names. */
export interface LonelyServer {
  /** Link with a single-use sign-in token. */
  gui: string;
  /** @throws unless the answer has the expected status. */
  call<T>(status: number, method: string, path: string, body?: unknown): Promise<T>;
  dispose(): Promise<void>;
}

/** Starts it in a mount namespace of its own, since the product goes on with any other engine that it finds. */
export async function startLonelyServer(environment: NodeJS.ProcessEnv): Promise<LonelyServer> {
  const dataDir = await mkdtemp(join(tmpdir(), 'opensandbox-test-'));
  const server = [process.execPath, resolve('out/main/headless.js')];
  const child = spawn(
    'unshare',
    ['--mount', 'sh', '-c', HIDE_ENGINES, 'sh', ...server, '--json', '--port', '0', '--data-dir', dataDir],
    { env: { ...environment, OPEN_SANDBOX_API_KEY: API_KEY }, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const ended = once(child, 'exit');
  const line = await Promise.race([once(createInterface({ input: child.stdout }), 'line'), ended]);
  if (child.exitCode !== null) throw new Error(`The server ended with ${child.exitCode}.`);
  const ready = JSON.parse(String(line[0])) as { api: string; gui: string };
  return {
    gui: ready.gui,
    async call<T>(status: number, method: string, path: string, body?: unknown): Promise<T> {
      const response = await fetch(`${ready.api}${path}`, {
        method,
        headers: { 'OPEN-SANDBOX-API-KEY': API_KEY, 'Content-Type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      if (response.status !== status) throw new Error(`${method} ${path}: ${response.status} ${text}`);
      return (text === '' ? undefined : JSON.parse(text)) as T;
    },
    async dispose() {
      child.kill('SIGTERM');
      await ended;
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const REGISTRY_USER = { username: 'somebody', password: 'right-password' };
/** bcrypt of that password, as the registry wants it. */
const HTPASSWD = `somebody:$2b$04$ftaqYBVpxHTiKn2GTLTXl.B91fnSMr0rLTfiIX0RpjQ43pW.qtnIa\n`;

/** A real registry (Debian's docker-registry) on loopback, which engines take without TLS; it wants a password. */
export interface TestRegistry {
  /** `127.0.0.1:port` */
  host: string;
  /** Where its blobs lie. */
  storage: string;
  child: ChildProcess;
  /** A folder for `DOCKER_CONFIG` that knows the password. */
  dockerConfig: string;
  /** Asks its HTTP API; `path` is below `/v2/`. */
  read(path: string): Promise<Response>;
  stop(): Promise<void>;
}

export async function startRegistry(): Promise<TestRegistry> {
  const folder = await mkdtemp(join(tmpdir(), 'opensandbox-registry-'));
  const storage = join(folder, 'storage');
  const dockerConfig = join(folder, 'docker');
  await mkdir(dockerConfig);
  await writeFile(join(folder, 'htpasswd'), HTPASSWD);
  await writeFile(join(folder, 'config.yml'), configuration(folder, storage));
  const child = spawn('docker-registry', ['serve', join(folder, 'config.yml')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const host = `127.0.0.1:${await portOf(child)}`;
  const basic = Buffer.from(`${REGISTRY_USER.username}:${REGISTRY_USER.password}`).toString('base64');
  await writeFile(join(dockerConfig, 'config.json'), JSON.stringify({ auths: { [host]: { auth: basic } } }));
  return {
    host,
    storage,
    child,
    dockerConfig,
    read: (path) =>
      fetch(`http://${host}/v2/${path}`, {
        headers: {
          authorization: `Basic ${basic}`,
          accept: 'application/vnd.docker.distribution.manifest.v2+json',
        },
      }),
    async stop() {
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function configuration(folder: string, storage: string): string {
  return `version: 0.1
storage: { filesystem: { rootdirectory: ${storage} } }
http: { addr: '127.0.0.1:0' }
auth: { htpasswd: { realm: test, path: ${join(folder, 'htpasswd')} } }
`;
}

/** It writes where it listens to its log. */
async function portOf(child: ChildProcess): Promise<string> {
  let log = '';
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`The registry ended with ${String(code)}: ${log}`)));
    child.stderr?.on('data', (chunk: Buffer) => {
      log += chunk.toString();
      const port = /listening on 127\.0\.0\.1:(\d+)/.exec(log)?.[1];
      if (port !== undefined) resolve(port);
    });
  });
}

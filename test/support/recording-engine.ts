import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectionOptions, discoverEngine } from '../../src-main/engine/discovery';

/** The real engine behind a socket of our own that sees what it is asked. */
export interface RecordingEngine {
  /** For `DOCKER_HOST`. */
  endpoint: string;
  /** How often a request line that contains this was seen. */
  count(part: string): number;
  /** Connections that are open now and have asked for this. */
  open(part: string): number;
  stop(): Promise<void>;
}

export async function startRecordingEngine(): Promise<RecordingEngine> {
  const engine = await engineSocket();
  const folder = await mkdtemp(join(tmpdir(), 'opensandbox-engine-'));
  const path = join(folder, 'docker.sock');
  const asked: string[] = [];
  const open = new Map<Socket, string[]>();
  const server = createServer((client) => {
    const upstream = connect(engine);
    const requests: string[] = [];
    open.set(client, requests);
    client.on('data', (chunk) => {
      for (const [line] of chunk.toString('latin1').matchAll(/^[A-Z]+ \/\S* HTTP\/1\.1/gm)) {
        asked.push(line);
        requests.push(line);
      }
    });
    const close = () => {
      open.delete(client);
      client.destroy();
      upstream.destroy();
    };
    for (const each of [client, upstream]) each.on('error', close).on('close', close);
    client.pipe(upstream);
    upstream.pipe(client);
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return {
    endpoint: `unix://${path}`,
    count: (part) => asked.filter((line) => line.includes(part)).length,
    open: (part) => [...open.values()].filter((lines) => lines.some((line) => line.includes(part))).length,
    async stop() {
      for (const client of open.keys()) client.destroy();
      await new Promise((resolve) => server.close(resolve));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Where the engine of these tests listens. */
export async function engineSocket(
  environment = process.env,
): Promise<{ path: string } | { host: string; port: number }> {
  const { chosen } = await discoverEngine(environment, process.platform);
  if (chosen === undefined) throw new Error('These tests need a running Docker engine; npm test starts one.');
  const options = connectionOptions(chosen.endpoint, environment);
  return 'socketPath' in options ? { path: options.socketPath } : { host: options.host, port: options.port };
}

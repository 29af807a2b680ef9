import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { RequestOptions } from 'node:http';
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';

const AUTOCANNON = resolve('node_modules/autocannon/autocannon.js');

export interface Load {
  requestsPerSecond: number;
  failures: number;
}

/** A server in its own process. */
export interface ChildServer {
  port: number;
  url: string;
  end(): Promise<void>;
}

/** A bare Fastify route. */
export function startBareRoute(): Promise<ChildServer> {
  return childServer('bare-route-server.mjs', [], '/snapshots/snap_1');
}

/** A proxy that does nothing but pass on: what any proxy costs here. */
export function startEmptyProxy(to: RequestOptions): Promise<ChildServer> {
  return childServer('empty-proxy.mjs', [JSON.stringify(to)], '');
}

async function childServer(name: string, args: string[], path: string): Promise<ChildServer> {
  const child = program(name, args);
  const [line] = (await once(child.stdout ?? child, 'data')) as [Buffer];
  const port = Number(line.toString());
  return {
    port,
    url: `http://127.0.0.1:${port}${path}`,
    async end() {
      const exit = once(child, 'exit');
      child.kill();
      await exit;
    },
  };
}

/** Milliseconds of the answers to GETs that were asked until `stop`, one list per group of addresses. */
export function sampleGets(groups: { urls: string[]; headers: Record<string, string> }[]): {
  stop(): Promise<number[][]>;
} {
  const child = program('get-sampler.mjs', [JSON.stringify(groups)]);
  const output = child.stdout === null ? Promise.resolve('') : text(child.stdout);
  return {
    async stop() {
      child.stdin?.end();
      return JSON.parse(await output) as number[][];
    },
  };
}

/** Asks one address over 16 connections as fast as it answers, by a load generator in its own process. */
export async function load(url: string, headers: Record<string, string>, seconds: number): Promise<Load> {
  const given = Object.entries(headers).flatMap(([name, value]) => ['-H', `${name}=${value}`]);
  const child = spawn(
    process.execPath,
    [AUTOCANNON, '-c', '16', '-d', String(seconds), '-j', '-n', ...given, url],
    { stdio: ['ignore', 'pipe', 'ignore'] },
  );
  // autocannon's own JSON output; against a dead server only `errors` tells.
  const result = JSON.parse(await text(child.stdout)) as {
    requests: { average: number };
    errors: number;
    non2xx: number;
  };
  return { requestsPerSecond: result.requests.average, failures: result.errors + result.non2xx };
}

function program(name: string, args: string[]): ChildProcess {
  return spawn(process.execPath, [resolve('test/bench/support', name), ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
}

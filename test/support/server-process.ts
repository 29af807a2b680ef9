import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';

/** A real headless server in its own process, for what only a process can show: crashes, signals, ports. */
export interface ServerProcess {
  child: ChildProcess;
  api: string;
  gui: string;
  port: number;
  /** Everything it wrote to standard error. */
  errors(): string;
  /** Sends a signal and waits for the end; answers the exit code, or the signal's name. */
  end(signal: NodeJS.Signals): Promise<number | string>;
}

/** Starts `out/main/headless.js` (built by `npm test`) and waits for its ready line. */
export async function startServerProcess(options: {
  dataDir: string;
  port?: number;
  environment?: NodeJS.ProcessEnv;
  logLevel?: string;
  /** A shell line that comes before it in the same process, as to limit that. */
  preparation?: string;
}): Promise<ServerProcess> {
  const server = [process.execPath, resolve('out/main/headless.js'), '--json'];
  const choices = ['--data-dir', options.dataDir, '--log-level', options.logLevel ?? 'warn'];
  const [program = '', ...words] = [
    ...(options.preparation === undefined ? [] : ['sh', '-c', `${options.preparation} && exec "$0" "$@"`]),
    ...[...server, ...choices, '--port', String(options.port ?? 0)],
  ];
  const child = spawn(program, words, {
    env: { ...process.env, ...options.environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  const ready = await new Promise<{ api: string; gui: string; port: number }>((resolveReady, reject) => {
    createInterface({ input: child.stdout }).once('line', (line) =>
      resolveReady(JSON.parse(line) as { api: string; gui: string; port: number }),
    );
    child.once('exit', (code) => reject(new Error(`The server ended with ${code ?? 'a signal'}: ${errors}`)));
  });
  return {
    child,
    ...ready,
    errors: () => errors,
    async end(signal) {
      if (child.exitCode !== null) return child.exitCode;
      const exit = once(child, 'exit');
      child.kill(signal);
      const [code, by] = (await exit) as [number | null, string | null];
      return code ?? by ?? 'unknown';
    },
  };
}

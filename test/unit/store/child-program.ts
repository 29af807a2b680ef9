import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { onTestFinished } from 'vitest';
import { build } from 'vite';
import { createFolder } from './store-folder';

/** A started program; killed when the test ends. */
export interface Child {
  process: ChildProcessByStdio<null, Readable, Readable>;
  /** Its standard output line by line; ends with the process. */
  lines: AsyncIterableIterator<string>;
  exited: Promise<void>;
}

/** Bundles a TypeScript program of this folder into one file that plain Node runs. */
export async function bundleProgram(name: string): Promise<string> {
  const outDir = await createFolder();
  await build({
    configFile: false,
    logLevel: 'error',
    ssr: { noExternal: true },
    build: {
      ssr: join(import.meta.dirname, name),
      outDir,
      rolldownOptions: { output: { entryFileNames: 'program.mjs' } },
    },
  });
  return join(outDir, 'program.mjs');
}

/** Starts a bundled program as a process of its own. */
export function startChild(program: string, args: readonly string[]): Child {
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  child.stderr.on('data', (text: Buffer) => process.stderr.write(text));
  const exited = new Promise<void>((resolve) => child.once('close', () => resolve()));
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await exited;
  });
  return { process: child, lines: createInterface({ input: child.stdout })[Symbol.asyncIterator](), exited };
}

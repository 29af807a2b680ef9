import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { pauseProgram } from '../../../src-main/engine/pause-program';
import { isStaticExecutable } from '../../../src-main/engine/static-busybox';

const NAMES: Partial<Record<NodeJS.Architecture, string>> = { x64: 'amd64', arm64: 'arm64' };

async function withFile<T>(program: Buffer, use: (path: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'opensandbox-pause-'));
  try {
    const path = join(folder, 'pause');
    await writeFile(path, program, { mode: 0o755 });
    return await use(path);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

describe('the program that waits', () => {
  it.each(['amd64', 'arm64'])('is a whole program of its own for %s', async (architecture) => {
    const program = pauseProgram(architecture) ?? Buffer.alloc(0);
    expect(program.length).toBeLessThan(200);
    expect(await withFile(program, isStaticExecutable)).toBe(true);
  });

  it.runIf(process.platform === 'linux')('runs on this machine until it is killed', async () => {
    const program = pauseProgram(NAMES[process.arch] ?? '') ?? Buffer.alloc(0);
    await withFile(program, async (path) => {
      const ended = new Promise<string>((resolve) => {
        const child = execFile(path, (error) => resolve(`${String(error?.signal)} ${String(error?.code)}`));
        child.once('spawn', () => child.kill('SIGKILL'));
      });
      expect(await ended).toBe('SIGKILL null');
    });
  });

  it('is not made for a processor that is not known', () => {
    expect(pauseProgram('riscv64')).toBeUndefined();
  });
});

import { once } from 'node:events';
import { Readable } from 'node:stream';
import { expect, it } from 'vitest';
import type { CommandRunner, RunningCommand } from '../../../../src-main/exec/exec-types';
import { readBlocks } from '../../../../src-main/exec/files/shell-streams';
import type { SandboxTarget } from '../../../../src-main/exec/sandbox-target';

it('ends the command that reads a part of a file when nobody begins to read it', async () => {
  const signals: string[] = [];
  const command: RunningCommand = {
    stdout: new Readable({ read: () => undefined }),
    stderr: new Readable({ read: () => undefined }),
    exit: new Promise(() => undefined),
    kill: (signal) => Promise.resolve(void signals.push(signal)),
  };
  // Nothing else of either is used.
  const runner = { start: () => Promise.resolve(command) } as unknown as CommandRunner;
  const target = { sandboxId: 'sbx_x' } as SandboxTarget;
  const content = await readBlocks(runner, target, '/large', { start: 5, length: 10 });
  content.destroy();
  await once(content, 'close');
  expect(signals).toEqual(['KILL']);
});

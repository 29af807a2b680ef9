import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Changes } from '../../../src-main/activity/changes';
import { CommandService } from '../../../src-main/exec/command-service';
import type { CommandRunner } from '../../../src-main/exec/exec-types';
import type { SandboxRegistry } from '../../../src-main/sandboxes/sandbox-registry';
import { waitFor } from '../../support/wait-for';

const KEPT = 1_000;

let folder: string;
let existing: Set<string>;
let changes: Changes;
let service: CommandService;
/** What the next command prints instead of its own text. */
let endless: PassThrough | undefined;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'opensandbox-commands-'));
  existing = new Set(['one', 'two']);
  changes = new Changes();
  // Only its records are asked, and only whether one is there.
  const records = { get: (id: string) => (existing.has(id) ? {} : undefined) };
  const registry = { records } as unknown as SandboxRegistry;
  service = new CommandService({ runner: shortCommands, registry, changes, logFolder: join(folder, 'logs') });
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Every command prints its own text and ends. */
const shortCommands: CommandRunner = {
  start: (_sandboxId, { command }) => {
    const stdout = endless ?? new PassThrough().end(command);
    const stderr = new PassThrough();
    stderr.end();
    return Promise.resolve({
      stdout,
      stderr,
      exit: Promise.resolve({ code: 0 }),
      kill: () => Promise.resolve(),
    });
  },
  runHelper: () => Promise.reject(new Error('not asked for here')),
  hasShell: () => Promise.resolve(true),
};

/** In a function of its own, so that nothing here holds on to the command. */
async function runAndLetGo(): Promise<{ execution: string; stdout: WeakRef<object> }> {
  const execution = await service.run('one', { command: 'kept' });
  await execution.outcome;
  return { execution: execution.id, stdout: new WeakRef(execution.command.stdout) };
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const logsOf = (id: string) => readdir(join(folder, 'logs', id)).catch(() => undefined);

describe('what is kept of commands', () => {
  it('is the latest thousand, with their logs and no others', async () => {
    const ids: string[] = [];
    for (let i = 0; i < KEPT + 50; i += 1) {
      ids.push((await service.runInBackground('one', { command: `number ${i}` })).id);
    }
    await waitFor('the logs of the oldest to go', async () =>
      (await logsOf('one'))?.length === KEPT ? true : undefined,
    );
    expect(() => service.status('one', ids[0] ?? '')).toThrow(/no command/);
    expect(() => service.log('one', ids[49] ?? '')).toThrow(/no background command/);
    expect(service.status('one', ids.at(-1) ?? '').content).toBe(`number ${KEPT + 49}`);
  }, 60_000);

  it('is its status alone once it has ended, not the streams it was sent with', async () => {
    const { execution, stdout } = await runAndLetGo();
    await waitFor('its streams to be let go of', () => {
      collectGarbage();
      return stdout.deref() === undefined ? true : undefined;
    });
    expect(service.status('one', execution)).toMatchObject({
      content: 'kept',
      isRunning: false,
      result: { code: 0 },
    });
  });

  it('goes with the sandbox, folder and all, and leaves other sandboxes alone', async () => {
    await service.runInBackground('one', { command: 'a' });
    const { id } = await service.runInBackground('two', { command: 'b' });
    existing.delete('one');
    changes.emit('sandbox', 'one');
    await waitFor('its folder to go', async () => ((await logsOf('one')) === undefined ? true : undefined));
    expect(await logsOf('two')).toEqual([id]);
  });

  it('goes also while a command prints without end', async () => {
    const printing = new PassThrough();
    endless = printing;
    const { id } = await service.runInBackground('one', { command: 'yes' });
    endless = undefined;
    const more = setInterval(() => printing.write(Buffer.alloc(64 * 1024, 'y\n')), 1).unref();
    await waitFor('some of it to be kept', () => (service.log('one', id).size > 0 ? true : undefined));
    existing.delete('one');
    changes.emit('sandbox', 'one');
    await waitFor('its folder to go', async () => ((await logsOf('one')) === undefined ? true : undefined));
    clearInterval(more);
    printing.end();
    expect(await logsOf('one')).toBeUndefined();
  });

  it('is nothing of a command that was being started when its sandbox was deleted', async () => {
    const starting = service.runInBackground('one', { command: 'late' });
    existing.delete('one');
    changes.emit('sandbox', 'one');
    const { id } = await starting;
    await waitFor('its folder to go', async () => ((await logsOf('one')) === undefined ? true : undefined));
    expect(() => service.status('one', id)).toThrow(/no command/);
  });
});

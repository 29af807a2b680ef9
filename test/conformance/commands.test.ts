import type { Execution, Sandbox, ServerStreamEvent } from '@alibaba-group/opensandbox';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waitFor } from '../support/wait-for';
import { failure, kinds, OfficialSdk } from './official-sdk';

let sdk: OfficialSdk;
beforeAll(async () => {
  sdk = await OfficialSdk.start();
});
afterAll(() => sdk.stop());

const out = (execution: Execution) => execution.logs.stdout.map((each) => each.text);
const err = (execution: Execution) => execution.logs.stderr.map((each) => each.text);
const all = await kinds();

describe.each(all.filter((kind) => kind.hasShell))('commands in $name', (kind) => {
  let sandbox: Sandbox;
  beforeAll(async () => {
    sandbox = await sdk.createOf(kind, { env: { FROM_CREATE: 'created' } });
  });
  afterAll(() => sandbox.kill());

  it('keep stdout, stderr and the exit code apart', async () => {
    const good = await sandbox.commands.run('echo hi; echo oops >&2; echo again');
    expect(out(good)).toEqual(['hi', 'again']);
    expect(err(good)).toEqual(['oops']);
    expect(good.exitCode).toBe(0);
    expect(good.id).toBeTruthy();
    expect(good.complete?.executionTimeMs).toBeGreaterThanOrEqual(0);
    expect(good.error).toBeUndefined();

    const bad = await sandbox.commands.run('echo before; exit 7');
    expect(out(bad)).toEqual(['before']);
    expect(bad.exitCode).toBe(7);
    expect(bad.error).toMatchObject({ name: 'CommandExecError', value: '7' });
    expect(bad.complete).toBeUndefined();
    const missing = await sandbox.commands.run('no-such-program-here');
    expect(missing.exitCode).toBe(127);
    expect(err(missing).join('\n')).toContain('no-such-program-here');
  });

  it('run where, as whom and with what they are told', async () => {
    const run = await sandbox.commands.run('pwd; echo "$FROM_CREATE $FROM_RUN"; id -u; id -g', {
      workingDirectory: '/tmp',
      envs: { FROM_RUN: 'it\'s "quoted" $HOME' },
      uid: 12_345,
      gid: 23_456,
    });
    expect(out(run)).toEqual(['/tmp', `created it's "quoted" $HOME`, '12345', '23456']);
    expect(out(await sandbox.commands.run('echo "[$FROM_RUN]"'))).toEqual(['[]']);
    const refused = await failure(sandbox.commands.run('pwd', { workingDirectory: '/nowhere' }));
    expect(refused).toMatchObject({ statusCode: 400, error: { code: 'INVALID_REQUEST_BODY' } });
    await expect(sandbox.commands.run('id', { gid: 1 })).rejects.toThrow();
    await expect(sandbox.commands.run('   ')).rejects.toThrow();
  });

  it('tell their output as it comes, to handlers and as a stream', async () => {
    const seen: string[] = [];
    const run = await sandbox.commands.run(
      'echo one; sleep 0.3; echo two >&2; exit 3',
      {},
      {
        onInit: () => void seen.push('init'),
        onStdout: ({ text }) => void seen.push(`out ${text}`),
        onStderr: ({ text }) => void seen.push(`err ${text}`),
        onError: ({ value }) => void seen.push(`error ${value}`),
        onExecutionComplete: () => void seen.push('complete'),
        skipAccumulation: true,
      },
    );
    expect(seen).toEqual(['init', 'out one', 'err two', 'error 3']);
    expect(run.logs.stdout).toEqual([]);

    const events: ServerStreamEvent[] = [];
    for await (const event of sandbox.commands.runStream('echo streamed')) events.push(event);
    const types = events.map(({ type }) => type).filter((type) => type !== 'ping');
    expect(types).toEqual(['init', 'stdout', 'execution_complete']);
    for (const { timestamp } of events) expect(Number.isInteger(timestamp)).toBe(true);
  });

  it('are killed with all their children when their time is up', async () => {
    const started = Date.now();
    const run = await sandbox.commands.run('sleep 77.7 & sleep 77.7; echo never', { timeoutSeconds: 1 });
    expect(Date.now() - started).toBeLessThan(5_000);
    expect(run.exitCode).not.toBe(0);
    expect(out(run)).toEqual([]);
    expect(out(await sandbox.commands.run('ps 2>/dev/null | grep -c "[s]leep 77" || true'))).toEqual(['0']);
  });

  it('run in the background, with a status and a log that is read piece by piece', async () => {
    // It ends only when told to, so a call that waited for its end would never return.
    const command = 'echo first; until [ -e /tmp/go-on ]; do sleep 0.05; done; echo second >&2; exit 4';
    const run = await sandbox.commands.run(command, { background: true });
    expect(run.exitCode ?? null).toBeNull();
    const id = run.id ?? '';
    expect(await sandbox.commands.getCommandStatus(id)).toMatchObject({ id, running: true });
    const first = await waitFor('the first line', async () => {
      const logs = await sandbox.commands.getBackgroundCommandLogs(id);
      return logs.content.includes('first') ? logs : undefined;
    });
    await sandbox.commands.run('touch /tmp/go-on');
    const ended = await waitFor('the end', async () => {
      const status = await sandbox.commands.getCommandStatus(id);
      return status.running === false ? status : undefined;
    });
    expect(ended).toMatchObject({ exitCode: 4 });
    expect(ended.startedAt).toBeInstanceOf(Date);
    expect(ended.finishedAt).toBeInstanceOf(Date);
    const rest = await sandbox.commands.getBackgroundCommandLogs(id, first.cursor);
    expect(first.content + rest.content).toBe('first\nsecond\n');
    const nothing = await sandbox.commands.getBackgroundCommandLogs(id, rest.cursor);
    expect(nothing).toMatchObject({ content: '', cursor: rest.cursor });
    expect((await failure(sandbox.commands.getCommandStatus('no-such-command'))).statusCode).toBe(404);
    expect((await failure(sandbox.commands.getBackgroundCommandLogs('no-such'))).statusCode).toBe(400);
  });

  it('are interrupted, and the sandbox stays usable', async () => {
    let id = '';
    const running = sandbox.commands.run('sleep 99', {}, { onInit: (init) => void ({ id } = init) });
    await waitFor('the command to start', () => (id === '' ? undefined : true));
    await sandbox.commands.interrupt(id);
    const run = await running;
    expect(run.id).toBe(id);
    expect(run.error).toBeDefined();
    expect(run.complete).toBeUndefined();
    expect((await failure(sandbox.commands.interrupt(id))).error.code).toBe('RUNTIME_ERROR');
    expect((await sandbox.commands.run('echo still here')).exitCode).toBe(0);
  });

  it('pass every byte of text on, and 50 run side by side', async () => {
    const long = await sandbox.commands.run('printf "no newline"; printf "\\n\\n"; printf "grüße 🚀"');
    expect(out(long)).toEqual(['no newline', '\n', 'grüße 🚀']);
    const many = await Promise.all(
      Array.from({ length: 50 }, (_each, index) => sandbox.commands.run(`echo ${index}; exit ${index}`)),
    );
    expect(many.map((each) => each.exitCode)).toEqual(Array.from({ length: 50 }, (_each, index) => index));
    expect(many.map((each) => out(each)[0])).toEqual(
      Array.from({ length: 50 }, (_each, index) => `${index}`),
    );
  });

  it('stop being read when the caller gives up, without harm to the next', async () => {
    for await (const { type } of sandbox.commands.runStream('while sleep 0.01; do echo line; done')) {
      if (type === 'stdout') break;
    }
    expect(out(await sandbox.commands.run('echo next'))).toEqual(['next']);
  });

  it('share a session: directory and exported variables stay, exit codes are each run’s own', async () => {
    const session = await sandbox.commands.createSession({ workingDirectory: '/tmp' });
    const run = (command: string, options = {}) => sandbox.commands.runInSession(session, command, options);
    expect(out(await run('pwd'))).toEqual(['/tmp']);
    await run('export KEPT="a b"; cd /etc');
    expect(out(await run('echo "$KEPT"; pwd'))).toEqual(['a b', '/etc']);
    expect((await run('exit 7')).exitCode).toBe(7);
    expect((await run('echo alive')).exitCode).toBe(0);
    expect(out(await run('pwd', { workingDirectory: '/usr' }))).toEqual(['/usr']);
    expect(out(await run('pwd'))).toEqual(['/usr']);
    expect((await run('sleep 30', { timeoutSeconds: 1 })).error).toBeDefined();
    const [first, second] = await Promise.all([run('sleep 0.3; echo 1'), run('echo 2')]);
    expect([out(first), out(second)]).toEqual([['1'], ['2']]);
    await sandbox.commands.deleteSession(session);
    expect((await failure(run('pwd'))).error.code).toBe('CONTEXT_NOT_FOUND');
    expect((await failure(sandbox.commands.deleteSession(session))).statusCode).toBe(404);
  });
});

describe.each(all.filter((kind) => !kind.hasShell))('commands in $name', (kind) => {
  it('answer clearly that there is no shell', async () => {
    const sandbox = await sdk.createOf(kind);
    const error = await failure(sandbox.commands.run('true'));
    expect(error).toMatchObject({ statusCode: 501, error: { code: 'NOT_SUPPORTED' } });
    expect((await failure(sandbox.commands.createSession())).statusCode).toBe(501);
    await sandbox.kill();
  });
});

describe('commands meet the end of their sandbox', () => {
  it('when it is killed in the middle', async () => {
    const sandbox = await sdk.create();
    const running = sandbox.commands.run('echo begun; sleep 60', {}, { onStdout: () => void sandbox.kill() });
    const run = await running;
    expect(run.error).toBeDefined();
    expect(run.complete).toBeUndefined();
  });

  it('and wait while it is paused', async () => {
    const sandbox = await sdk.create();
    let pausing: Promise<void> | undefined;
    const running = sandbox.commands.run(
      'echo begun; sleep 0.5; echo after',
      {},
      { onStdout: () => void (pausing ??= sandbox.pause()) },
    );
    await waitFor('the pause to begin', () => (pausing === undefined ? undefined : true));
    await pausing;
    expect((await failure(sandbox.commands.run('true'))).error.code).toBe('DOCKER::SANDBOX_NOT_RUNNING');
    const resumed = await sandbox.resume();
    expect(out(await running)).toEqual(['begun', 'after']);
    // Both share one connection.
    await resumed.kill();
    await resumed.close();
  });
});

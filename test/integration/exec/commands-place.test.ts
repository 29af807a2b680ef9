import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEBIAN_IMAGE } from '../../support/debian-image';
import type { ExecdClient } from '../../support/execd-client';
import { createExecSandbox, execWays } from '../../support/exec-ways';
import { TEST_API_KEY, type TestBackend } from '../../support/test-backend';

describe.each(await execWays())('where and as whom commands run, $name', (way) => {
  const isBash = way.image === DEBIAN_IMAGE;
  let test: TestBackend;
  let execd: ExecdClient;

  beforeAll(async () => {
    ({ test, execd } = await createExecSandbox(way));
  });
  afterAll(() => test.dispose());

  it('sees exactly the environment that the container and the request give', async () => {
    const { stdout } = await execd.run({
      command: 'env',
      envs: { QUOTED: `it's "quoted" $HOME \\ \`x\``, TWO_LINES: 'a\nb', GREETING: 'overridden' },
    });
    const names = stdout.filter((line) => line.includes('=')).map((line) => line.split('=')[0]);
    expect(stdout).toContain(`QUOTED=it's "quoted" $HOME \\ \`x\``);
    expect(stdout.join('\n')).toContain('TWO_LINES=a\nb');
    expect(stdout).toContain('GREETING=overridden');
    expect(stdout).toContain('EMPTY=');
    const own = ['QUOTED', 'TWO_LINES', 'GREETING', 'EMPTY'];
    const shell = isBash ? ['PWD', 'SHLVL', '_'] : ['PWD', 'SHLVL', 'BASE'];
    expect([...names].sort()).toEqual([...own, ...shell, 'HOME', 'HOSTNAME', 'PATH'].sort());
    expect(stdout).toContain(isBash ? 'SHLVL=0' : 'SHLVL=1');
    expect((await execd.run('echo $GREETING')).stdout).toEqual(['hello']);
  });

  it('finds its shell although the request replaces PATH', async () => {
    const { stdout, exitCode } = await execd.run({ command: 'echo $PATH', envs: { PATH: '/nowhere' } });
    expect({ stdout, exitCode }).toEqual({ stdout: ['/nowhere'], exitCode: 0 });
  });

  it('takes environment names that shells cannot hold or manage themselves', async () => {
    const { exitCode, stdout } = await execd.run({
      command: 'echo $OPTIND; echo $IFS',
      envs: { 'with.dot': '1', 'with-dash': '2', OPTIND: '1', PPID: '3' },
    });
    expect(exitCode).toBe(0);
    expect(stdout[0]).toBe('1');
  });

  it('runs where it is told, with ~ and variables for the sandbox’s own', async () => {
    expect((await execd.run({ command: 'pwd', cwd: '/tmp' })).stdout).toEqual(['/tmp']);
    expect((await execd.run({ command: 'pwd', cwd: '~' })).stdout).toEqual(['/root']);
    expect((await execd.run({ command: 'pwd', cwd: '${HOME}/../tmp' })).stdout).toEqual(['/tmp']);
    const odd = "/tmp/it's; `odd` \\ *";
    await execd.run({ command: 'mkdir -p "$ODD"', envs: { ODD: odd } });
    expect((await execd.run({ command: 'pwd', cwd: odd })).stdout).toEqual([odd]);
  });

  it.each([
    ['a directory that does not exist', { command: 'pwd', cwd: '/nowhere' }, '/nowhere'],
    ['a file as directory', { command: 'pwd', cwd: '/etc/passwd' }, '/etc/passwd'],
    ['an undefined variable', { command: 'pwd', cwd: '$NOT_SET/x' }, 'NOT_SET'],
    ['a blank command', { command: '  \n' }, 'empty'],
    ['gid without uid', { command: 'id', gid: 1 }, 'uid'],
    ['a negative uid', { command: 'id', uid: -1 }, 'uid'],
    ['a null character', { command: 'echo \0' }, 'null'],
    ['no command', { cwd: '/' }, 'command'],
    ['a variable over 128 KiB', { command: 'true', envs: { LONG: 'x'.repeat(131_072) } }, 'LONG is longer'],
    ['a command over 128 KiB', { command: `: ${'x'.repeat(131_072)}` }, '128 KiB'],
  ])('refuses %s before anything is streamed', async (_what, body, words) => {
    const response = await execd.fetch('POST', '/command', body);
    expect(response.status).toBe(400);
    const answer = (await response.json()) as { code: string; message: string };
    expect(answer.code).toBe('INVALID_REQUEST_BODY');
    expect(answer.message).toContain(words);
  });

  it('refuses a body that is no JSON with the code of this API', async () => {
    for (const path of ['/command', '/session', '/session/any/run', '/pty']) {
      const response = await fetch(execd.base + path, {
        method: 'POST',
        headers: { 'OPEN-SANDBOX-API-KEY': TEST_API_KEY, 'Content-Type': 'application/json' },
        body: '{"command":',
      });
      expect([path, response.status, ((await response.json()) as { code: string }).code]).toEqual([
        path,
        400,
        'INVALID_REQUEST_BODY',
      ]);
    }
  });

  it('takes a command of 128 KiB', async () => {
    const text = 'y'.repeat(131_000);
    const { stdout } = await execd.run(`echo '${text}' | wc -c`);
    expect(stdout.map((line) => line.trim())).toEqual(['131001']);
  });

  it('runs as another user with the groups of the passwd database', async () => {
    await execd.run(
      "echo 'worker:x:1500:1600::/home/worker:/bin/sh' >>/etc/passwd; echo 'extra:x:1700:worker' >>/etc/group",
    );
    expect((await execd.run({ command: 'id -u; id -g; id -G', uid: 1500 })).stdout).toEqual([
      '1500',
      '1600',
      '1600 1700',
    ]);
    expect((await execd.run({ command: 'id -u; id -g', uid: 1500, gid: 12 })).stdout).toEqual(['1500', '12']);
    expect((await execd.run({ command: 'id -u', uid: 4242 })).stdout).toEqual(['4242']);
  });

  it('makes the command the leader of its own session', async () => {
    const { stdout } = await execd.run("echo $$; cut -d' ' -f5,6 /proc/$$/stat");
    expect(stdout[1]).toBe(`${stdout[0] ?? ''} ${stdout[0] ?? ''}`);
  });
});

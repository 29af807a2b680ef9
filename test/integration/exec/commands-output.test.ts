import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ExecdClient } from '../../support/execd-client';
import { createExecSandbox, execWays } from '../../support/exec-ways';
import type { TestBackend } from '../../support/test-backend';

describe.each(await execWays())('output of commands, $name', (way) => {
  let test: TestBackend;
  let execd: ExecdClient;

  beforeAll(async () => {
    ({ test, execd } = await createExecSandbox(way));
  });
  afterAll(() => test.dispose());

  it('streams init, ping, one event per line and exactly one final event', async () => {
    const response = await execd.fetch('POST', '/command', { command: 'echo hi' });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    expect(response.headers.get('cache-control')).toBe('no-cache');
    expect(response.headers.get('x-accel-buffering')).toBe('no');
    const text = await response.text();
    expect(text.endsWith('\n\n')).toBe(true);
    const events = text
      .trimEnd()
      .split('\n\n')
      .map((line) => JSON.parse(line) as { type: string; text?: string; timestamp: number });
    expect(events.map(({ type }) => type)).toEqual(['init', 'ping', 'stdout', 'execution_complete']);
    expect(events[0]?.text).toMatch(/^\S+$/);
    expect(events[1]?.text).toBe('pong');
    expect(events[2]?.text).toBe('hi');
    for (const { timestamp } of events) {
      expect(Number.isInteger(timestamp)).toBe(true);
      expect(Math.abs(timestamp - Date.now())).toBeLessThan(60_000);
    }
  });

  it('keeps stdout and stderr apart and reports the exit code in the error event', async () => {
    const result = await execd.run('echo out; echo err >&2; exit 7');
    expect(result).toMatchObject({ stdout: ['out'], stderr: ['err'], exitCode: 7 });
    expect(result.error).toEqual({ ename: 'CommandExecError', evalue: '7', traceback: ['exit status 7'] });
  });

  it('names a command that does not exist', async () => {
    const { exitCode, stderr } = await execd.run('no-such-command');
    expect(exitCode).toBe(127);
    expect(stderr.join('\n')).toContain('no-such-command');
  });

  it('reports a syntax error as the failure of that command alone', async () => {
    expect((await execd.run("echo 'unfinished")).exitCode).toBe(2);
    expect(await execd.run('echo still here')).toMatchObject({ stdout: ['still here'], exitCode: 0 });
  });

  it('reports death by a signal', async () => {
    expect((await execd.run('kill -9 $$')).exitCode).toBe(137);
    expect((await execd.run('kill -TERM $$')).exitCode).toBe(143);
  });

  it('sends blank lines, unfinished lines and carriage returns as lines', async () => {
    const { stdout } = await execd.run(String.raw`printf 'a\n\nb\r\nc\rd'`);
    expect(stdout).toEqual(['a', '\n', 'b', 'c', 'd']);
  });

  it('decodes UTF-8 across writes and replaces what is invalid', async () => {
    const { stdout } = await execd.run(
      String.raw`printf '\303'; sleep 0.05; printf '\244\n'; printf 'x\377y\n'; printf '\357\273\277z'`,
    );
    expect(stdout).toEqual(['ä', 'x\uFFFDy', '\uFEFFz']);
  });

  it('splits lines over 1 MiB and loses none of a 10 MB line', async () => {
    const { stdout } = await execd.run("head -c 10000000 /dev/zero | tr '\\0' x");
    expect(stdout.length).toBe(10);
    expect(stdout.join('').length).toBe(10_000_000);
  });

  it('gives the command an empty standard input and only the usual three files', async () => {
    const { stdout } = await execd.run(
      'cat; readlink /proc/$$/fd/0; for fd in 4 5 6 7 8 9; do [ -e /proc/$$/fd/$fd ] && echo $fd; done; true',
    );
    expect(stdout).toEqual(['/dev/null']);
  });
});

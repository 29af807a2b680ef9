import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { execIn } from '../../support/docker';
import type { ExecdClient } from '../../support/execd-client';
import { createExecSandbox, execWays } from '../../support/exec-ways';
import type { TestBackend } from '../../support/test-backend';
import { waitFor } from '../../support/wait-for';

describe.each(await execWays())('commands that behave badly, $name', (way) => {
  let test: TestBackend;
  let execd: ExecdClient;
  let sandboxId: string;

  beforeAll(async () => {
    ({ test, execd, sandboxId } = await createExecSandbox(way));
  });
  afterAll(() => test.dispose());

  it('ends with its own process, although a child in the background holds its output open', async () => {
    const startedAt = Date.now();
    const first = await execd.run('(sleep 0.7; echo late; sleep 5) & echo first');
    expect(first.stdout).toEqual(['first']);
    expect(Date.now() - startedAt).toBeLessThan(way.mode === 'warm' ? 650 : 1_500);
    if (way.mode === 'plain') return;
    for (let i = 0; i < 30; i += 1) {
      const next = await execd.run(`sleep 0.05; echo ${i}`);
      expect(next.stdout).toEqual([String(i)]);
    }
  });

  it('survives a command that closes its outputs, kills its parent or leaves a daemon', async () => {
    expect(await execd.run('exec >&- 2>&-; sleep 0.1; exit 4')).toMatchObject({ exitCode: 4 });
    await execd.run('[ $PPID -gt 1 ] && kill -9 $PPID; sleep 0.1; echo on');
    const daemon = await execd.run('setsid sh -c "while :; do echo noise; sleep 0.1; done" & echo started');
    expect(daemon.stdout).toContain('started');
    for (let i = 0; i < 10; i += 1) expect((await execd.run('echo ok')).stdout).toEqual(['ok']);
    await execd.run('pkill -f "echo noise" || killall sh; true');
  });

  it('runs every command once, although what waits for the next ones is killed', async () => {
    const killWaiting =
      'for p in /proc/[0-9]*; do case $(tr "\\0" " " <$p/cmdline) in "sh -s "*) kill -9 ${p#/proc/};; esac; done; true';
    await execd.run('rm -f /tmp/ran');
    for (let round = 0; round < 3; round += 1) {
      await Promise.all(['sleep 0.2', 'sleep 0.2'].map((command) => execd.run(command)));
      await execIn(test.docker, test.containerOf(sandboxId), ['sh', '-c', killWaiting]);
      const [first, second] = await Promise.all(
        ['one', 'two'].map((word) => execd.run(`echo ${word}; echo ${word} >>/tmp/ran`)),
      );
      expect([first?.stdout, second?.stdout]).toEqual([['one'], ['two']]);
    }
    expect((await execd.run('sort /tmp/ran')).stdout).toEqual(['one', 'one', 'one', 'two', 'two', 'two']);
  });

  it('runs 50 commands at once, each with its own output', async () => {
    const results = await Promise.all(
      Array.from({ length: 50 }, (_, i) => execd.run(`echo out ${i}; echo err ${i} >&2; exit ${i}`)),
    );
    for (const [i, result] of results.entries()) {
      expect(result).toMatchObject({ stdout: [`out ${i}`], stderr: [`err ${i}`], exitCode: i });
    }
  });

  it('lets a command go on after its client hung up', async () => {
    const hangUp = new AbortController();
    const response = await execd.fetch(
      'POST',
      '/command',
      { command: 'for i in 1 2 3 4 5; do echo $i; sleep 0.1; done; echo end >/tmp/went-on' },
      hangUp.signal,
    );
    await response.body?.getReader().read();
    hangUp.abort();
    await waitFor('the command to finish', async () => {
      const { stdout } = await execd.run('cat /tmp/went-on 2>/dev/null');
      return stdout[0] === 'end' ? true : undefined;
    });
  });
});

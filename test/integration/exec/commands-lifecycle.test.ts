import { readdir } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BUSYBOX_IMAGE, SCRATCH_ENTRYPOINT, SCRATCH_IMAGE } from '../../support/docker';
import { ExecdClient, readEvents } from '../../support/execd-client';
import { createExecSandbox } from '../../support/exec-ways';
import type { TestBackend } from '../../support/test-backend';
import { waitFor } from '../../support/wait-for';

const COMMANDS_IN_A_ROW = { warm: 1_000, plain: 20 };
const BYTES = 100 * 2 ** 20;

describe.each(['warm', 'plain'] as const)('commands and the life of their sandbox, %s', (mode) => {
  let test: TestBackend;
  let execd: ExecdClient;
  let sandboxId: string;

  beforeAll(async () => {
    ({ test, execd, sandboxId } = await createExecSandbox({ mode, image: BUSYBOX_IMAGE }));
  });
  afterAll(() => test.dispose());

  it('leaves nothing behind after many commands', async () => {
    for (let i = 0; i < 5; i += 1) await execd.run('true');
    const filesBefore = (await readdir('/proc/self/fd')).length;
    for (let i = 0; i < COMMANDS_IN_A_ROW[mode]; i += 1) {
      const { stdout, exitCode } = await execd.run(`echo ${i}; exit ${i % 3}`);
      expect({ stdout, exitCode }).toEqual({ stdout: [String(i)], exitCode: i % 3 });
    }
    const container = test.docker.getContainer(test.containerOf(sandboxId));
    // The sandbox's own, a warm shell, and the process that waits below it for the next command.
    const kept = mode === 'warm' ? 3 : 1;
    await waitFor('finished processes to go', async () => {
      const { Processes } = (await container.top()) as { Processes: string[][] };
      return Processes.length === kept ? true : undefined;
    });
    // The engine forgets finished execs on its own after a while, but none may still count as running.
    const { ExecIDs: execs } = await container.inspect();
    expect((execs as string[] | null)?.length ?? 0).toBe(mode === 'warm' ? 1 : 0);
    expect((await readdir('/proc/self/fd')).length).toBeLessThan(filesBefore + 10);
    // Nothing of ours is in the sandbox's filesystem, so nothing of ours is in a snapshot.
    expect(String(await container.changes()).trim()).toBe('null');
  });

  it('makes a command wait for a reader that does not read, instead of keeping its output', async () => {
    const response = await execd.fetch('POST', '/command', {
      command: `yes 'a line of forty characters, or near that' | head -c ${BYTES}; echo >/tmp/finished`,
    });
    const body = response.body as ReadableStream<Uint8Array>;
    const reader = body.getReader();
    await reader.read();
    // Long enough to produce everything several times over.
    await delay(2_000);
    expect((await execd.run('test -e /tmp/finished')).exitCode).toBe(1);
    let text = 0;
    for (let part = await reader.read(); !part.done; part = await reader.read()) text += part.value.length;
    expect(text).toBeGreaterThan(BYTES);
    expect((await execd.run('rm /tmp/finished')).exitCode).toBe(0);
    expect((await execd.run('echo next')).stdout).toEqual(['next']);
  });

  it('refuses commands at once while paused, and lets one in flight go on after', async () => {
    const seen: string[] = [];
    const running = execd.run('for i in 1 2 3 4 5 6; do echo $i; sleep 0.2; done; exit 9', ({ text }) => {
      if (text !== undefined) seen.push(text);
    });
    await waitFor('the second line', () => (seen.includes('2') ? true : undefined));
    expect((await test.call('POST', `/v1/sandboxes/${sandboxId}/pause`)).status).toBe(202);
    const startedAt = Date.now();
    const refused = await execd.fetch('POST', '/command', { command: 'true' });
    expect([refused.status, ((await refused.json()) as { code: string }).code]).toEqual([
      503,
      'DOCKER::SANDBOX_NOT_RUNNING',
    ]);
    expect(Date.now() - startedAt).toBeLessThan(1_000);
    expect((await test.call('POST', `/v1/sandboxes/${sandboxId}/resume`)).status).toBe(202);
    const { stdout, exitCode } = await running;
    expect({ stdout, exitCode }).toEqual({ stdout: ['1', '2', '3', '4', '5', '6'], exitCode: 9 });
    expect((await execd.run('echo after')).stdout).toEqual(['after']);
  });

  it('runs commands through the freeze of a snapshot', async () => {
    const commands = (async () => {
      for (let i = 0; i < 20; i += 1) expect((await execd.run(`echo ${i}`)).stdout).toEqual([String(i)]);
    })();
    await test.takeSnapshot(sandboxId);
    await commands;
  });

  it('ends with exactly one error when the sandbox is killed in mid-command', async () => {
    const { id } = await test.createSandbox();
    const victim = await ExecdClient.of(test, id);
    const response = await victim.fetch('POST', '/command', { command: 'echo ready; sleep 100' });
    const result = readEvents(response, ({ text }) => {
      if (text === 'ready') void test.docker.getContainer(test.containerOf(id)).kill();
    });
    const { stdout, error } = await result;
    expect(stdout).toEqual(['ready']);
    expect(error?.ename).toBe('CommandExecError');
    expect(Number(error?.evalue)).not.toBe(0);
  });

  it('says clearly that an image without a shell runs no commands', async () => {
    const { id } = await test.createSandbox({
      image: { uri: SCRATCH_IMAGE },
      entrypoint: SCRATCH_ENTRYPOINT,
    });
    const bare = await ExecdClient.of(test, id);
    for (const [path, body] of [
      ['/command', { command: 'true' }],
      ['/command', { command: 'true', background: true }],
      ['/session', {}],
    ] as const) {
      const response = await bare.fetch('POST', path, body);
      const answer = (await response.json()) as { code: string; message: string };
      expect([response.status, answer.code]).toEqual([501, 'NOT_SUPPORTED']);
      expect(answer.message).toContain('no shell');
    }
  });

  it('forgets commands and removes their logs with the sandbox and with a restart', async () => {
    const { id } = await test.createSandbox();
    const gone = await ExecdClient.of(test, id);
    await gone.run({ command: 'echo log', background: true });
    const logs = `${test.dataDir}/command-logs`;
    expect(await readdir(logs)).toContain(id);
    await test.call('DELETE', `/v1/sandboxes/${id}`);
    await waitFor('the log to go', async () => ((await readdir(logs)).includes(id) ? undefined : true));
    const { id: command } = await execd.run({ command: 'echo kept; sleep 100', background: true });
    await test.restart();
    const again = await ExecdClient.of(test, sandboxId);
    const status = await again.fetch('GET', `/command/status/${command}`);
    expect(status.status).toBe(404);
    expect((await again.run('echo back')).stdout).toEqual(['back']);
  });
});

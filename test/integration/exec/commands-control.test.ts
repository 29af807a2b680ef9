import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ExecdClient } from '../../support/execd-client';
import { countProcesses, createExecSandbox, execWays } from '../../support/exec-ways';
import type { TestBackend } from '../../support/test-backend';
import { waitFor } from '../../support/wait-for';

describe.each(await execWays())('control of commands, $name', (way) => {
  let test: TestBackend;
  let execd: ExecdClient;

  beforeAll(async () => {
    ({ test, execd } = await createExecSandbox(way));
  });
  afterAll(() => test.dispose());

  it('kills the whole process group at the timeout', async () => {
    const startedAt = Date.now();
    const { exitCode, error } = await execd.run({
      command: 'sleep 777 & sleep 777; echo not reached',
      timeout: 300,
    });
    expect(exitCode).toBe(137);
    expect(error?.traceback.join()).toContain('300 ms');
    expect(Date.now() - startedAt).toBeLessThan(5_000);
    await waitFor('the sleepers to be gone', async () =>
      (await countProcesses(execd, 'sleep 777')) === 0 ? true : undefined,
    );
  });

  it('ends an interrupted command with an error event of the same stream', async () => {
    let id = '';
    const result = await execd.run(
      "trap 'echo caught; exit 0' TERM; echo ready; while :; do sleep 0.05; done",
      (event) => {
        if (event.type === 'init') id = event.text ?? '';
        if (event.text === 'ready') {
          void execd.fetch('DELETE', `/command?id=${id}`).then((response) => {
            expect(response.status).toBe(200);
            expect(response.headers.get('content-length')).toBe('0');
          });
        }
      },
    );
    expect(result.id).toBe(id);
    expect(result.stdout).toEqual(['ready', 'caught']);
    expect(result.exitCode).toBe(143);
    expect((await execd.run('echo fine')).stdout).toEqual(['fine']);
  });

  it('kills a command that ignores the interrupt after 3 s', async () => {
    const startedAt = Date.now();
    let id = '';
    const { exitCode } = await execd.run("trap '' TERM; echo ready; sleep 100; sleep 100", (event) => {
      if (event.type === 'init') id = event.text ?? '';
      // Only now is the signal ignored.
      if (event.type === 'stdout') void execd.fetch('DELETE', `/command?id=${id}`);
    });
    expect(exitCode).toBe(137);
    expect(Date.now() - startedAt).toBeGreaterThan(2_500);
    expect(Date.now() - startedAt).toBeLessThan(10_000);
  });

  it('answers wrong interrupts as the contract says', async () => {
    const missing = await execd.fetch('DELETE', '/command');
    expect([missing.status, ((await missing.json()) as { code: string }).code]).toEqual([
      400,
      'MISSING_QUERY',
    ]);
    const unknown = await execd.fetch('DELETE', '/command?id=nope');
    expect([unknown.status, ((await unknown.json()) as { code: string }).code]).toEqual([
      500,
      'RUNTIME_ERROR',
    ]);
  });

  it('tells the status of a command from its init event on', async () => {
    let looking: Promise<Record<string, unknown>> | undefined;
    const result = await execd.run('sleep 0.4; exit 3', (event) => {
      if (event.type === 'init') {
        looking = execd
          .fetch('GET', `/command/status/${event.text ?? ''}`)
          .then((response) => response.json() as Promise<Record<string, unknown>>);
      }
    });
    const during = await looking;
    expect(during).toMatchObject({ id: result.id, content: 'sleep 0.4; exit 3', running: true });
    expect(during).not.toHaveProperty('exit_code');
    const after = (await (await execd.fetch('GET', `/command/status/${result.id}`)).json()) as Record<
      string,
      unknown
    >;
    expect(after).toMatchObject({ running: false, exit_code: 3 });
    expect(String(after['finished_at'])).toMatch(/^\d{4}-\d\d-\d\dT.*Z$/);
    const unknown = await execd.fetch('GET', '/command/status/nope');
    expect([unknown.status, ((await unknown.json()) as { code: string }).code]).toEqual([
      404,
      'INVALID_REQUEST_BODY',
    ]);
    const logs = await execd.fetch('GET', `/command/${result.id}/logs`);
    expect(logs.status).toBe(400);
  });

  it('runs in the background with one log in order that a cursor reads on', async () => {
    // It ends only when told to, so a call that waited for its end would never return.
    const wait = 'until [ -e /tmp/go-on ]; do sleep 0.05; done';
    const started = await execd.run({
      command: String.raw`echo one; echo two >&2; printf '\303'; ${wait}; printf '\244\n'; exit 5`,
      background: true,
    });
    expect(started.events.map(({ type }) => type)).toEqual(['init', 'execution_complete']);
    const read = async (cursor?: string) => {
      const response = await execd.fetch(
        'GET',
        `/command/${started.id}/logs${cursor === undefined ? '' : `?cursor=${cursor}`}`,
      );
      expect(response.status).toBe(200);
      expect(response.headers.get('content-type')).toBe('text/plain; charset=utf-8');
      return {
        text: await response.text(),
        cursor: response.headers.get('execd-commands-tail-cursor') ?? '',
        length: response.headers.get('content-length'),
      };
    };
    const first = await waitFor('the first lines', async () => {
      const log = await read();
      return log.text === 'one\ntwo\n' ? log : undefined;
    });
    expect(first.cursor).toBe('8');
    expect(await read(first.cursor)).toEqual({ text: '', cursor: '8', length: '0' });
    await execd.run('touch /tmp/go-on');
    await waitFor('its end', async () => {
      const status = await execd.fetch('GET', `/command/status/${started.id}`);
      const body = (await status.json()) as { running: boolean; exit_code?: number };
      return body.exit_code === 5 ? true : undefined;
    });
    const rest = await waitFor('the rest', async () => {
      const log = await read(first.cursor);
      return log.text === 'ä\n' ? log : undefined;
    });
    expect(rest.cursor).toBe('11');
  });

  it('applies the timeout and the interrupt to background commands', async () => {
    const timed = await execd.run({ command: 'sleep 778', background: true, timeout: 200 });
    const endless = await execd.run({ command: 'sleep 778', background: true });
    expect((await execd.fetch('DELETE', `/command?id=${endless.id}`)).status).toBe(200);
    for (const { id } of [timed, endless]) {
      const status = await waitFor('the end', async () => {
        const body = (await (await execd.fetch('GET', `/command/status/${id}`)).json()) as {
          running: boolean;
          exit_code?: number;
        };
        return body.running ? undefined : body;
      });
      expect(status.exit_code).toBeGreaterThan(128);
    }
    expect(await countProcesses(execd, 'sleep 778')).toBe(0);
  });
});

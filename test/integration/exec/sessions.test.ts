import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ExecdClient } from '../../support/execd-client';
import { countProcesses, createExecSandbox, execWays } from '../../support/exec-ways';
import type { TestBackend } from '../../support/test-backend';
import { waitFor } from '../../support/wait-for';

describe.each(await execWays())('sessions, $name', (way) => {
  let test: TestBackend;
  let execd: ExecdClient;

  beforeAll(async () => {
    ({ test, execd } = await createExecSandbox(way));
  });
  afterAll(() => test.dispose());

  async function open(body?: unknown): Promise<string> {
    const response = await execd.fetch('POST', '/session', body);
    expect(response.status).toBe(200);
    return ((await response.json()) as { session_id: string }).session_id;
  }

  it('keeps the directory and exported variables, however odd their values', async () => {
    const id = await open();
    await execd.runInSession(
      id,
      `cd /tmp; export PLAIN=1 ODD="a'b\\"c\\$d \\\`e
f	g"; LOCAL=2; export EMPTY_ONE=`,
    );
    const { stdout, exitCode } = await execd.runInSession(
      id,
      'pwd; echo "$PLAIN"; printf "%s\\n" "$ODD"; echo "[$LOCAL][${EMPTY_ONE-unset}]"; echo $GREETING',
    );
    expect(exitCode).toBe(0);
    expect(stdout).toEqual(['/tmp', '1', `a'b"c$d \`e`, 'f\tg', '[][]', 'hello']);
    await execd.runInSession(id, 'unset PLAIN GREETING');
    expect((await execd.runInSession(id, 'echo "${PLAIN-gone} ${GREETING-gone}"')).stdout).toEqual([
      'gone gone',
    ]);
  });

  it('starts with the session’s id, drops blank lines and shows none of its own text', async () => {
    const id = await open();
    const { events, stdout, stderr } = await execd.runInSession(id, 'echo a; echo; echo b; echo err >&2');
    expect(events[0]).toMatchObject({ type: 'init', text: id });
    expect(stdout).toEqual(['a', 'b']);
    expect(stderr).toEqual(['err']);
    const silent = await execd.runInSession(id, 'printf no-newline');
    expect(silent.stdout).toEqual(['no-newline']);
    const listing = await execd.runInSession(id, 'cat /proc/$$/cmdline; env; ps 2>/dev/null; true');
    expect(listing.exitCode).toBe(0);
    expect((await execd.runInSession(id, 'exec >/dev/null; cd /var; echo hidden')).stdout).toEqual([]);
    expect((await execd.runInSession(id, 'pwd')).stdout).toEqual(['/var']);
  });

  it('reports exit codes and survives exit, errors and kills', async () => {
    const id = await open({ cwd: '/tmp' });
    await execd.runInSession(id, 'export KEPT=yes');
    expect((await execd.runInSession(id, 'export LAST=word; exit 7')).exitCode).toBe(7);
    expect((await execd.runInSession(id, "echo 'unfinished")).exitCode).not.toBe(0);
    expect((await execd.runInSession(id, 'false')).exitCode).toBe(1);
    expect((await execd.runInSession(id, 'set -e; false; echo not reached')).exitCode).toBe(1);
    expect((await execd.runInSession(id, 'kill -9 $$')).exitCode).toBe(137);
    expect((await execd.runInSession(id, 'exec true')).exitCode).toBe(0);
    expect((await execd.runInSession(id, 'echo $KEPT $LAST; pwd')).stdout).toEqual(['yes word', '/tmp']);
  });

  it('makes a missing first directory and refuses a missing one for a run', async () => {
    const id = await open({ cwd: '/tmp/new/deep' });
    expect((await execd.runInSession(id, 'pwd')).stdout).toEqual(['/tmp/new/deep']);
    expect((await execd.runInSession(id, { command: 'pwd', cwd: '/etc' })).stdout).toEqual(['/etc']);
    expect((await execd.runInSession(id, { command: 'pwd', cwd: '..' })).stdout).toEqual(['/']);
    expect((await execd.runInSession(id, 'pwd')).stdout).toEqual(['/']);
    const missing = await execd.fetch('POST', `/session/${id}/run`, { command: 'pwd', cwd: '/nowhere' });
    expect([missing.status, ((await missing.json()) as { code: string }).code]).toEqual([
      400,
      'INVALID_REQUEST_BODY',
    ]);
    expect((await execd.runInSession(id, 'echo usable')).stdout).toEqual(['usable']);
    await execd.runInSession(id, 'mkdir -p "/tmp/it\'s \\$HOME" && cd "/tmp/it\'s \\$HOME"');
    expect((await execd.runInSession(id, 'pwd')).stdout).toEqual(["/tmp/it's $HOME"]);
  });

  it('says when its own directory was removed, and goes on from another', async () => {
    const id = await open();
    await execd.runInSession(id, 'export KEPT=yes; mkdir /tmp/gone; cd /tmp/gone; rmdir /tmp/gone');
    const lost = await execd.fetch('POST', `/session/${id}/run`, { command: 'pwd' });
    expect(lost.status).toBe(400);
    const { code, message } = (await lost.json()) as { code: string; message: string };
    expect(code).toBe('INVALID_REQUEST_BODY');
    expect(message).toContain('"/tmp/gone" does not exist any more. Send a cwd');
    const back = await execd.runInSession(id, { command: 'echo $KEPT; pwd', cwd: '/tmp' });
    expect(back.stdout).toEqual(['yes', '/tmp']);
  });

  it('refuses text that no process can be given, before it starts anything', async () => {
    const id = await open();
    for (const command of ['', ' \n', 'echo a\0b', `: ${'x'.repeat(200_000)}`]) {
      const refused = await execd.fetch('POST', `/session/${id}/run`, { command });
      expect([refused.status, ((await refused.json()) as { code: string }).code]).toEqual([
        400,
        'INVALID_REQUEST_BODY',
      ]);
    }
    expect((await execd.runInSession(id, 'echo usable')).stdout).toEqual(['usable']);
  });

  it('runs one command of a session after the other', async () => {
    const id = await open();
    const results = await Promise.all(
      Array.from({ length: 5 }, (_, i) =>
        execd.runInSession(id, `echo $(( \${N:-0} )); sleep 0.05; export N=$(( \${N:-0} + 1 )); : ${i}`),
      ),
    );
    expect(results.map(({ stdout }) => stdout[0]).sort()).toEqual(['0', '1', '2', '3', '4']);
  });

  it('applies a timeout and stays usable', async () => {
    const id = await open();
    const result = await execd.runInSession(id, { command: 'sleep 779', timeout: 200 });
    expect(result.exitCode).toBe(137);
    expect((await execd.runInSession(id, 'echo on')).stdout).toEqual(['on']);
    expect(await countProcesses(execd, 'sleep 779')).toBe(0);
  });

  it('kills the run of a client that hangs up', async () => {
    const id = await open();
    const hangUp = new AbortController();
    const response = await execd.fetch('POST', `/session/${id}/run`, { command: 'sleep 780' }, hangUp.signal);
    await response.body?.getReader().read();
    hangUp.abort();
    await waitFor('the run to be gone', async () =>
      (await countProcesses(execd, 'sleep 780')) === 0 ? true : undefined,
    );
    expect((await execd.runInSession(id, 'echo free')).stdout).toEqual(['free']);
  });

  it('kills what runs when the session is deleted, and is then unknown', async () => {
    const id = await open();
    const running = execd.runInSession(id, 'echo ready; sleep 781');
    await waitFor('the run to begin', async () =>
      (await countProcesses(execd, 'sleep 781')) === 1 ? true : undefined,
    );
    const deleted = await execd.fetch('DELETE', `/session/${id}`);
    expect([deleted.status, deleted.headers.get('content-length')]).toEqual([200, '0']);
    expect((await running).error?.ename).toBe('CommandExecError');
    for (const answer of [
      await execd.fetch('DELETE', `/session/${id}`),
      await execd.fetch('POST', `/session/${id}/run`, { command: 'pwd' }),
    ]) {
      expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([
        404,
        'CONTEXT_NOT_FOUND',
      ]);
    }
  });

  it('leaves a server that a run started in the background alone', async () => {
    const id = await open();
    const startedAt = Date.now();
    const { stdout } = await execd.runInSession(id, 'sleep 3 & export SERVER=$!; echo started');
    expect(stdout).toEqual(['started']);
    expect(Date.now() - startedAt).toBeLessThan(2_500);
    expect((await execd.runInSession(id, 'kill -0 $SERVER && echo alive')).stdout).toEqual(['alive']);
  });
});

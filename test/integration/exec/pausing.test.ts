import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { BUSYBOX_IMAGE, execIn } from '../../support/docker';
import { execWays } from '../../support/exec-ways';
import { ExecdClient } from '../../support/execd-client';
import { createTestBackend, TEST_API_KEY, type TestBackend } from '../../support/test-backend';
import { waitFor } from '../../support/wait-for';

const NOT_RUNNING = 'DOCKER::SANDBOX_NOT_RUNNING';
/** Keeps a pipe as full as the kernel lets it be; nobody reads it, so whoever writes into it stands still. */
const WITH_FULL_PIPE = [
  'sh',
  '-c',
  'mkfifo /full; exec 3<>/full; dd if=/dev/zero of=/full bs=65536 count=1; exec sleep 100000',
];

const ways = (await execWays()).filter(({ image }) => image === BUSYBOX_IMAGE);

describe.each(ways)('$name', ({ mode }) => {
  let test: TestBackend;
  beforeAll(async () => {
    test = await createTestBackend({ environment: { ...process.env, OPENSANDBOX_EXEC: mode } });
  });
  afterAll(() => test.dispose());

  let id: string;
  beforeEach(async () => {
    ({ id } = await test.createSandbox({ entrypoint: WITH_FULL_PIPE }));
    await waitFor('the pipe to be full', async () => {
      const { Processes: processes } = (await container().top()) as { Processes: string[][] };
      return processes.some((columns) => columns.at(-1) === 'sleep 100000') ? true : undefined;
    });
  });

  const container = () => test.docker.getContainer(test.containerOf(id));

  /** Resolves when the write has come as far as it ever will. */
  async function beginEndlessWrite(): Promise<{ answer: Promise<unknown> }> {
    const answer = test.backend.http
      .inject({
        method: 'PUT',
        url: `/v1/desktop/sandboxes/${id}/live-files/content?path=/full`,
        headers: {
          'open-sandbox-api-key': TEST_API_KEY,
          host: 'localhost:8080',
          'content-type': 'application/octet-stream',
        },
        payload: 'text',
      })
      .then((response) => ({ status: response.statusCode, ...response.json<Record<string, unknown>>() }));
    await waitFor('the pipe to be written', async () => {
      const outputs = await execIn(test.docker, test.containerOf(id), [
        'sh',
        '-c',
        'ls -l /proc/[0-9]*/fd/1',
      ]);
      return outputs.includes('-> /full\n') ? true : undefined;
    });
    return { answer };
  }

  it('answers who waits for a file when the sandbox is paused, and works again when it is resumed', async () => {
    const { answer } = await beginEndlessWrite();
    expect((await test.call('POST', `/v1/sandboxes/${id}/pause`)).status).toBe(202);
    expect(await answer).toMatchObject({
      status: 503,
      code: NOT_RUNNING,
      message: expect.stringMatching(/was paused.*Resume/) as string,
    });
    expect((await test.call('POST', `/v1/sandboxes/${id}/resume`)).status).toBe(202);
    const listed = await test.call('GET', `/v1/desktop/sandboxes/${id}/live-files?path=/bin`);
    expect(listed.status).toBe(200);
  });

  it.each([
    ['paused', () => container().pause(), NOT_RUNNING, 503],
    ['killed', () => container().kill(), NOT_RUNNING, 503],
    ['removed', () => container().remove({ force: true }), 'DOCKER::SANDBOX_NOT_FOUND', 404],
  ])(
    'answers who waits for a file when the container is %s past the product',
    async (_how, end, code, status) => {
      const { answer } = await beginEndlessWrite();
      await end();
      expect(await answer).toMatchObject({ status, code });
    },
  );

  it('leaves a command alone that is to be interrupted while the sandbox is paused', async () => {
    const execd = await ExecdClient.of(test, id);
    const { id: command } = await execd.run({ command: 'sleep 5000', background: true });
    const interrupt = async () => (await execd.fetch('DELETE', `/command?id=${command}`)).status;
    expect((await test.call('POST', `/v1/sandboxes/${id}/pause`)).status).toBe(202);
    expect(await interrupt()).toBe(503);
    expect((await test.call('POST', `/v1/sandboxes/${id}/resume`)).status).toBe(202);
    const status = async () =>
      (await execd.fetch('GET', `/command/status/${command}`)).json() as Promise<Record<string, unknown>>;
    expect(await status()).toMatchObject({ running: true });
    expect(await interrupt()).toBe(200);
    await waitFor('the command to end', async () =>
      (await status())['running'] === false ? true : undefined,
    );
  });
});

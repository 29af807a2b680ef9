import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { execIn } from '../../support/docker';
import {
  createTestBackend,
  TEST_API_KEY,
  type SandboxAnswer,
  type TestBackend,
} from '../../support/test-backend';
import { waitFor } from '../../support/wait-for';

const NOTICED_WITHIN_MS = 1_000;

let test: TestBackend;
beforeAll(async () => {
  test = await createTestBackend();
  await test.backend.listen(0);
});
afterAll(() => test.dispose());

function container(id: string) {
  return test.docker.getContainer(test.containerOf(id));
}

async function becomes(id: string, state: string): Promise<SandboxAnswer> {
  return waitFor(
    `sandbox ${id} to be ${state}`,
    async () => {
      const { status, body } = await test.call<SandboxAnswer>('GET', `/v1/sandboxes/${id}`);
      return (status === 404 ? 'gone' : body.status.state) === state ? body : undefined;
    },
    NOTICED_WITHIN_MS,
  );
}

describe('what happens to a container behind the back of the app is seen within a second', () => {
  it('stopped with code 0, started again, killed', async () => {
    const { id } = await test.createSandbox({
      entrypoint: ['sh', '-c', 'trap "exit 0" TERM; sleep 1000 & wait'],
    });
    await container(id).stop();
    expect((await becomes(id, 'Terminated')).status.reason).toBe('CONTAINER_EXITED');
    await container(id).start();
    await becomes(id, 'Running');
    await container(id).kill();
    expect((await becomes(id, 'Failed')).status).toMatchObject({
      reason: 'CONTAINER_EXITED_ERROR',
      message: 'Sandbox container exited with code 137.',
    });
  });

  it('paused and unpaused by hand, after which the API can pause and resume it too', async () => {
    const { id } = await test.createSandbox();
    await container(id).pause();
    await becomes(id, 'Paused');
    await container(id).unpause();
    await becomes(id, 'Running');
    await container(id).pause();
    await becomes(id, 'Paused');
    expect((await test.call('POST', `/v1/sandboxes/${id}/resume`)).status).toBe(202);
    await becomes(id, 'Running');
  });

  it('out of memory, with a message that says so', async () => {
    const { id } = await test.createSandbox({
      // Shell variables grow in the main process itself, so that it is the one to be killed.
      entrypoint: [
        'sh',
        '-c',
        'while [ ! -f /go ]; do sleep 0.1; done; a=xxxxxxxx; while :; do a=$a$a; done',
      ],
      resourceLimits: { memory: '16Mi' },
    });
    await execIn(test.docker, test.containerOf(id), ['touch', '/go']);
    await container(id).wait();
    const { status } = await becomes(id, 'Failed');
    expect(status.message).toContain('out of memory');
  });

  it('removed by hand', async () => {
    const { id } = await test.createSandbox();
    await container(id).remove({ force: true });
    await becomes(id, 'gone');
    const { body } = await test.call<{ items: { message: string; sandboxId?: string }[] }>(
      'GET',
      '/v1/desktop/activity',
    );
    expect(body.items.find((each) => each.sandboxId === id)?.message).toContain('removed outside the app');
  });

  it('also by those who only listen', async () => {
    const listening = new AbortController();
    const response = await fetch(`${test.backend.address}/v1/desktop/events`, {
      headers: { 'open-sandbox-api-key': TEST_API_KEY },
      signal: listening.signal,
    });
    let heard = '';
    const reading = (async () => {
      for await (const chunk of response.body ?? []) heard += Buffer.from(chunk as Uint8Array).toString();
    })().catch(() => undefined);
    try {
      const { id } = await test.createSandbox();
      const told = (wanted: (frame: string) => boolean) =>
        waitFor(
          'the event',
          () => (heard.split('\n\n').some((frame) => frame.includes(id) && wanted(frame)) ? true : undefined),
          NOTICED_WITHIN_MS,
        );
      await told((frame) => frame.includes('"state":"Running"'));
      await container(id).pause();
      await told((frame) => frame.includes('"state":"Paused"'));
      await container(id).unpause();
      await container(id).kill();
      await told((frame) => frame.includes('"state":"Failed"'));
      await container(id).remove({ force: true });
      await told((frame) => frame.startsWith('id:') && frame.includes('"value":null'));
    } finally {
      listening.abort();
      await reading;
    }
  });
});

describe('what happened while the server was down is seen when it starts', () => {
  it('containers stopped, paused and removed, images removed', async () => {
    const [stopped, paused, removed, source] = await Promise.all(
      Array.from({ length: 4 }, () => test.createSandbox()),
    );
    if (!stopped || !paused || !removed || !source) throw new Error('unreachable');
    const snapshot = await test.takeSnapshot(source.id);
    await test.backend.close();
    await container(stopped.id).kill();
    await container(paused.id).pause();
    await container(removed.id).remove({ force: true });
    await test.docker.getImage(`opensandbox-snapshots:${snapshot.id}`).remove({ force: true });
    await test.restart();
    await becomes(stopped.id, 'Failed');
    await becomes(paused.id, 'Paused');
    await becomes(removed.id, 'gone');
    await becomes(source.id, 'Running');
    const { body } = await test.call<{ status: { state: string } }>('GET', `/v1/snapshots/${snapshot.id}`);
    expect(body.status.state).toBe('Failed');
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestBackend, TEST_API_KEY, type TestBackend } from '../../support/test-backend';

const WITHIN_MS = 5_000;

interface StreamEvent {
  id: string;
  type: string;
  data: { type: string; id: string; value: unknown };
}

let test: TestBackend;
beforeAll(async () => {
  test = await createTestBackend();
  await test.backend.listen(0);
});
afterAll(() => test.dispose());

/** An open event stream, read as text. */
async function open(lastEventId?: string) {
  const ending = new AbortController();
  const response = await fetch(`${test.backend.address}/v1/desktop/events`, {
    headers: {
      'open-sandbox-api-key': TEST_API_KEY,
      'x-request-id': 'stream-1',
      ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
    },
    signal: AbortSignal.any([ending.signal, AbortSignal.timeout(WITHIN_MS)]),
  });
  if (response.body === null) throw new Error('The stream has no body.');
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  const until = async <T>(look: (text: string) => T | undefined): Promise<T> => {
    for (;;) {
      const found = look(text);
      if (found !== undefined) return found;
      const { value, done } = await reader.read();
      if (done) throw new Error(`The stream ended: ${text}`);
      text += value;
    }
  };
  return {
    response,
    /** The id that the stream starts with. */
    firstId: () => until((seen) => /^id: (.*)$/m.exec(seen)?.[1]),
    event: (fits: (event: StreamEvent) => boolean) => until((seen) => parse(seen).find(fits)),
    close: () => ending.abort(),
  };
}

function parse(text: string): StreamEvent[] {
  const frames = text.split('\n\n').slice(0, -1);
  return frames.flatMap((frame) => {
    const [, id = '', type = '', data = ''] = /^id: (.*)\nevent: (.*)\ndata: (.*)$/m.exec(frame) ?? [];
    return data === '' ? [] : [{ id, type, data: JSON.parse(data) as StreamEvent['data'] }];
  });
}

describe('the event stream', () => {
  it('is an uncompressed stream with the request id, and tells of a create and a delete', async () => {
    const stream = await open();
    expect(stream.response.status).toBe(200);
    expect(stream.response.headers.get('content-type')).toMatch(/^text\/event-stream/);
    expect(stream.response.headers.get('x-request-id')).toBe('stream-1');
    expect(stream.response.headers.get('content-encoding')).toBeNull();
    await stream.firstId();
    const { id } = await test.createSandbox();
    const created = await stream.event((event) => event.type === 'sandbox' && event.data.id === id);
    expect(created.id).toMatch(/^[a-z0-9]+-\d+$/);
    await test.call('DELETE', `/v1/sandboxes/${id}`);
    await stream.event((event) => event.data.id === id && event.data.value === null);
    stream.close();
  });

  it('goes on after the last event that the client saw, without a gap', async () => {
    const first = await open();
    const seen = await first.firstId();
    first.close();
    const { id } = await test.createSandbox();
    const second = await open(seen);
    const missed = await second.event((event) => event.data.id === id);
    expect(missed.data.value).toMatchObject({ sandbox: { id, status: { state: 'Running' } } });
    second.close();
  });

  it.each(['of-another-run-7', 'nonsense', 'x-999999999'])(
    'tells a client with the id %s to start anew',
    async (lastId) => {
      const stream = await open(lastId);
      const reset = await stream.event((event) => event.type === 'reset');
      expect(reset.data).toEqual({ type: 'reset', id: 'reset', value: null });
      stream.close();
    },
  );

  it('ends when the server closes, instead of holding it up', async () => {
    const stream = await open();
    await stream.firstId();
    const startedAt = Date.now();
    await test.restart();
    // A connection that its client keeps alive must not hold up the end either.
    expect(Date.now() - startedAt).toBeLessThan(WITHIN_MS);
    await expect(stream.event(() => false)).rejects.toThrow(/ended|aborted|terminated/);
    await test.backend.listen(0);
  });

  it('and a log that is followed do not hold up the end of the server', async () => {
    const { id } = await test.createSandbox({ entrypoint: ['sh', '-c', 'echo first; sleep 1000'] });
    const follow = `${test.backend.address}/v1/desktop/sandboxes/${id}/logs?follow=true`;
    const response = await fetch(follow, { headers: { 'open-sandbox-api-key': TEST_API_KEY } });
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    expect((await reader?.read())?.value).toContain('first');
    const startedAt = Date.now();
    await test.restart();
    expect(Date.now() - startedAt).toBeLessThan(WITHIN_MS);
    await test.backend.listen(0);
  });

  it('and a log that is followed begin before anything is written', async () => {
    const { id } = await test.createSandbox();
    const follow = `${test.backend.address}/v1/desktop/sandboxes/${id}/logs?follow=true`;
    const response = await fetch(follow, { headers: { 'open-sandbox-api-key': TEST_API_KEY } });
    expect(response.status).toBe(200);
    await response.body?.cancel();
  });

  it('is not opened by HEAD', async () => {
    const response = await fetch(`${test.backend.address}/v1/desktop/events`, {
      method: 'HEAD',
      headers: { 'open-sandbox-api-key': TEST_API_KEY },
    });
    expect(response.status).toBe(404);
  });
});

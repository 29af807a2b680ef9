import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { type QuitAnswer, type QuitPorts, Quitting } from '../../../src-main/desktop/quitting';

/** What happened, in order, and a way out to steer it. */
function makeQuitting(pending: number, answers: QuitAnswer[], changes: Partial<QuitPorts> = {}) {
  const happened: string[] = [];
  let drained = (): void => undefined;
  const draining = new Promise<void>((resolve) => {
    drained = resolve;
  });
  const ports: QuitPorts = {
    pendingCaptures: () => pending,
    drainCaptures: () => draining,
    mayLeave: () => Promise.resolve(true),
    ask: (count) => {
      happened.push(`asked about ${count}`);
      return Promise.resolve(answers.shift() ?? 'cancel');
    },
    close: () => {
      happened.push('closed');
      return Promise.resolve();
    },
    exit: (code) => happened.push(`exit ${code}`),
    log: () => undefined,
    ...changes,
  };
  return { quitting: new Quitting(ports, 50), happened, drained };
}

describe('quitting', () => {
  it('closes and ends without a question when nothing is captured', async () => {
    const { quitting, happened } = makeQuitting(0, []);
    await quitting.request();
    expect(happened).toEqual(['closed', 'exit 0']);
  });

  it('goes on, and asks nothing else, when text in the window is to be saved first', async () => {
    const { quitting, happened } = makeQuitting(2, ['now'], { mayLeave: () => Promise.resolve(false) });
    await quitting.request();
    expect(happened).toEqual([]);
    expect(quitting.isClosing).toBe(false);
  });

  it('"Finish first" closes only after the captures', async () => {
    const { quitting, happened, drained } = makeQuitting(2, ['finish']);
    const done = quitting.request();
    await sleep(10);
    expect(happened).toEqual(['asked about 2']);
    drained();
    await done;
    expect(happened).toEqual(['asked about 2', 'closed', 'exit 0']);
  });

  it('"Quit now" closes at once', async () => {
    const { quitting, happened } = makeQuitting(1, ['now']);
    await quitting.request();
    expect(happened).toEqual(['asked about 1', 'closed', 'exit 0']);
  });

  it('"Cancel" changes nothing, and a later request asks again', async () => {
    const { quitting, happened } = makeQuitting(1, ['cancel', 'now']);
    await quitting.request();
    expect(happened).toEqual(['asked about 1']);
    expect(quitting.isClosing).toBe(false);
    await quitting.request();
    expect(happened).toEqual(['asked about 1', 'asked about 1', 'closed', 'exit 0']);
  });

  it('does not quit after the captures when the person changed their mind meanwhile', async () => {
    const { quitting, happened, drained } = makeQuitting(1, ['finish', 'cancel']);
    const first = quitting.request();
    await sleep(5);
    await quitting.request();
    drained();
    await first;
    expect(happened).toEqual(['asked about 1', 'asked about 1']);
  });

  it('closes once, however often it is asked to', async () => {
    const { quitting, happened } = makeQuitting(0, []);
    await Promise.all([quitting.request(), quitting.request(), quitting.now()]);
    expect(happened).toEqual(['closed', 'exit 0']);
  });

  it('asks one question at a time', async () => {
    let answer: (value: QuitAnswer) => void = () => undefined;
    let questions = 0;
    const ask = () => {
      questions += 1;
      return new Promise<QuitAnswer>((resolve) => (answer = resolve));
    };
    const { quitting } = makeQuitting(1, [], { ask });
    const first = quitting.request();
    await quitting.request();
    await sleep(5);
    await quitting.request();
    answer('cancel');
    await first;
    expect(questions).toBe(1);
  });

  it('ends with code 1 when closing hangs past its deadline', async () => {
    const { quitting, happened } = makeQuitting(0, [], { close: () => new Promise(() => undefined) });
    await quitting.request();
    expect(happened).toEqual(['exit 1']);
  });

  it('ends with code 1 when closing fails', async () => {
    const { quitting, happened } = makeQuitting(0, [], {
      close: () => Promise.reject(new Error('disk full')),
    });
    await quitting.request();
    expect(happened).toEqual(['exit 1']);
  });
});

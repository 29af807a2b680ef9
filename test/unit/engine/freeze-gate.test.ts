import { describe, expect, it } from 'vitest';
import { FreezeGate } from '../../../src-main/engine/freeze-gate';

function pending() {
  let settle: () => void = () => undefined;
  const promise = new Promise<void>((resolve) => (settle = resolve));
  return { promise, settle };
}

async function turn(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

describe('starting processes and freezing', () => {
  it('freezes only when the process that is being started is there', async () => {
    const gate = new FreezeGate();
    const arrived = pending();
    await gate.start('c', async () => Promise.resolve({ arrived: arrived.promise }));
    let frozen = false;
    const freezing = gate.freeze('c', () => Promise.resolve((frozen = true)));
    await turn();
    expect(frozen).toBe(false);
    arrived.settle();
    await freezing;
    expect(frozen).toBe(true);
  });

  it('starts nothing while a freeze waits or lasts, in that container alone', async () => {
    const gate = new FreezeGate();
    const freeze = pending();
    const freezing = gate.freeze('c', () => freeze.promise);
    const begun: string[] = [];
    const start = (id: string) =>
      gate.start(id, () => {
        begun.push(id);
        return Promise.resolve({ arrived: Promise.resolve() });
      });
    const waiting = start('c');
    await start('other');
    await turn();
    expect(begun).toEqual(['other']);
    freeze.settle();
    await Promise.all([freezing, waiting]);
    expect(begun).toEqual(['other', 'c']);
  });

  it('goes on after a start or a freeze that failed', async () => {
    const gate = new FreezeGate();
    await expect(gate.start('c', () => Promise.reject(new Error('no exec')))).rejects.toThrow('no exec');
    await expect(gate.freeze('c', () => Promise.reject(new Error('no freeze')))).rejects.toThrow('no freeze');
    await expect(gate.freeze('c', () => Promise.resolve('frozen'))).resolves.toBe('frozen');
  });
});

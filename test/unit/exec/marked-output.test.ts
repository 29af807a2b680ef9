import { describe, expect, it } from 'vitest';
import { MarkedOutput, markPrefix, type Mark } from '../../../src-main/exec/marked-output';

const NONCE = '0123456789abcdef0123456789abcdef';

function read(chunks: readonly Buffer[]): { bytes: Buffer; marks: Mark[] } {
  const passed: Buffer[] = [];
  const marks: Mark[] = [];
  const output = new MarkedOutput(
    NONCE,
    (bytes) => passed.push(Buffer.from(bytes)),
    (mark) => marks.push(mark),
  );
  for (const chunk of chunks) output.take(chunk);
  output.end();
  return { bytes: Buffer.concat(passed), marks };
}

describe('marks between the bytes of commands', () => {
  const before = Buffer.from([0, 255, 10, 13, 48, 49]);
  const after = Buffer.from('after without newline');
  const whole = Buffer.concat([
    before,
    Buffer.from(`${markPrefix(NONCE, 'start')}42\n`),
    after,
    Buffer.from(`${markPrefix(NONCE, 'end')}7\n`),
  ]);

  it('are found wherever the chunks split, and every other byte is passed on', () => {
    for (let size = 1; size <= whole.length; size += 1) {
      const chunks = Array.from({ length: Math.ceil(whole.length / size) }, (_, i) =>
        whole.subarray(i * size, (i + 1) * size),
      );
      const { bytes, marks } = read(chunks);
      expect(bytes.equals(Buffer.concat([before, after]))).toBe(true);
      expect(marks).toEqual([
        { kind: 'start', text: '42' },
        { kind: 'end', text: '7' },
      ]);
    }
  });

  it('do not hold back output that only begins like a mark', () => {
    const seen: string[] = [];
    const output = new MarkedOutput(
      NONCE,
      (bytes) => seen.push(bytes.toString()),
      () => undefined,
    );
    output.take(Buffer.from(`x${NONCE.slice(0, 5)}`));
    expect(seen).toEqual(['x']);
    output.take(Buffer.from('no'));
    expect(seen.join('')).toBe(`x${NONCE.slice(0, 5)}no`);
  });

  it('of other nonces are ordinary output', () => {
    const foreign = Buffer.from(`${markPrefix(NONCE.replace('0', 'f'), 'end')}0\n`);
    expect(read([foreign])).toEqual({ bytes: foreign, marks: [] });
  });
});

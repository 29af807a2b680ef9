import { describe, expect, it } from 'vitest';
import { OutputLines } from '../../../src-main/exec/output-lines';

function linesOf(chunks: readonly Buffer[]): string[] {
  const lines = new OutputLines();
  return [...chunks.flatMap((chunk) => lines.take(chunk)), ...lines.end()];
}

describe('lines of output', () => {
  it('are the same wherever the chunks split', () => {
    const text = Buffer.from('a\r\n\nü\r€\n\r\n𝄞 end');
    const whole = ['a', '', 'ü', '€', '', '𝄞 end'];
    for (let at = 0; at <= text.length; at += 1) {
      expect(linesOf([text.subarray(0, at), text.subarray(at)])).toEqual(whole);
    }
  });

  it('come as soon as their terminator has come', () => {
    const lines = new OutputLines();
    expect(lines.take(Buffer.from('one\rtw'))).toEqual(['one']);
    expect(lines.take(Buffer.from('o\r'))).toEqual(['two']);
    expect(lines.take(Buffer.from('\n'))).toEqual([]);
    expect(lines.end()).toEqual([]);
  });

  it('are split when too long, never within a character', () => {
    const parts = linesOf([Buffer.from(`x${'😀'.repeat(600_000)}`)]);
    expect(parts.length).toBeGreaterThan(1);
    expect(parts.every((part) => part.length <= 2 ** 20)).toBe(true);
    expect(parts.join('')).toBe(`x${'😀'.repeat(600_000)}`);
    expect(parts.some((part) => part.includes('\uFFFD'))).toBe(false);
  });
});

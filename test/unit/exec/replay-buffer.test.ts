import { describe, expect, it } from 'vitest';
import { ReplayBuffer } from '../../../src-main/exec/replay-buffer';

function read(buffer: ReplayBuffer, since: number): [number, string] {
  const { offset, bytes } = buffer.since(since);
  return [offset, bytes.toString()];
}

describe('a replay buffer', () => {
  it('gives back what was written from an offset on', () => {
    const buffer = new ReplayBuffer(100);
    for (const text of ['abc', 'defg', 'h']) buffer.write(Buffer.from(text));
    expect(buffer.end).toBe(8);
    expect(read(buffer, 0)).toEqual([0, 'abcdefgh']);
    expect(read(buffer, 5)).toEqual([5, 'fgh']);
    expect(read(buffer, 8)).toEqual([8, '']);
    expect(read(buffer, 99)).toEqual([8, '']);
  });

  it('forgets the oldest, keeps counting, and says where what is left begins', () => {
    const buffer = new ReplayBuffer(10);
    for (let each = 0; each < 1_000; each += 1) buffer.write(Buffer.from('0123'));
    expect(buffer.end).toBe(4_000);
    const [offset, text] = read(buffer, 0);
    expect(offset).toBe(4_000 - text.length);
    expect(text).toBe('01230123');
    expect(read(buffer, 3_999)).toEqual([3_999, '3']);
  });

  it('holds a single piece that is larger than its size, and not the memory that it was cut from', () => {
    const buffer = new ReplayBuffer(4);
    const whole = Buffer.from('0123456789');
    buffer.write(whole.subarray(2, 8));
    whole.fill('x');
    expect(read(buffer, 0)).toEqual([0, '234567']);
  });
});

import { describe, expect, it } from 'vitest';
import { timedProgress } from '../../../src-renderer/model/capture-progress';
import { formatBytes } from '../../../src-renderer/model/format-size';
import {
  formatAge,
  formatDuration,
  formatExact,
  formatNameStamp,
  formatSpan,
  formatUntil,
} from '../../../src-renderer/model/format-time';
import { shortenId } from '../../../src-renderer/model/shorten-id';

const NOW = Date.parse('2026-11-24T14:05:09.000Z');

function ago(millis: number): string {
  return new Date(NOW - millis).toISOString();
}

describe('sizes', () => {
  it.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [1024, '1.0 KiB'],
    [1536, '1.5 KiB'],
    [1024 ** 2 - 1, '1.0 MiB'],
    [20 * 1024 ** 2, '20.0 MiB'],
    [1.5 * 1024 ** 4, '1.5 TiB'],
  ])('writes %d bytes as %s', (bytes, words) => {
    expect(formatBytes(bytes)).toBe(words);
  });
});

describe('times', () => {
  it.each([
    [0, 'just now'],
    [-5000, 'just now'],
    [12_000, '12 s ago'],
    [3 * 60_000 + 59_000, '3 min ago'],
    [80 * 60_000, '1 h 20 min ago'],
    [50 * 3_600_000, '2 d ago'],
  ])('writes an age of %d ms as %s', (age, words) => {
    expect(formatAge(ago(age), NOW)).toBe(words);
  });

  it('counts down to an expiry and says when it is due', () => {
    expect(formatUntil(ago(-12 * 60_000), NOW)).toBe('in 12 min');
    expect(formatUntil(ago(1), NOW)).toBe('due now');
  });

  it('writes whole hours without minutes', () => {
    expect(formatSpan(2 * 3_600_000)).toBe('2 h');
  });

  it('writes measured durations with their precision', () => {
    expect([85, 1400, 180_000].map(formatDuration)).toEqual(['85 ms', '1.4 s', '3 min']);
  });

  it('writes local time as 24 h ISO and as the stamp of a name', () => {
    const local = new Date(2026, 10, 4, 9, 5, 7);
    expect(formatExact(local.toISOString())).toBe('2026-11-04 09:05:07');
    expect(formatNameStamp(local)).toBe('4 Nov 09:05');
  });
});

describe('progress of a capture', () => {
  it('says that it waits before it starts', () => {
    expect(timedProgress({ predictedMillis: 20_000 }, NOW)).toEqual({ text: 'waiting for its turn' });
  });

  it('tells elapsed and predicted time', () => {
    expect(timedProgress({ startedAt: ago(12_300), predictedMillis: 20_000 }, NOW)).toEqual({
      fraction: 0.615,
      text: '12 s of about 20 s',
    });
  });

  it('never says done before the server does', () => {
    const { fraction } = timedProgress({ startedAt: ago(20_500), predictedMillis: 20_000 }, NOW);
    expect(fraction).toBeLessThan(1);
  });

  it('becomes indeterminate and says so when it takes longer than usual', () => {
    expect(timedProgress({ startedAt: ago(30_000), predictedMillis: 20_000 }, NOW)).toEqual({
      text: '30 s, longer than usual',
    });
  });

  it('has no fraction without history', () => {
    expect(timedProgress({ startedAt: ago(4000) }, NOW)).toEqual({ text: '4 s' });
  });
});

describe('ids', () => {
  it('are shortened in the middle, keeping prefix and end', () => {
    expect(shortenId('snap_01m85s4238epc5dmf44jf7x9vx')).toBe('snap_01m8…f7x9vx');
    expect(shortenId('sbx_short')).toBe('sbx_short');
  });
});

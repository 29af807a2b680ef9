import { describe, expect, it } from 'vitest';
import type { LogLine } from '../../../src-main/http/schemas/desktop';
import { findLines, logText, splitHits } from '../../../src-renderer/model/log-lines';

const LINES: LogLine[] = [
  { stream: 'stdout', text: 'Listening on 8000', at: '2026-11-24T14:05:09.000Z' },
  { stream: 'stderr', text: 'listen: Error', at: '2026-11-24T14:05:10.000Z' },
  { stream: 'stdout', text: '' },
];

describe('searching a log', () => {
  it('finds lines whatever the case, and none for nothing', () => {
    expect(findLines(LINES, 'LISTEN')).toEqual([0, 1]);
    expect(findLines(LINES, 'nowhere')).toEqual([]);
    expect(findLines(LINES, '')).toEqual([]);
  });

  it('marks every hit of a line and loses nothing of it', () => {
    const pieces = splitHits('aXbxx', 'x');
    expect(pieces.map(({ text }) => text).join('')).toBe('aXbxx');
    expect(pieces.filter(({ hit }) => hit).map(({ text }) => text)).toEqual(['X', 'x', 'x']);
    expect(
      splitHits('İ x', 'x')
        .map(({ text }) => text)
        .join(''),
    ).toBe('İ x');
  });
});

it('writes a log as a file with times and streams', () => {
  expect(logText(LINES)).toBe(
    '2026-11-24T14:05:09.000Z Listening on 8000\n2026-11-24T14:05:10.000Z err listen: Error\n\n',
  );
});

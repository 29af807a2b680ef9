import { expect, it } from 'vitest';
import { readFutureTime } from '../../../src-main/sandboxes/expiry-time';

it.each([
  ['2100-01-02T03:04:05Z', '2100-01-02T03:04:05.000Z'],
  [' 2100-01-02 03:04:05.1 ', '2100-01-02T03:04:05.100Z'],
  ['2100-01-02T03:04:05.999999999+00:00', '2100-01-02T03:04:05.999Z'],
  ['2100-01-02T00:00:00+14:00', '2100-01-01T10:00:00.000Z'],
  ['2096-02-29T00:00:00Z', '2096-02-29T00:00:00.000Z'],
])('reads %j', (text, expected) => {
  expect(readFutureTime(text)).toBe(expected);
});

it.each([
  '',
  'Z',
  '2100-01-02',
  '2100-01-02T03:04',
  '2100-02-29T00:00:00Z',
  '2100-01-02T25:00:00Z',
  '4102444800',
  'Sat, 02 Jan 2100 03:04:05 GMT',
])('cannot read %j', (text) => {
  expect(() => readFutureTime(text)).toThrow(
    expect.objectContaining({ status: 400, code: 'SANDBOX::INVALID_PARAMETER' }),
  );
});

it('refuses what is not in the future', () => {
  for (const text of ['1999-01-01T00:00:00Z', new Date().toISOString()]) {
    expect(() => readFutureTime(text)).toThrow(
      expect.objectContaining({ status: 400, code: 'DOCKER::INVALID_EXPIRATION' }),
    );
  }
});

import { describe, expect, it } from 'vitest';
import {
  checkMetadata,
  parseMetadataFilter,
  patchMetadata,
} from '../../../src-main/sandboxes/metadata-rules';

describe('a metadata key', () => {
  it.each(['a', 'A1', 'a-b_c.d', 'x'.repeat(63), 'example.com/name', `${'a'.repeat(63)}.b/name`])(
    'may be %s',
    (key) => {
      expect(() => checkMetadata({ [key]: 'v' })).not.toThrow();
    },
  );

  it.each([
    '',
    '-a',
    'a-',
    'a b',
    'ä',
    'a\n',
    'x'.repeat(64),
    '/name',
    'example.com/',
    'Example.com/name',
    'a/b/c',
    `${'a.'.repeat(127)}/name`,
    'opensandbox.io/x',
    'opensandbox.io/',
  ])('may not be %j', (key) => {
    expect(() => checkMetadata({ [key]: 'v' })).toThrow(
      expect.objectContaining({ status: 400, code: 'SANDBOX::INVALID_METADATA_LABEL' }),
    );
  });
});

describe('a metadata value', () => {
  it.each(['', 'v', 'V-1.2_3', 'x'.repeat(63)])('may be %j', (value) => {
    expect(() => checkMetadata({ key: value })).not.toThrow();
  });

  it.each([' ', 'a b', '.a', 'a.', 'v\n', 'x'.repeat(64), 'a/b'])('may not be %j', (value) => {
    expect(() => checkMetadata({ key: value })).toThrow(expect.objectContaining({ status: 400 }));
  });
});

describe('a patch', () => {
  it('replaces, adds and deletes, and leaves its input alone', () => {
    const current = { keep: '1', change: '1', drop: '1' };
    expect(patchMetadata(current, { change: '2', drop: null, add: '3', absent: null })).toEqual({
      keep: '1',
      change: '2',
      add: '3',
    });
    expect(current).toEqual({ keep: '1', change: '1', drop: '1' });
  });

  it('checks only what comes in', () => {
    expect(patchMetadata({ 'old bad key': 'x y' }, { a: 'b' })).toEqual({ 'old bad key': 'x y', a: 'b' });
    expect(patchMetadata({ 'old bad key': 'x y' }, { 'old bad key': null })).toEqual({});
  });

  it('refuses reserved keys with the code of the reference server', () => {
    for (const value of ['v', null]) {
      expect(() => patchMetadata({}, { 'opensandbox.io/x': value })).toThrow(
        expect.objectContaining({ code: 'INVALID_METADATA_LABEL' }),
      );
    }
  });
});

describe('the list filter', () => {
  it.each<[string, [string, string][]]>([
    ['', []],
    ['a=b', [['a', 'b']]],
    [
      'a=b&c=d',
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
    ],
    ['a=', [['a', '']]],
    ['a=b=c', [['a', 'b=c']]],
    ['a%2Fb=c%26d', [['a/b', 'c&d']]],
    ['a+b=c', [['a b', 'c']]],
    ['a=100%', [['a', '100%']]],
    ['a=b&', [['a', 'b']]],
  ])('reads %j', (text, pairs) => {
    expect([...parseMetadataFilter(text)]).toEqual(pairs);
  });

  it.each(['a', 'a=b&c', '=b'])('refuses %j', (text) => {
    expect(() => parseMetadataFilter(text)).toThrow(
      expect.objectContaining({ status: 400, code: 'INVALID_METADATA_FORMAT' }),
    );
  });
});

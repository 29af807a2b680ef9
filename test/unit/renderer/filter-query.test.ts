import { describe, expect, it } from 'vitest';
import { isEmptyFilter, matchesFilter, parseFilter } from '../../../src-renderer/model/filter-query';

const FIELDS = ['state', 'sandbox'];
const FAILED = { text: 'nightly build snap_1 failed', fields: { state: 'failed', sandbox: 'web front' } };

function matches(filter: string, subject = FAILED): boolean {
  return matchesFilter(parseFilter(filter, FIELDS), subject);
}

describe('parsing a filter', () => {
  it('tells tokens from words', () => {
    expect(parseFilter('state:Failed Nightly', FIELDS)).toEqual({
      words: ['nightly'],
      tokens: [{ field: 'state', value: 'failed' }],
    });
  });

  it('keeps blanks together inside quotes, also while the quote is still open', () => {
    expect(parseFilter('sandbox:"web front" x', FIELDS).tokens).toEqual([
      { field: 'sandbox', value: 'web front' },
    ]);
    expect(parseFilter('"night ly', FIELDS).words).toEqual(['night ly']);
  });

  it('takes an unknown field as a plain word', () => {
    expect(parseFilter('http://x', FIELDS)).toEqual({ words: ['http://x'], tokens: [] });
  });

  it('lets everything through while a token has no value yet', () => {
    expect(isEmptyFilter(parseFilter('state:', FIELDS))).toBe(true);
    expect(isEmptyFilter(parseFilter('  ', FIELDS))).toBe(true);
  });
});

describe('matching a filter', () => {
  it('wants every word and every field', () => {
    expect(matches('nightly state:failed')).toBe(true);
    expect(matches('nightly state:ready')).toBe(false);
    expect(matches('weekly state:failed')).toBe(false);
  });

  it('takes two tokens of one field as alternatives', () => {
    expect(matches('state:ready state:failed')).toBe(true);
    expect(matches('state:ready state:failed sandbox:db')).toBe(false);
  });

  it('matches the beginning of a field', () => {
    expect(matches('state:fai sandbox:web')).toBe(true);
    expect(matches('state:led')).toBe(false);
  });
});

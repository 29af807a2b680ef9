import { describe, expect, it } from 'vitest';
import { best, matchScore, tokensOf, wordStarts, wordsOf } from '../../../src-renderer/model/palette-match';

function score(query: string, text: string): number {
  return matchScore(tokensOf(query), wordsOf(text));
}

describe('what the palette finds', () => {
  it('answers beginnings of words in any order, whatever the case and punctuation', () => {
    expect(score('ag ROLL', 'Roll back… agent-7')).toBeGreaterThan(0);
    expect(score('agent-7', 'Take snapshot agent-7')).toBeGreaterThan(0);
  });

  it('wants every word of what was typed', () => {
    expect(score('roll other', 'Roll back… agent-7')).toBe(0);
    expect(score('zz', 'Roll back…')).toBe(0);
  });

  it('puts whole words before beginnings, those before insides, and letters in order last', () => {
    const texts = ['snapshot of a fork', 'forked', 'pitchfork', 'for a good rank'];
    const found = best(texts.toReversed(), (text) => score('fork', text), 10);
    expect(found).toEqual(texts);
  });

  it('does not answer one or two letters by what lies between words', () => {
    expect(score('d', 'Compare')).toBe(0);
    expect(score('ce', 'Compare')).toBe(0);
    expect(score('cmpr', 'Compare')).toBeGreaterThan(0);
  });

  it('keeps equal ones in their order and no more than asked for', () => {
    const found = best(['agent-1', 'agent-2', 'agent-3'], (text) => score('agent', text), 2);
    expect(found).toEqual(['agent-1', 'agent-2']);
  });

  it('counts the words that a name answers while others name an action', () => {
    expect(wordStarts(tokensOf('roll back agent'), wordsOf('agent-7'))).toBe(1);
    expect(wordStarts(tokensOf('roll back'), wordsOf('agent-7'))).toBe(0);
  });
});

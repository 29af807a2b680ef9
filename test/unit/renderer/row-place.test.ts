import { describe, expect, it } from 'vitest';
import { placeShift } from '../../../src-renderer/model/row-place';

const BEFORE = ['a', 'b', 'c', 'd', 'e', 'f'];

describe('the place of the rows on screen', () => {
  it('moves up by the rows that vanished above', () => {
    expect(placeShift(BEFORE, ['b', 'd', 'e', 'f'], 3)).toBe(-2);
  });

  it('moves down by the rows that came above', () => {
    expect(placeShift(BEFORE, ['new', ...BEFORE], 2)).toBe(1);
  });

  it('stays when rows below change', () => {
    expect(placeShift(BEFORE, ['a', 'b', 'c', 'f'], 2)).toBe(0);
  });

  it('goes by the next row that is left when the first one on screen vanished', () => {
    expect(placeShift(BEFORE, ['b', 'c', 'e', 'f'], 3)).toBe(-2);
  });

  it('stays when nothing on screen is left', () => {
    expect(placeShift(BEFORE, ['x', 'y'], 2)).toBe(0);
  });
});

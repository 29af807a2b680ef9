import { describe, expect, it } from 'vitest';
import {
  EMPTY_SELECTION,
  clearSelected,
  clickRow,
  moveActive,
  pruneSelection,
  selectAll,
  targetsOf,
  toggleRow,
} from '../../../src-renderer/model/selection';

const IDS = ['a', 'b', 'c', 'd', 'e'];
const PLAIN = { shift: false, toggle: false };
const SHIFT = { shift: true, toggle: false };
const CTRL = { shift: false, toggle: true };

function at(active: string, selected: string[] = []) {
  return { selected: new Set(selected), active, anchor: active };
}

describe('clicking rows', () => {
  it('moves to the row and drops the selection', () => {
    const next = clickRow(at('a', ['a', 'b']), IDS, 'c', PLAIN);
    expect([...next.selected]).toEqual([]);
    expect(next.active).toBe('c');
  });

  it('toggles with ctrl and keeps the others', () => {
    const two = clickRow(at('a', ['a']), IDS, 'c', CTRL);
    expect([...two.selected].sort()).toEqual(['a', 'c']);
    expect([...clickRow(two, IDS, 'a', CTRL).selected]).toEqual(['c']);
  });

  it('selects the range from the anchor with shift, in either direction', () => {
    expect([...clickRow(at('d'), IDS, 'b', SHIFT).selected]).toEqual(['b', 'c', 'd']);
    const again = clickRow(clickRow(at('b'), IDS, 'd', SHIFT), IDS, 'c', SHIFT);
    expect([...again.selected]).toEqual(['b', 'c']);
  });

  it('selects only the row when the anchor has vanished', () => {
    expect([...clickRow(at('gone'), IDS, 'b', SHIFT).selected]).toEqual(['b']);
  });
});

describe('moving by keyboard', () => {
  it('starts at the first row downwards and at the last upwards', () => {
    expect(moveActive(EMPTY_SELECTION, IDS, 1, false).active).toBe('a');
    expect(moveActive(EMPTY_SELECTION, IDS, -1, false).active).toBe('e');
  });

  it('stops at both ends', () => {
    expect(moveActive(at('e'), IDS, 1, false).active).toBe('e');
    expect(moveActive(at('b'), IDS, -10, false).active).toBe('a');
  });

  it('grows and shrinks the range with shift', () => {
    const two = moveActive(at('b'), IDS, 1, true);
    expect([...two.selected]).toEqual(['b', 'c']);
    expect([...moveActive(two, IDS, -1, true).selected]).toEqual(['b']);
  });

  it('keeps the selection when it moves without shift', () => {
    expect([...moveActive(at('b', ['a', 'b']), IDS, 1, false).selected]).toEqual(['a', 'b']);
  });

  it('does nothing in an empty list', () => {
    expect(moveActive(EMPTY_SELECTION, [], 1, false)).toBe(EMPTY_SELECTION);
  });
});

describe('when rows vanish', () => {
  it('moves to the row that took the place', () => {
    expect(pruneSelection(at('c'), IDS, ['a', 'b', 'd', 'e']).active).toBe('d');
  });

  it('moves to the last row when the last vanished', () => {
    expect(pruneSelection(at('e'), IDS, ['a', 'b']).active).toBe('b');
  });

  it('stays with a row that a link named and the list never had', () => {
    const state = at('elsewhere');
    expect(pruneSelection(state, [], IDS)).toBe(state);
    expect(pruneSelection(state, IDS, ['a', 'b'])).toBe(state);
  });

  it('drops vanished rows from the selection and keeps the rest', () => {
    expect([...pruneSelection(at('a', ['a', 'c', 'e']), IDS, ['a', 'e']).selected]).toEqual(['a', 'e']);
  });

  it('returns the same object when nothing of it vanished', () => {
    const state = at('a', ['b']);
    expect(pruneSelection(state, IDS, ['a', 'b'])).toBe(state);
  });
});

describe('what an action works on', () => {
  it('is the selection, else the active row, else nothing', () => {
    expect(targetsOf(at('a', ['b', 'c']))).toEqual(['b', 'c']);
    expect(targetsOf(at('a'))).toEqual(['a']);
    expect(targetsOf(EMPTY_SELECTION)).toEqual([]);
  });

  it('is every row after select all, and none after clearing', () => {
    const all = selectAll(toggleRow(EMPTY_SELECTION, 'b'), IDS);
    expect(all.selected.size).toBe(5);
    expect(clearSelected(all).selected.size).toBe(0);
    expect(clearSelected(all).active).toBe('b');
  });
});

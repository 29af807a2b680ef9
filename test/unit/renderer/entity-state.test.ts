import { describe, expect, it } from 'vitest';
import {
  EMPTY_ENTITIES,
  appendOlder,
  applyChanges,
  beginRereading,
  endRereading,
  keepNewest,
  replaceAll,
} from '../../../src-renderer/state/entity-state';

interface Item {
  id: string;
  version: number;
}

function item(id: string, version = 1): Item {
  return { id, version };
}

const idOf = (value: Item): string => value.id;
const TWO = replaceAll([item('b'), item('a')], idOf);

describe('events on a list', () => {
  it('put new entities first, in the order in which they came', () => {
    const state = applyChanges(TWO, [
      { id: 'c', value: item('c') },
      { id: 'd', value: item('d') },
    ]);
    expect(state.order).toEqual(['d', 'c', 'b', 'a']);
  });

  it('change one entity and leave the others the same objects', () => {
    const state = applyChanges(TWO, [{ id: 'a', value: item('a', 2) }]);
    expect(state.byId['a']?.version).toBe(2);
    expect(state.byId['b']).toBe(TWO.byId['b']);
    expect(state.order).toBe(TWO.order);
  });

  it('take entities away; unknown ones are harmless', () => {
    const state = applyChanges(TWO, [
      { id: 'a', value: null },
      { id: 'x', value: null },
    ]);
    expect(state.order).toEqual(['b']);
    expect('a' in state.byId).toBe(false);
  });

  it('end with the last word about an entity within one batch', () => {
    const state = applyChanges(TWO, [
      { id: 'c', value: item('c') },
      { id: 'c', value: null },
      { id: 'a', value: null },
      { id: 'a', value: item('a', 3) },
    ]);
    expect(state.order).toEqual(['a', 'b']);
    expect(state.byId['a']?.version).toBe(3);
  });
});

describe('a list that is read anew in pages', () => {
  const held = replaceAll([item('c'), item('b'), item('a')], idOf);
  const none = new Set<string>();

  it('shows what the first page says, and keeps the rest in sight', () => {
    const state = beginRereading(held, [item('d'), item('c', 2)], idOf);
    expect(state.order).toEqual(['d', 'c', 'b', 'a']);
    expect(state.byId['c']?.version).toBe(2);
  });

  it('ends as the pages say: what none of them has is gone', () => {
    const pages = [item('d'), item('c', 2), item('a', 2)];
    const begun = beginRereading(held, pages.slice(0, 2), idOf);
    const state = endRereading(begun, { before: held.order, pages, changed: none }, idOf);
    expect(state.order).toEqual(['d', 'c', 'a']);
    expect('b' in state.byId).toBe(false);
    expect(state.byId['a']?.version).toBe(2);
  });

  it('believes events that came meanwhile rather than the pages', () => {
    const pages = [item('c', 2), item('b', 2), item('a', 2)];
    const begun = applyChanges(beginRereading(held, pages.slice(0, 1), idOf), [
      { id: 'b', value: item('b', 3) },
      { id: 'a', value: null },
      { id: 'e', value: item('e') },
    ]);
    const changed = new Set(['a', 'b', 'e']);
    const state = endRereading(begun, { before: held.order, pages, changed }, idOf);
    expect(state.order).toEqual(['e', 'c', 'b']);
    expect(state.byId['b']?.version).toBe(3);
  });
});

describe('older pages', () => {
  it('give its place to what was read by itself, and keep the newer of both', () => {
    const early = { ...TWO, byId: { ...TWO.byId, '5': item('5', 2) } };
    const state = appendOlder(early, [item('6'), item('5'), item('4')], idOf);
    expect(state.order).toEqual(['b', 'a', '6', '5', '4']);
    expect(state.byId['5']?.version).toBe(2);
  });

  it('come after what is held and never replace it', () => {
    const state = appendOlder(
      applyChanges(TWO, [{ id: 'a', value: item('a', 2) }]),
      [item('a', 1), item('z')],
      idOf,
    );
    expect(state.order).toEqual(['b', 'a', 'z']);
    expect(state.byId['a']?.version).toBe(2);
  });

  it('change nothing when all of them are held', () => {
    expect(appendOlder(TWO, [item('a')], idOf)).toBe(TWO);
    expect(EMPTY_ENTITIES.order).toEqual([]);
  });
});

describe('a list with an end', () => {
  it('keeps its newest entries, and is the same while it is short', () => {
    const state = keepNewest(applyChanges(TWO, [{ id: 'c', value: item('c') }]), 2);
    expect(state.order).toEqual(['c', 'b']);
    expect(Object.keys(state.byId).sort()).toEqual(['b', 'c']);
    expect(keepNewest(state, 2)).toBe(state);
  });
});

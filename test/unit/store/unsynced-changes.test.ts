import { beforeEach, expect, it } from 'vitest';
import {
  setRecord,
  viewOf,
  type StateView,
  type StoredRecord,
  type StoredState,
} from '../../../src-main/store/stored-state';
import { UnsyncedChanges, type Change } from '../../../src-main/store/unsynced-changes';

interface Versioned extends StoredRecord {
  version: number;
}

const record = (id: string, version: number): Versioned => ({ id, version });

let state: StoredState;
let unsynced: UnsyncedChanges;

beforeEach(() => {
  state = new Map([['snapshots', new Map([record('a', 0), record('b', 0)].map((each) => [each.id, each]))]]);
  unsynced = new UnsyncedChanges(state);
});

function change(id: string, next: Versioned | null): Change {
  const made: Change = { collection: 'snapshots', id, record: next, json: '' };
  unsynced.begin(made);
  setRecord(state, made, next);
  return made;
}

/** By id: a record that was removed and came back stands last. */
const sorted = (view: StateView): unknown =>
  (view.get('snapshots') ?? []).toSorted((a, b) => (a.id < b.id ? -1 : 1));

const seen = (): unknown => sorted(viewOf(state));
const durable = (): unknown => sorted(unsynced.durableView());

it('tells what the disk has while changes are on their way, whatever kind they are', () => {
  change('a', record('a', 1));
  change('b', null);
  change('c', record('c', 0));
  expect(seen()).toEqual([record('a', 1), record('c', 0)]);
  expect(durable()).toEqual([record('a', 0), record('b', 0)]);
});

it('undoes a failed change, unless a later one replaced it', () => {
  const first = change('a', record('a', 1));
  const second = change('a', record('a', 2));
  unsynced.fail(first);
  expect(seen()).toEqual([record('a', 2), record('b', 0)]);
  unsynced.succeed(second);
  expect(durable()).toEqual(seen());
});

it('undoes a chain of failed changes to what the disk has, not to a step of the chain', () => {
  const chain = [change('a', record('a', 1)), change('a', null), change('a', record('a', 3))];
  for (const each of chain) unsynced.fail(each);
  expect(seen()).toEqual([record('a', 0), record('b', 0)]);
});

it('undoes to the change before when that one was stored', () => {
  const first = change('a', record('a', 1));
  const second = change('a', record('a', 2));
  unsynced.succeed(first);
  expect(durable()).toEqual([record('a', 1), record('b', 0)]);
  unsynced.fail(second);
  expect(seen()).toEqual([record('a', 1), record('b', 0)]);
});

it('brings back a record whose removal failed', () => {
  unsynced.fail(change('b', null));
  expect(seen()).toEqual([record('a', 0), record('b', 0)]);
});

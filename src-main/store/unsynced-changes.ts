import {
  setRecord,
  viewOf,
  type RecordKey,
  type StateView,
  type StoredRecord,
  type StoredState,
} from './stored-state';

/** A change that readers see already and the disk does not have yet. */
export interface Change extends RecordKey {
  record: StoredRecord | null;
  /** The change as a journal entry. */
  json: string;
}

interface Unsynced {
  key: RecordKey;
  /** What the disk has for this key. */
  durable: StoredRecord | undefined;
  latest: Change;
}

/** Knows, for every record whose newest value is not on the disk, which value is. */
export class UnsyncedChanges {
  private readonly byKey = new Map<string, Unsynced>();

  constructor(private readonly state: StoredState) {}

  /** Call before the change is made in memory. */
  begin(change: Change): void {
    const key = keyOf(change);
    const unsynced = this.byKey.get(key);
    if (unsynced) unsynced.latest = change;
    else {
      const durable = this.state.get(change.collection)?.get(change.id);
      this.byKey.set(key, { key: { collection: change.collection, id: change.id }, durable, latest: change });
    }
  }

  /** The change is on the disk. */
  succeed(change: Change): void {
    const key = keyOf(change);
    const unsynced = this.byKey.get(key);
    if (!unsynced) return;
    unsynced.durable = change.record ?? undefined;
    if (unsynced.latest === change) this.byKey.delete(key);
  }

  /** The change will not be on the disk: undone in memory, unless a later one replaced it. */
  fail(change: Change): void {
    const key = keyOf(change);
    const unsynced = this.byKey.get(key);
    if (unsynced?.latest !== change) return;
    setRecord(this.state, unsynced.key, unsynced.durable);
    this.byKey.delete(key);
  }

  /** The records as the disk has them, in the order that readers see. */
  durableView(): StateView {
    const view = new Map(viewOf(this.state));
    for (const collection of new Set([...this.byKey.values()].map(({ key }) => key.collection))) {
      const durable: StoredRecord[] = [];
      for (const record of view.get(collection) ?? []) {
        const unsynced = this.byKey.get(keyOf({ collection, id: record.id }));
        const onDisk = unsynced ? unsynced.durable : record;
        if (onDisk) durable.push(onDisk);
      }
      view.set(collection, [...durable, ...this.unsyncedRemovals(collection)]);
    }
    return view;
  }

  /** Records of a collection that readers no longer see and the disk still has. */
  private unsyncedRemovals(collection: string): StoredRecord[] {
    return [...this.byKey.values()].flatMap(({ key, durable, latest }) =>
      key.collection === collection && latest.record === null && durable ? [durable] : [],
    );
  }
}

function keyOf({ collection, id }: RecordKey): string {
  return `${collection} ${id}`;
}

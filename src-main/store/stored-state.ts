/** A record as the files hold it, whatever its collection. */
export type StoredRecord = Readonly<{ id: string }>;

/** Everything that is stored: collection → id → record. Unknown collections are carried along untouched. */
export type StoredState = Map<string, Map<string, StoredRecord>>;

/** The records of every collection at one moment. Records are immutable, so this stays what it is. */
export type StateView = ReadonlyMap<string, readonly StoredRecord[]>;

/** One change of one record; null removes it. */
export type ChangeEntry = [collection: string, id: string, record: StoredRecord | null];

/** Where a record belongs. */
export interface RecordKey {
  collection: string;
  id: string;
}

/** Puts the value at its key, or removes it when there is none. */
export function setRecord(state: StoredState, key: RecordKey, record: StoredRecord | null | undefined): void {
  const records = state.get(key.collection);
  if (record) {
    if (records) records.set(key.id, record);
    else state.set(key.collection, new Map([[key.id, record]]));
  } else {
    records?.delete(key.id);
  }
}

/** A view of the state as it is now; costs far less than a copy. */
export function viewOf(state: StoredState): StateView {
  return new Map([...state].map(([collection, records]) => [collection, [...records.values()]]));
}

/** Number of records in all collections. */
export function countRecords(view: StateView): number {
  let count = 0;
  for (const records of view.values()) count += records.length;
  return count;
}

/** Narrows a parsed value to a change entry: a record must carry the id it is filed under. */
export function isChangeEntry(value: unknown): value is ChangeEntry {
  if (!Array.isArray(value) || value.length !== 3) return false;
  const parts: unknown[] = value;
  const [collection, id, record] = parts;
  if (typeof collection !== 'string' || typeof id !== 'string') return false;
  if (record === null) return true;
  return typeof record === 'object' && 'id' in record && record.id === id;
}

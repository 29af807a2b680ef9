/** Shape of every entity store: plain data, newest first. */
export interface EntityState<T> {
  readonly byId: Readonly<Record<string, T>>;
  /** Ids, newest first; one that was read by itself gets its place later. */
  readonly order: readonly string[];
  /** When the first list arrived; absent while nothing was ever loaded. */
  readonly loadedAt: number | undefined;
  /** Why the last read of the list failed; the data of before stays. */
  readonly loadError: string | undefined;
}

export interface EntityChange<T> {
  id: string;
  /** `null` means gone. */
  value: T | null;
}

export const EMPTY_ENTITIES = { byId: {}, order: [], loadedAt: undefined, loadError: undefined } as const;

/** The state after a whole list was read. */
export function replaceAll<T>(items: readonly T[], idOf: (item: T) => string): EntityState<T> {
  const byId: Record<string, T> = {};
  for (const item of items) byId[idOf(item)] = item;
  return { byId, order: items.map(idOf), loadedAt: Date.now(), loadError: undefined };
}

/** Adds older items at the end; what is already held is newer and stays, but gets its place. */
export function appendOlder<T>(
  state: EntityState<T>,
  items: readonly T[],
  idOf: (item: T) => string,
): EntityState<T> {
  const placed = new Set(state.order);
  const fresh = items.filter((item) => !placed.has(idOf(item)));
  if (fresh.length === 0) return state;
  const byId = { ...state.byId };
  for (const item of fresh) byId[idOf(item)] ??= item;
  return { ...state, byId, order: [...state.order, ...fresh.map(idOf)] };
}

/**
 * Begins to read anew a list that is longer than one page: what is held stays in sight until {@link endRereading}, with
 * what the first page says of it.
 */
export function beginRereading<T>(
  state: EntityState<T>,
  firstPage: readonly T[],
  idOf: (item: T) => string,
): EntityState<T> {
  const placed = new Set(state.order);
  const fresh = firstPage.map(idOf).filter((id) => !placed.has(id));
  const byId = { ...state.byId };
  for (const item of firstPage) byId[idOf(item)] = item;
  return { byId, order: [...fresh, ...state.order], loadedAt: Date.now(), loadError: undefined };
}

/**
 * Ends it, in the order of the pages.
 * @param before what was held when it began: of that, what no page had is gone
 * @param pages what was read, newest first
 * @param changed ids of which an event told meanwhile, which is newer than the pages
 */
export function endRereading<T>(
  state: EntityState<T>,
  {
    before,
    pages,
    changed,
  }: { before: readonly string[]; pages: readonly T[]; changed: ReadonlySet<string> },
  idOf: (item: T) => string,
): EntityState<T> {
  const isGone = new Set(before);
  const byId: Record<string, T> = { ...state.byId };
  const read: string[] = [];
  for (const item of pages) {
    const id = idOf(item);
    isGone.delete(id);
    if (!changed.has(id)) byId[id] = item;
    if (id in byId) read.push(id);
  }
  for (const id of isGone) if (!changed.has(id)) Reflect.deleteProperty(byId, id);
  const placed = new Set(read);
  const rest = state.order.filter((id) => id in byId && !placed.has(id));
  return { ...state, byId, order: [...rest, ...read] };
}

/** Applies a batch of events at once, so that 10,000 records are copied once per batch; new ids go to the front. */
export function applyChanges<T>(state: EntityState<T>, changes: readonly EntityChange<T>[]): EntityState<T> {
  if (changes.length === 0) return state;
  const byId: Record<string, T> = { ...state.byId };
  const added: string[] = [];
  const gone = new Set<string>();
  for (const { id, value } of changes) {
    if (value === null) {
      if (id in byId) gone.add(id);
      Reflect.deleteProperty(byId, id);
    } else {
      if (!(id in byId)) added.unshift(id);
      byId[id] = value;
    }
  }
  if (added.length === 0 && gone.size === 0) return { ...state, byId };
  const front = [...new Set(added)].filter((id) => id in byId);
  const moved = new Set(front);
  return { ...state, byId, order: [...front, ...state.order.filter((id) => id in byId && !moved.has(id))] };
}

/** Lets go of what is older than the newest `most`: a window may stay open for weeks. */
export function keepNewest<T>(state: EntityState<T>, most: number): EntityState<T> {
  if (state.order.length <= most) return state;
  const order = state.order.slice(0, most);
  const kept = new Set(order);
  return {
    ...state,
    order,
    byId: Object.fromEntries(Object.entries(state.byId).filter(([id]) => kept.has(id))),
  };
}

/** Selection of a list without drawing: which rows are chosen, which one the keyboard stands on. */
export interface Selection {
  readonly selected: ReadonlySet<string>;
  /** The row that the keyboard stands on. */
  readonly active: string | undefined;
  /** Where a range starts. */
  readonly anchor: string | undefined;
}

export interface Modifiers {
  shift: boolean;
  /** Ctrl, or Cmd on macOS. */
  toggle: boolean;
}

export const EMPTY_SELECTION: Selection = { selected: new Set(), active: undefined, anchor: undefined };

/** A click: plain moves there and drops the selection, ctrl toggles, shift selects from the anchor. */
export function clickRow(state: Selection, ids: readonly string[], id: string, keys: Modifiers): Selection {
  if (keys.shift) return { ...state, selected: range(ids, state.anchor ?? id, id), active: id };
  if (keys.toggle) return toggleRow(state, id);
  return { selected: new Set(), active: id, anchor: id };
}

/** Chooses a row or lets it go, and stands on it. */
export function toggleRow(state: Selection, id: string): Selection {
  const selected = new Set(state.selected);
  if (!selected.delete(id)) selected.add(id);
  return { selected, active: id, anchor: id };
}

/** Moves by `delta` rows, clamped to the list; with shift the range grows from the anchor. */
export function moveActive(
  state: Selection,
  ids: readonly string[],
  delta: number,
  shift: boolean,
): Selection {
  if (ids.length === 0) return state;
  const from = state.active === undefined ? -1 : ids.indexOf(state.active);
  const start = from === -1 && delta < 0 ? ids.length : from;
  const index = Math.min(ids.length - 1, Math.max(0, start + delta));
  const active = ids[index] ?? state.active;
  if (active === undefined) return state;
  if (!shift) return { ...state, active, anchor: active };
  const anchor = state.anchor ?? state.active ?? active;
  return { selected: range(ids, anchor, active), active, anchor };
}

/** Chooses every row shown. */
export function selectAll(state: Selection, ids: readonly string[]): Selection {
  return { ...state, selected: new Set(ids) };
}

/** Lets all rows go but keeps the place. */
export function clearSelected(state: Selection): Selection {
  return state.selected.size === 0 ? state : { ...state, selected: new Set() };
}

/**
 * After the list changed: vanished rows leave the selection; when the active row vanished, the one that took its
 * place (or the last) becomes active. One that was never listed stays: a link may name what is not read yet, or
 * what is gone. Returns the same object when nothing changed.
 */
export function pruneSelection(
  state: Selection,
  before: readonly string[],
  after: readonly string[],
): Selection {
  if (state.selected.size === 0 && state.active === undefined) return state;
  const present = new Set(after);
  const selected = [...state.selected].filter((id) => present.has(id));
  const activeGone =
    state.active !== undefined && !present.has(state.active) && before.includes(state.active);
  if (selected.length === state.selected.size && !activeGone) return state;
  const active = activeGone ? neighbour(state.active, before, after, present) : state.active;
  const anchor = state.anchor !== undefined && present.has(state.anchor) ? state.anchor : active;
  return { selected: new Set(selected), active, anchor };
}

/** The rows that an action works on: the selection, else the active row. */
export function targetsOf(state: Selection): string[] {
  if (state.selected.size > 0) return [...state.selected];
  return state.active === undefined ? [] : [state.active];
}

function range(ids: readonly string[], from: string, to: string): Set<string> {
  const a = ids.indexOf(from);
  const b = ids.indexOf(to);
  if (a === -1 || b === -1) return new Set([to]);
  return new Set(ids.slice(Math.min(a, b), Math.max(a, b) + 1));
}

function neighbour(
  gone: string,
  before: readonly string[],
  after: readonly string[],
  present: ReadonlySet<string>,
): string | undefined {
  return before.slice(before.indexOf(gone)).find((id) => present.has(id)) ?? after.at(-1);
}

/** What every line of a tree tells, whatever else it shows. */
export interface TreeLine {
  path: string;
  name: string;
  /** From 1. */
  level: number;
  /** Undefined where there is nothing to open. */
  expanded: boolean | undefined;
  /** Place among its siblings that are shown, from 1. */
  position: number;
  siblings: number;
}

/** The line that an arrow to the left goes to: the folder that a line lies in, or itself at the top level. */
export function parentLine(rows: readonly TreeLine[], index: number): number {
  const level = rows[index]?.level ?? 1;
  for (let at = index; at >= 0; at -= 1) if ((rows[at]?.level ?? level) < level) return at;
  return index;
}

/** The set with the value added, or taken away if it was there. */
export function toggled(set: ReadonlySet<string>, value: string): ReadonlySet<string> {
  const next = new Set(set);
  if (!next.delete(value)) next.add(value);
  return next;
}

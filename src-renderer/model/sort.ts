export interface Sort {
  readonly column: string;
  readonly direction: 'ascending' | 'descending';
}

/** The next sort after a click on a column's header: the same column turns round. */
export function nextSort(current: Sort, column: string, first: Sort['direction'] = 'ascending'): Sort {
  if (current.column !== column) return { column, direction: first };
  return { column, direction: current.direction === 'ascending' ? 'descending' : 'ascending' };
}

/** Ids in the order of their keys; absent keys come last in both directions; equal keys keep their order. */
export function sortIds(
  ids: readonly string[],
  keyOf: (id: string) => string | number | undefined,
  direction: Sort['direction'],
): string[] {
  const sign = direction === 'ascending' ? 1 : -1;
  return ids
    .map((id) => ({ id, key: keyOf(id) }))
    .sort((a, b) => {
      if (a.key === b.key) return 0;
      if (a.key === undefined) return 1;
      if (b.key === undefined) return -1;
      return a.key < b.key ? -sign : sign;
    })
    .map(({ id }) => id);
}

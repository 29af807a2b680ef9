/** A page of a list, as CONTRACT.md 2.4 describes it. */
export interface Page<T> {
  items: T[];
  pagination: {
    page: number;
    pageSize: number;
    totalItems: number;
    totalPages: number;
    hasNextPage: boolean;
  };
}

/**
 * Takes one page, newest first, of records that are held oldest first.
 * A page beyond the end is empty; `totalPages` is 0 when nothing matches.
 */
export function pageOf<T>(oldestFirst: readonly T[], page: number, pageSize: number): Page<T> {
  const totalItems = oldestFirst.length;
  const totalPages = Math.ceil(totalItems / pageSize);
  const end = Math.max(0, totalItems - (page - 1) * pageSize);
  const start = Math.max(0, end - pageSize);
  return {
    items: oldestFirst.slice(start, end).reverse(),
    pagination: { page, pageSize, totalItems, totalPages, hasNextPage: page < totalPages },
  };
}

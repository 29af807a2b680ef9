import { useMemo, useState } from 'react';
import { isEmptyFilter, matchesFilter, parseFilter, type FilterSubject } from '../model/filter-query';
import { sortIds, type Sort } from '../model/sort';

interface ListViewOptions<T> {
  byId: Readonly<Record<string, T>>;
  /** Newest first, which is what sorting by `created` descending means. */
  order: readonly string[];
  sort: Sort;
  filter: string;
  filterFields: readonly string[];
  subjectOf: (item: T) => FilterSubject;
  keyOf: (item: T, column: string) => string | number | undefined;
}

/** Ids to show: sorted, then filtered. The same array comes back while its contents stay, so lists do not redraw. */
export function useListView<T>(options: ListViewOptions<T>): readonly string[] {
  const { byId, order, sort, filter, filterFields, subjectOf, keyOf } = options;
  const sorted = useMemo(() => {
    if (sort.column === 'created') return sort.direction === 'descending' ? order : order.toReversed();
    const key = (id: string): string | number | undefined => {
      const item = byId[id];
      return item === undefined ? undefined : keyOf(item, sort.column);
    };
    return sortIds(order, key, sort.direction);
  }, [byId, order, sort, keyOf]);
  const shown = useMemo(() => {
    const query = parseFilter(filter, filterFields);
    if (isEmptyFilter(query)) return sorted;
    return sorted.filter((id) => {
      const item = byId[id];
      return item !== undefined && matchesFilter(query, subjectOf(item));
    });
  }, [byId, sorted, filter, filterFields, subjectOf]);
  return useStable(shown);
}

/** Keeps the identity while the contents are equal. */
function useStable(ids: readonly string[]): readonly string[] {
  const [stable, setStable] = useState(ids);
  if (stable === ids) return stable;
  const same = stable.length === ids.length && stable.every((id, index) => id === ids[index]);
  if (same) return stable;
  setStable(ids);
  return ids;
}

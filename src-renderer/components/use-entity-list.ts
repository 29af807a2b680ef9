import { useCallback, useEffect, useEffectEvent, useRef, useState } from 'react';
import { EMPTY_SELECTION, pruneSelection, targetsOf, type Selection } from '../model/selection';
import { useOutage } from '../state/connection';
import { usePublishedSelection } from '../state/current-selection';
import type { MenuRequest } from './ActionMenu';
import { availabilityFor, type EntityAction } from './entity-action';
import { useKeys } from './use-keys';

interface EntityListOptions<T> {
  ids: readonly string[];
  actions: readonly EntityAction<T>[];
  itemsOf: (ids: readonly string[]) => T[];
  /** Says why a key did nothing. */
  onRefused: (reason: string) => void;
}

/** Selection, menu and keys of a list, the same for every kind of entity. */
export function useEntityList<T>({ ids, actions, itemsOf, onRefused }: EntityListOptions<T>) {
  const [selection, setSelection] = useState<Selection>(EMPTY_SELECTION);
  const [menu, setMenu] = useState<MenuRequest>();
  const before = useRef(ids);
  const outage = useOutage();

  const prune = useEffectEvent(() => {
    setSelection((current) => pruneSelection(current, before.current, ids));
    before.current = ids;
  });
  useEffect(() => prune(), [ids]);
  usePublishedSelection(targetsOf(selection));

  const openMenu = useCallback(
    (id: string, x: number, y: number) => {
      const targets = selection.selected.has(id) ? [...selection.selected] : [id];
      if (!selection.selected.has(id)) setSelection({ selected: new Set(), active: id, anchor: id });
      setMenu({ ids: targets, x, y });
    },
    [selection],
  );

  useKeys((key) => {
    // Enter belongs to the grid, which opens the row that has the focus.
    const candidates = actions.filter((action) => action.shortcut === key && key !== 'Enter');
    const items = itemsOf(targetsOf(selection));
    const [first] = candidates;
    if (first === undefined || items.length === 0) return false;
    const possible = candidates.find((action) => availabilityFor(action, items, outage) === true);
    if (possible === undefined) onRefused(String(availabilityFor(first, items, outage)));
    else possible.run(items);
    return true;
  });

  return { selection, setSelection, menu, openMenu, closeMenu: () => setMenu(undefined) };
}

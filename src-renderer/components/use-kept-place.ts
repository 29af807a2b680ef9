import { useEffectEvent, useLayoutEffect, useRef } from 'react';
import { placeShift } from '../model/row-place';

interface KeptPlaceOptions {
  ids: readonly string[];
  rowHeight: number;
  /** What is looked at: another filter or order starts at the top. */
  viewKey: string;
  /** Where the list was scrolled to before this change; the browser may have cut it to the new length since. */
  offset: () => number;
  scrollTo: (offset: number) => void;
}

/** Rows on screen stay where they are when rows above them come or go. */
export function useKeptPlace({ ids, rowHeight, viewKey, offset, scrollTo }: KeptPlaceOptions): void {
  const before = useRef({ ids, viewKey });
  const keep = useEffectEvent(() => {
    const last = before.current;
    before.current = { ids, viewKey };
    const at = offset();
    // At the top, what is new belongs into view.
    if (at < rowHeight) return;
    if (last.viewKey !== viewKey) {
      scrollTo(0);
      return;
    }
    const shift = placeShift(last.ids, ids, Math.floor(at / rowHeight));
    if (shift !== 0) scrollTo(at + shift * rowHeight);
  });
  useLayoutEffect(() => keep(), [ids, viewKey]);
}

import type { VirtualItem } from '@tanstack/react-virtual';
import { useEffect, useEffectEvent, type RefObject } from 'react';

interface ActiveInViewOptions {
  scroller: RefObject<HTMLElement | null>;
  /** Height of a header that stays above the rows. */
  headPx?: number;
  /** Where the row under the keys lies in the list; undefined when there is none. */
  active: () => Pick<VirtualItem, 'start' | 'end'> | undefined;
  /** Scrolls as little as brings that row into view. */
  show: () => void;
}

/** The row under the keys, if it can be seen, stays in view when its list becomes lower. */
export function useActiveInView({ scroller, headPx = 0, active, show }: ActiveInViewOptions): void {
  /** @returns whether the list is high enough to show the row at all */
  const keep = useEffectEvent((element: HTMLElement, before: number): boolean => {
    const row = active();
    if (row === undefined) return true;
    const top = element.scrollTop;
    const height = element.clientHeight - headPx;
    if (height < row.end - row.start) return false;
    const wasSeen = row.end > top && row.start < top + before - headPx;
    if (wasSeen && row.end > top + height) show();
    return true;
  });
  useEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    // Told first of the height that it has: to ask for that here would have the page laid out once more.
    let before: number | undefined;
    const observer = new ResizeObserver(() => {
      if (before === undefined || keep(element, before)) before = element.clientHeight;
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [scroller]);
}

import type { Virtualizer } from '@tanstack/react-virtual';
import { useEffect, useEffectEvent, type RefObject } from 'react';

interface ActiveInViewOptions {
  scroller: RefObject<HTMLElement | null>;
  /** Height of a header that stays above the rows. */
  headPx?: number;
  virtualizer: Pick<Virtualizer<HTMLDivElement, Element>, 'measurementsCache' | 'scrollToIndex'>;
  /** Of the row under the keys; -1 when there is none. */
  activeIndex: number;
}

/** The row under the keys, if it can be seen, stays in view when its list becomes lower. */
export function useActiveInView(options: ActiveInViewOptions): void {
  const { scroller, headPx = 0, virtualizer, activeIndex } = options;
  /** @returns whether the list is high enough to show the row at all */
  const keep = useEffectEvent((element: HTMLElement, before: number): boolean => {
    const row = virtualizer.measurementsCache[activeIndex];
    if (row === undefined) return true;
    const top = element.scrollTop;
    const height = element.clientHeight - headPx;
    if (height < row.end - row.start) return false;
    const wasSeen = row.end > top && row.start < top + before - headPx;
    if (wasSeen && row.end > top + height) virtualizer.scrollToIndex(activeIndex);
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

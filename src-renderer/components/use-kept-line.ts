import type { VirtualItem } from '@tanstack/react-virtual';
import { useEffectEvent, useLayoutEffect, useRef } from 'react';

interface KeptLineOptions {
  /** What the lines are of; another array means that some may have come or gone. */
  lines: readonly unknown[];
  /** What is looked at: another filter starts at the top. */
  viewKey: string;
  /** The lines in the page, by key. */
  shown: readonly VirtualItem[];
  /** Where a line begins now, in pixels from the start of the list; undefined when it is gone. */
  startOf: (key: VirtualItem['key']) => number | undefined;
  /** Where the list is scrolled to, in pixels. */
  offset: () => number;
  scrollTo: (offset: number) => void;
}

/** For lines of different heights what use-kept-place.ts is for rows: those on screen stay where they are. */
export function useKeptLine({ lines, viewKey, shown, startOf, offset, scrollTo }: KeptLineOptions): void {
  const before = useRef({ lines, viewKey, shown });
  const keep = useEffectEvent(() => {
    const last = before.current;
    before.current = { lines, viewKey, shown };
    const at = offset();
    // At the top, what is new belongs into view.
    if (at === 0 || last.lines === lines) return;
    if (last.viewKey !== viewKey) {
      scrollTo(0);
      return;
    }
    for (const { key, start, end } of last.shown) {
      const now = end > at ? startOf(key) : undefined;
      if (now === undefined) continue;
      if (now !== start) scrollTo(at + now - start);
      return;
    }
  });
  useLayoutEffect(() => keep());
}

import { useEffectEvent, useLayoutEffect, useRef } from 'react';

interface KeptOffsetOptions<Seen> {
  /** What the list shows now. */
  seen: Seen;
  /** What is looked at: another filter or order starts at the top. */
  viewKey: string;
  /** By how many pixels that which was at an offset has moved since. */
  shiftSince: (before: Seen, offset: number) => number;
  /** Where the list was scrolled to before this change; the browser may have cut it to the new length since. */
  offset: () => number;
  scrollTo: (offset: number) => void;
}

/** What is on screen stays where it is when something above it comes or goes. */
export function useKeptOffset<Seen>(options: KeptOffsetOptions<Seen>): void {
  const { seen, viewKey, shiftSince, offset, scrollTo } = options;
  const before = useRef({ seen, viewKey });
  const keep = useEffectEvent(() => {
    const last = before.current;
    before.current = { seen, viewKey };
    const at = offset();
    // At the top, what is new belongs into view.
    if (at === 0) return;
    if (last.viewKey !== viewKey) {
      scrollTo(0);
      return;
    }
    const shift = shiftSince(last.seen, at);
    if (shift !== 0) scrollTo(at + shift);
  });
  useLayoutEffect(() => keep());
}

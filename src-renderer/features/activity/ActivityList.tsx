import { defaultRangeExtractor, useVirtualizer, type Range, type VirtualItem } from '@tanstack/react-virtual';
import { useEffect, useRef, useState, type FocusEvent } from 'react';
import type { Activity } from '../../../src-main/http/schemas/desktop';
import { useActiveInView } from '../../components/use-active-in-view';
import { useKeptOffset } from '../../components/use-kept-offset';
import { useRowHeight } from '../../components/use-row-height';
import { ActivityLine } from './ActivityLine';
import styles from './ActivityScreen.module.css';

/** Also how far ahead of what is in sight the tab key finds lines. */
const OVERSCAN = 10;

interface ActivityListProps {
  entries: readonly Activity[];
  /** Another filter starts at the top. */
  filter: string;
  onMenu: (entry: Activity, x: number, y: number) => void;
}

/**
 * Some dozens of lines in the page, however many there are, as high as their words need. Each says its place in the
 * whole list, and the one that has the focus stays when it is scrolled away.
 */
export function ActivityList({ entries, filter, onMenu }: ActivityListProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const [focusedId, setFocusedId] = useState<string>();
  const rowHeight = useRowHeight();
  const focused = focusedId === undefined ? -1 : entries.findIndex((entry) => entry.id === focusedId);
  // eslint-disable-next-line react-hooks/incompatible-library -- the lines are memoised by hand, nothing else is lost
  const virtualizer = useVirtualizer({
    count: entries.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    getItemKey: (index) => entries[index]?.id ?? index,
    overscan: OVERSCAN,
    rangeExtractor: (range) => withFocused(range, focused),
  });
  useEffect(() => virtualizer.measure(), [virtualizer, rowHeight]);
  const shown = virtualizer.getVirtualItems();
  const startOf = (id: VirtualItem['key']): number | undefined =>
    virtualizer.measurementsCache[entries.findIndex((entry) => entry.id === id)]?.start;
  useKeptOffset({
    seen: { entries, shown },
    viewKey: filter,
    // Lines that only turn out higher or lower than expected are the virtualizer's to keep in place.
    shiftSince: (before, offset) =>
      before.entries === entries ? 0 : lineShift(before.shown, startOf, offset),
    offset: () => scroller.current?.scrollTop ?? 0,
    scrollTo: (offset) => virtualizer.scrollToOffset(offset),
  });
  useActiveInView({ scroller, virtualizer, activeIndex: focused });
  const onFocus = ({ target }: FocusEvent): void => {
    const index = Number(target.closest('li')?.dataset['index']);
    setFocusedId(entries[index]?.id);
  };
  return (
    <div ref={scroller} className={styles.scroller}>
      <ol
        className={styles.entries}
        aria-label="Activity"
        style={{ height: virtualizer.getTotalSize() }}
        onFocus={onFocus}
      >
        {shown.map(({ index, start }) => {
          const entry = entries[index];
          if (entry === undefined) return null;
          return (
            <ActivityLine
              key={entry.id}
              ref={virtualizer.measureElement}
              entry={entry}
              index={index}
              count={entries.length}
              top={start}
              onMenu={onMenu}
            />
          );
        })}
      </ol>
    </div>
  );
}

/** By how many pixels the first line on screen that is still there moved. */
function lineShift(
  before: readonly VirtualItem[],
  startOf: (key: VirtualItem['key']) => number | undefined,
  offset: number,
): number {
  for (const { key, start, end } of before) {
    const now = end > offset ? startOf(key) : undefined;
    if (now !== undefined) return now - start;
  }
  return 0;
}

function withFocused(range: Range, focused: number): number[] {
  const shown = defaultRangeExtractor(range);
  return focused === -1 || shown.includes(focused) ? shown : [...shown, focused].sort((a, b) => a - b);
}

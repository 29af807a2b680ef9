import { defaultRangeExtractor, useVirtualizer, type Range } from '@tanstack/react-virtual';
import { useEffect, useRef, useState, type FocusEvent } from 'react';
import type { Activity } from '../../../src-main/http/schemas/desktop';
import { useActiveInView } from '../../components/use-active-in-view';
import { useKeptLine } from '../../components/use-kept-line';
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
  useKeptLine({
    lines: entries,
    viewKey: filter,
    shown,
    startOf: (id) => virtualizer.measurementsCache[entries.findIndex((entry) => entry.id === id)]?.start,
    offset: () => scroller.current?.scrollTop ?? 0,
    scrollTo: (offset) => virtualizer.scrollToOffset(offset),
  });
  useActiveInView({
    scroller,
    active: () => virtualizer.measurementsCache[focused],
    show: () => virtualizer.scrollToIndex(focused),
  });
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

function withFocused(range: Range, focused: number): number[] {
  const shown = defaultRangeExtractor(range);
  return focused === -1 || shown.includes(focused) ? shown : [...shown, focused].sort((a, b) => a - b);
}

import { defaultRangeExtractor, useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useEffectEvent, useRef, useState, type KeyboardEvent } from 'react';
import { useRowHeight } from '../../components/use-row-height';
import type { ChangeRow } from '../../model/change-tree';
import styles from './ChangeTree.module.css';
import { ChangeTreeRow } from './ChangeTreeRow';

const OVERSCAN = 10;
const PAGE_ROWS = 10;

interface ChangeTreeProps {
  rows: readonly ChangeRow[];
  /** The path that is open; empty for none. */
  open: string;
  onOpen: (path: string) => void;
  onToggle: (path: string) => void;
}

/** A virtualised tree with one stop in the tab order; the line that the keys are at is its active descendant. */
export function ChangeTree({ rows, open, onOpen, onToggle }: ChangeTreeProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const rowHeight = useRowHeight();
  const [active, setActive] = useState(open);
  const activeIndex = Math.max(
    0,
    rows.findIndex((row) => row.node.path === active),
  );
  // eslint-disable-next-line react-hooks/incompatible-library -- the rows are cheap, nothing else is lost
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    getItemKey: (index) => rows[index]?.node.path ?? index,
    overscan: OVERSCAN,
    rangeExtractor: (range) =>
      [...new Set([...defaultRangeExtractor(range), activeIndex])].sort((a, b) => a - b),
  });
  useEffect(() => virtualizer.measure(), [virtualizer, rowHeight]);
  const showActive = useEffectEvent(() => virtualizer.scrollToIndex(activeIndex));
  useEffect(() => showActive(), [active]);

  const go = (index: number): void => {
    const row = rows[Math.min(rows.length - 1, Math.max(0, index))];
    if (row !== undefined) setActive(row.node.path);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const row = rows[activeIndex];
    if (row === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    const isOpen = row.expanded === true;
    const steps: Partial<Record<string, () => void>> = {
      ArrowDown: () => go(activeIndex + 1),
      ArrowUp: () => go(activeIndex - 1),
      PageDown: () => go(activeIndex + PAGE_ROWS),
      PageUp: () => go(activeIndex - PAGE_ROWS),
      Home: () => go(0),
      End: () => go(rows.length - 1),
      ArrowRight: () => {
        if (isOpen) go(activeIndex + 1);
        else if (row.expanded === false) onToggle(row.node.path);
      },
      ArrowLeft: () => {
        if (isOpen) onToggle(row.node.path);
        else go(parentIndex(rows, activeIndex));
      },
      Enter: () => onOpen(row.node.path),
      ' ': () => onOpen(row.node.path),
    };
    const step = steps[event.key];
    if (step === undefined) return;
    event.preventDefault();
    step();
  };
  return (
    <div
      ref={scroller}
      role="tree"
      aria-label="Changed paths"
      aria-activedescendant={`change-${String(activeIndex)}`}
      tabIndex={0}
      className={styles.scroller}
      onKeyDown={onKeyDown}
    >
      <div role="presentation" className={styles.body} style={{ height: virtualizer.getTotalSize() }}>
        {virtualizer.getVirtualItems().map((item) => {
          const row = rows[item.index];
          if (row === undefined) return null;
          return (
            <ChangeTreeRow
              key={row.node.path}
              id={`change-${String(item.index)}`}
              row={row}
              top={item.start}
              active={item.index === activeIndex}
              open={row.node.path === open}
              onOpen={() => {
                setActive(row.node.path);
                onOpen(row.node.path);
              }}
              onToggle={() => onToggle(row.node.path)}
            />
          );
        })}
      </div>
    </div>
  );
}

/** The folder that a line lies in; the line itself at the top level. */
function parentIndex(rows: readonly ChangeRow[], index: number): number {
  const level = rows[index]?.node.level ?? 1;
  for (let at = index; at >= 0; at -= 1) if ((rows[at]?.node.level ?? level) < level) return at;
  return index;
}

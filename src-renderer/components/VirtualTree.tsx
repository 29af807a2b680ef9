import { defaultRangeExtractor, useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useEffectEvent, useId, useRef, type KeyboardEvent, type ReactNode } from 'react';
import { parentLine, type TreeLine } from '../model/tree-line';
import { VirtualTreeRow } from './VirtualTreeRow';
import styles from './VirtualTree.module.css';
import { isMenuKey } from './menu-request';
import { useActiveInView } from './use-active-in-view';
import { useRowHeight } from './use-row-height';

const OVERSCAN = 10;
const PAGE_ROWS = 10;

export interface VirtualTreeProps<R extends TreeLine> {
  label: string;
  rows: readonly R[];
  /** The path that the keys are at. */
  active: string;
  onActive: (path: string) => void;
  /** The path that is open; empty for none. */
  open: string;
  onOpen: (row: R) => void;
  onToggle: (row: R) => void;
  /** What a line shows after its indent. */
  children: (row: R) => ReactNode;
  /** Keys beyond those of every tree; answers whether it used the key. */
  onKey?: (key: string, row: R) => boolean;
  onMenu?: (row: R, x: number, y: number) => void;
  /** The line onto which something is being dragged. */
  dropPath?: string | undefined;
  isDraggable?: (row: R) => boolean;
}

/** A virtualised tree with one stop in the tab order; the line that the keys are at is its active descendant. */
export function VirtualTree<R extends TreeLine>(props: VirtualTreeProps<R>) {
  const { label, rows, active, onActive, open, onOpen, onToggle, children, onMenu, isDraggable } = props;
  const treeId = useId();
  const scroller = useRef<HTMLDivElement>(null);
  const rowHeight = useRowHeight();
  const found = rows.findIndex((row) => row.path === active);
  const activeIndex = Math.max(0, found);
  // eslint-disable-next-line react-hooks/incompatible-library -- the rows are cheap, nothing else is lost
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    getItemKey: (index) => rows[index]?.path ?? index,
    overscan: OVERSCAN,
    rangeExtractor: (range) =>
      [...new Set([...defaultRangeExtractor(range), activeIndex])].sort((a, b) => a - b),
  });
  useEffect(() => virtualizer.measure(), [virtualizer, rowHeight]);
  useActiveInView({ scroller, virtualizer, activeIndex });
  const showActive = useEffectEvent(() => virtualizer.scrollToIndex(activeIndex));
  const isThere = found !== -1;
  // Its line may come later than it was asked for.
  useEffect(() => showActive(), [active, isThere]);

  const onKeyDown = (event: KeyboardEvent): void => {
    const row = rows[activeIndex];
    if (row === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    if (onMenu !== undefined && isMenuKey(event)) {
      const box = document.getElementById(`${treeId}-${String(activeIndex)}`)?.getBoundingClientRect();
      onMenu(row, (box?.left ?? 0) + 48, box?.bottom ?? 0);
    } else {
      const step = stepOf(event.key, { ...props, row, activeIndex });
      if (step !== undefined) step();
      else if (props.onKey?.(event.key, row) !== true) return;
    }
    event.preventDefault();
  };
  return (
    <div
      ref={scroller}
      role="tree"
      aria-label={label}
      aria-activedescendant={`${treeId}-${String(activeIndex)}`}
      tabIndex={0}
      className={styles.scroller}
      onKeyDown={onKeyDown}
    >
      <div role="presentation" className={styles.body} style={{ height: virtualizer.getTotalSize() }}>
        {virtualizer.getVirtualItems().map((item) => {
          const row = rows[item.index];
          if (row === undefined) return null;
          return (
            <VirtualTreeRow
              key={row.path}
              id={`${treeId}-${String(item.index)}`}
              row={row}
              top={item.start}
              active={item.index === activeIndex}
              open={row.path === open}
              isDropTarget={row.path === props.dropPath}
              draggable={isDraggable?.(row) === true}
              onClick={() => {
                onActive(row.path);
                onOpen(row);
              }}
              onToggle={() => onToggle(row)}
              onMenu={
                onMenu === undefined
                  ? undefined
                  : (x, y) => {
                      onActive(row.path);
                      onMenu(row, x, y);
                    }
              }
            >
              {children(row)}
            </VirtualTreeRow>
          );
        })}
      </div>
    </div>
  );
}

interface Place<R extends TreeLine> extends VirtualTreeProps<R> {
  row: R;
  activeIndex: number;
}

/** What a key of every tree does at a line. */
function stepOf<R extends TreeLine>(key: string, place: Place<R>): (() => void) | undefined {
  const { row, rows, activeIndex, onActive, onOpen, onToggle } = place;
  const isOpen = row.expanded === true;
  const go = (index: number) => (): void => {
    const next = rows[Math.min(rows.length - 1, Math.max(0, index))];
    if (next !== undefined) onActive(next.path);
  };
  const toggle = (): void => onToggle(row);
  const steps: Partial<Record<string, () => void>> = {
    ArrowDown: go(activeIndex + 1),
    ArrowUp: go(activeIndex - 1),
    PageDown: go(activeIndex + PAGE_ROWS),
    PageUp: go(activeIndex - PAGE_ROWS),
    Home: go(0),
    End: go(rows.length - 1),
    ArrowRight: isOpen ? go(activeIndex + 1) : row.expanded === false ? toggle : () => undefined,
    ArrowLeft: isOpen ? toggle : go(parentLine(rows, activeIndex)),
    Enter: () => onOpen(row),
    ' ': () => onOpen(row),
  };
  return steps[key];
}

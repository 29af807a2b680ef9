import {
  useEffect,
  useEffectEvent,
  useId,
  useRef,
  type ComponentType,
  type FocusEvent,
  type KeyboardEvent,
  type MouseEvent,
} from 'react';
import { defaultRangeExtractor, useVirtualizer, type Range } from '@tanstack/react-virtual';
import { placeShift } from '../model/row-place';
import {
  clearSelected,
  clickRow,
  moveActive,
  selectAll,
  toggleRow,
  type Selection,
} from '../model/selection';
import type { Sort } from '../model/sort';
import styles from './DataGrid.module.css';
import { GridHeader, type GridColumn } from './GridHeader';
import { GridRow } from './GridRow';
import { isMenuKey } from './menu-request';
import { useActiveInView } from './use-active-in-view';
import { useKeptOffset } from './use-kept-offset';
import { useRowHeight } from './use-row-height';

const OVERSCAN = 8;
const PAGE_ROWS = 10;
const HEADER_PX = 32;

export interface DataGridProps {
  label: string;
  columns: readonly GridColumn[];
  /** Sets the widths of the columns, the same for header and rows. */
  rowClassName: string | undefined;
  ids: readonly string[];
  /** The filter: another one, like another sort, starts at the top. */
  filter: string;
  selection: Selection;
  onSelection: (next: Selection) => void;
  sort: Sort;
  onSort: (column: string) => void;
  /** Draws the cells of one row and subscribes to that row's record only. */
  Cells: ComponentType<{ id: string }>;
  onOpen: (id: string) => void;
  /** A plain click opens too, for lists with a detail pane beside them. */
  openOnClick?: boolean;
  onMenu: (id: string, x: number, y: number) => void;
}

/**
 * A virtualised grid: thousands of rows, some dozens in the page, one in the tab order. Rows are memoised and take
 * only their id and flags, so that a change of one record draws one row. Mouse and keys are handled here, by
 * delegation; the rules of selection are in model/selection.ts.
 */
export function DataGrid(props: DataGridProps) {
  const { label, columns, rowClassName, ids, selection, onSelection, sort, onSort, Cells } = props;
  const gridId = useId();
  const scroller = useRef<HTMLDivElement>(null);
  const rowHeight = useRowHeight();
  const activeIndex = selection.active === undefined ? -1 : ids.indexOf(selection.active);
  // eslint-disable-next-line react-hooks/incompatible-library -- the rows are memoised by hand, nothing else is lost
  const virtualizer = useVirtualizer({
    count: ids.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    getItemKey: (index) => ids[index] ?? index,
    overscan: OVERSCAN,
    scrollPaddingEnd: HEADER_PX,
    rangeExtractor: (range) => withActive(range, activeIndex),
  });
  useEffect(() => virtualizer.measure(), [virtualizer, rowHeight]);
  useKeptOffset({
    seen: ids,
    viewKey: `${sort.column} ${sort.direction} ${props.filter}`,
    shiftSince: (before, offset) => {
      const firstRow = Math.floor(offset / rowHeight);
      return firstRow === 0 ? 0 : placeShift(before, ids, firstRow) * rowHeight;
    },
    offset: () => virtualizer.scrollOffset ?? 0,
    scrollTo: (offset) => virtualizer.scrollToOffset(offset),
  });
  useActiveInView({ scroller, headPx: HEADER_PX, virtualizer, activeIndex });

  const showActive = useEffectEvent(() => {
    if (activeIndex === -1) return;
    virtualizer.scrollToIndex(activeIndex);
    const focused = document.activeElement;
    const mayFocus =
      focused === document.body || (focused !== null && scroller.current?.contains(focused) === true);
    if (!mayFocus || focused.closest('[data-row-id]')?.getAttribute('data-row-id') === selection.active)
      return;
    scroller.current
      ?.querySelector<HTMLElement>(`[data-row-id="${CSS.escape(selection.active ?? '')}"]`)
      ?.focus();
  });
  useEffect(() => showActive(), [selection.active]);

  const handlers = gridHandlers(props);
  const tabbable = activeIndex === -1 ? ids[0] : selection.active;
  return (
    // The grid takes keys and clicks for its rows, which hold the focus.
    // eslint-disable-next-line jsx-a11y/interactive-supports-focus -- focus is on the rows (roving tabindex)
    <div
      ref={scroller}
      role="grid"
      aria-label={label}
      aria-rowcount={ids.length + 1}
      aria-multiselectable
      className={styles.scroller}
      onFocus={handlers.onFocus}
      onKeyDown={handlers.onKeyDown}
      onClick={handlers.onClick}
      onDoubleClick={handlers.onDoubleClick}
      onContextMenu={handlers.onContextMenu}
    >
      <span id={`${gridId}-select`} hidden>
        Select
      </span>
      <span id={`${gridId}-menu`} hidden>
        Actions for
      </span>
      <GridHeader
        columns={columns}
        className={rowClassName}
        sort={sort}
        onSort={onSort}
        allSelected={ids.length > 0 && selection.selected.size >= ids.length}
        onSelectAll={(all) => onSelection(all ? selectAll(selection, ids) : clearSelected(selection))}
      />
      <div role="rowgroup" className={styles.body} style={{ height: virtualizer.getTotalSize() }}>
        {virtualizer.getVirtualItems().map((item) => {
          const id = ids[item.index];
          if (id === undefined) return null;
          return (
            <GridRow
              key={id}
              id={id}
              gridId={gridId}
              index={item.index}
              top={item.start}
              className={rowClassName}
              active={id === selection.active}
              selected={selection.selected.has(id)}
              tabbable={id === tabbable}
              Cells={Cells}
            />
          );
        })}
      </div>
    </div>
  );
}

function gridHandlers({ ids, selection, onSelection, onOpen, openOnClick, onMenu }: DataGridProps) {
  // The anchor stays: a click with shift moves the focus before it asks for the range.
  const onFocus = (event: FocusEvent): void => {
    const id = rowIdOf(event.target);
    if (id !== undefined && id !== selection.active) onSelection({ ...selection, active: id });
  };
  const onClick = (event: MouseEvent): void => {
    const id = rowIdOf(event.target);
    if (id === undefined || !(event.target instanceof Element)) return;
    const menu = event.target.closest('[data-row-menu]');
    if (menu !== null) {
      const box = menu.getBoundingClientRect();
      onMenu(id, box.left, box.bottom);
    } else if (event.target.closest('[data-row-check]') !== null) {
      onSelection(
        event.shiftKey
          ? clickRow(selection, ids, id, { shift: true, toggle: false })
          : toggleRow(selection, id),
      );
    } else if (event.target.closest('a, button') === null) {
      const toggle = event.ctrlKey || event.metaKey;
      onSelection(clickRow(selection, ids, id, { shift: event.shiftKey, toggle }));
      if (openOnClick === true && !toggle && !event.shiftKey) onOpen(id);
    }
  };
  const onDoubleClick = (event: MouseEvent): void => {
    const id = rowIdOf(event.target);
    const onControl = event.target instanceof Element && event.target.closest('a, button, input') !== null;
    if (id !== undefined && !onControl) onOpen(id);
  };
  const onContextMenu = (event: MouseEvent): void => {
    const id = rowIdOf(event.target);
    if (id === undefined) return;
    event.preventDefault();
    onMenu(id, event.clientX, event.clientY);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const id = rowIdOf(event.target);
    if (id === undefined) return;
    if (isMenuKey(event)) {
      const box = (event.target as Element).getBoundingClientRect();
      onMenu(id, box.left + 48, box.bottom);
    } else {
      const onRow = event.target instanceof Element && event.target.hasAttribute('data-row-id');
      const next = keyedSelection(event, { ids, selection, id, onRow });
      if (next !== undefined) onSelection(next);
      else if (event.key === 'Enter' && onRow) onOpen(id);
      else return;
    }
    event.preventDefault();
  };
  return { onFocus, onClick, onDoubleClick, onContextMenu, onKeyDown };
}

interface KeyContext {
  ids: readonly string[];
  selection: Selection;
  /** The row that has the focus, or holds what has it. */
  id: string;
  onRow: boolean;
}

function keyedSelection(
  event: KeyboardEvent,
  { ids, selection, id, onRow }: KeyContext,
): Selection | undefined {
  const here = selection.active === id ? selection : { ...selection, active: id };
  const steps: Partial<Record<string, number>> = {
    ArrowDown: 1,
    ArrowUp: -1,
    PageDown: PAGE_ROWS,
    PageUp: -PAGE_ROWS,
    End: ids.length,
    Home: -ids.length,
  };
  const step = steps[event.key];
  if (step !== undefined) return moveActive(here, ids, step, event.shiftKey);
  if (event.key === ' ' && onRow) return toggleRow(selection, id);
  if (event.key.toLowerCase() === 'a' && (event.ctrlKey || event.metaKey)) return selectAll(here, ids);
  if (event.key === 'Escape' && selection.selected.size > 0) return clearSelected(selection);
  return undefined;
}

function rowIdOf(target: EventTarget): string | undefined {
  return target instanceof Element
    ? (target.closest('[data-row-id]')?.getAttribute('data-row-id') ?? undefined)
    : undefined;
}

/** The active row stays in the page when it is scrolled away, so that the focus has a home. */
function withActive(range: Range, activeIndex: number): number[] {
  const shown = defaultRangeExtractor(range);
  if (activeIndex === -1 || shown.includes(activeIndex)) return shown;
  return [...shown, activeIndex].sort((a, b) => a - b);
}

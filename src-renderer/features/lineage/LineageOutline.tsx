import { ChevronRight } from 'lucide-react';
import {
  memo,
  useCallback,
  useEffect,
  useEffectEvent,
  useMemo,
  useRef,
  useState,
  type KeyboardEvent,
  type MouseEvent,
} from 'react';
import { defaultRangeExtractor, useVirtualizer } from '@tanstack/react-virtual';
import { RelativeTime } from '../../components/RelativeTime';
import { isMenuKey } from '../../components/menu-request';
import { useActiveInView } from '../../components/use-active-in-view';
import { useRowHeight } from '../../components/use-row-height';
import { formatBytes } from '../../model/format-size';
import { outlineMove } from '../../model/lineage-outline';
import {
  ancestry,
  nodeLabel,
  outlineRows,
  type LineageTree,
  type OutlineRow,
} from '../../model/lineage-tree';
import { useLineageFocus } from '../../state/lineage-focus';
import { NodeIcon, NodeMarks } from './NodeFace';
import styles from './LineageOutline.module.css';

const OVERSCAN = 8;

export interface LineageViewProps {
  tree: LineageTree;
  selected: string | undefined;
  onSelect: (id: string) => void;
  onMenu: (id: string, x: number, y: number) => void;
}

/** The lineage as a tree of lines: thousands of nodes, some dozens in the page, one in the tab order. */
export function LineageOutline({ tree, selected, onSelect, onMenu }: LineageViewProps) {
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set());
  const scroller = useRef<HTMLDivElement>(null);
  const rowHeight = useRowHeight();
  const rows = useMemo(() => outlineRows(tree, closed), [tree, closed]);
  const indexOf = useMemo(() => new Map(rows.map((row, index) => [row.id, index])), [rows]);
  const activeIndex = indexOf.get(selected ?? '') ?? -1;
  // eslint-disable-next-line react-hooks/incompatible-library -- the rows are memoised by hand, nothing else is lost
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    getItemKey: (index) => rows[index]?.id ?? index,
    overscan: OVERSCAN,
    // The active row stays in the page when it is scrolled away, so that the focus has a home.
    rangeExtractor: (range) => [
      ...new Set([...(activeIndex === -1 ? [] : [activeIndex]), ...defaultRangeExtractor(range)]),
    ],
  });
  useEffect(() => virtualizer.measure(), [virtualizer, rowHeight]);
  useActiveInView({ scroller, virtualizer, activeIndex });

  const reveal = useEffectEvent(() => {
    if (selected === undefined || !tree.byId.has(selected)) return;
    const hiding = ancestry(tree, selected).filter((id) => id !== selected && closed.has(id));
    if (hiding.length > 0) setClosed(new Set([...closed].filter((id) => !hiding.includes(id))));
    if (activeIndex === -1) return;
    virtualizer.scrollToIndex(activeIndex);
    const focused = document.activeElement;
    if (focused !== null && focused !== scroller.current && scroller.current?.contains(focused) === true)
      scroller.current.querySelector<HTMLElement>(`[data-node-id="${CSS.escape(selected)}"]`)?.focus();
  });
  const isHidden = activeIndex === -1;
  useEffect(() => reveal(), [selected, isHidden]);

  const toggle = useCallback((id: string, open: boolean) => {
    setClosed((before) => {
      const next = new Set(before);
      if (open) next.delete(id);
      else next.add(id);
      return next;
    });
  }, []);
  const onKeyDown = (event: KeyboardEvent): void => {
    const id = nodeIdOf(event.target);
    if (id === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    if (isMenuKey(event)) {
      const box = (event.target as Element).getBoundingClientRect();
      onMenu(id, box.left + 48, box.bottom);
    } else {
      const move = outlineMove(rows, tree, { id, key: event.key });
      if (move === undefined) return;
      if (move.toggle !== undefined) toggle(id, move.toggle);
      if (move.to !== undefined) onSelect(move.to);
    }
    event.preventDefault();
  };
  const onClick = (event: MouseEvent): void => {
    const id = nodeIdOf(event.target);
    if (id === undefined || !(event.target instanceof Element)) return;
    if (event.target.closest('[data-toggle]') !== null) toggle(id, closed.has(id));
    else onSelect(id);
  };
  const tabbable = activeIndex === -1 ? rows[0]?.id : selected;
  return (
    // The tree takes keys and clicks for its lines, which hold the focus.
    // eslint-disable-next-line jsx-a11y/interactive-supports-focus -- focus is on the lines (roving tabindex)
    <div
      ref={scroller}
      role="tree"
      aria-label="Lineage"
      className={styles.scroller}
      onKeyDown={onKeyDown}
      onClick={onClick}
      onContextMenu={(event) => {
        const id = nodeIdOf(event.target);
        if (id === undefined) return;
        event.preventDefault();
        onMenu(id, event.clientX, event.clientY);
      }}
    >
      <div role="presentation" className={styles.body} style={{ height: virtualizer.getTotalSize() }}>
        {virtualizer.getVirtualItems().map((item) => {
          const row = rows[item.index];
          return (
            row !== undefined && (
              <OutlineLine
                key={row.id}
                tree={tree}
                row={row}
                top={item.start}
                tabbable={row.id === tabbable}
              />
            )
          );
        })}
      </div>
    </div>
  );
}

interface OutlineLineProps {
  tree: LineageTree;
  row: OutlineRow;
  top: number;
  tabbable: boolean;
}

const OutlineLine = memo(function OutlineLine({ tree, row, top, tabbable }: OutlineLineProps) {
  const { id, level, position, setSize, expanded, indent } = row;
  const selected = useLineageFocus((state) => state.selected === id);
  const dimmed = useLineageFocus((state) => state.path !== undefined && !state.path.has(id));
  const found = useLineageFocus((state) => state.matches.has(id));
  const place = tree.byId.get(id);
  if (place === undefined) return null;
  const { node, edge } = place;
  return (
    <div
      role="treeitem"
      aria-level={level}
      aria-posinset={position}
      aria-setsize={setSize}
      aria-expanded={expanded}
      aria-selected={selected}
      aria-label={nodeLabel(tree, id)}
      tabIndex={tabbable ? 0 : -1}
      data-node-id={id}
      data-ghost={node.ghost}
      data-dimmed={dimmed}
      data-found={found}
      className={styles.line}
      style={{ transform: `translateY(${String(top)}px)` }}
    >
      <span className={styles.indent} style={{ width: Math.min(indent, MAX_INDENT) * INDENT_PX }} />
      <span className={styles.toggle} data-toggle={expanded === undefined ? undefined : true}>
        {expanded !== undefined && <ChevronRight size={14} aria-hidden data-open={expanded} />}
      </span>
      <NodeIcon node={node} />
      <span className={styles.name} title={node.name}>
        {node.name}
      </span>
      <NodeMarks node={node} />
      <span className={styles.space} />
      {node.ownSizeBytes !== undefined && (
        <span className={styles.size}>+{formatBytes(node.ownSizeBytes)}</span>
      )}
      <span className={styles.time}>
        {edge?.createdAt !== undefined && <RelativeTime iso={edge.createdAt} />}
      </span>
    </div>
  );
});

const INDENT_PX = 22;
/** Deeper branchings no longer step in, so that names keep their room; levels are still announced. */
const MAX_INDENT = 12;

function nodeIdOf(target: EventTarget): string | undefined {
  return target instanceof Element
    ? (target.closest('[data-node-id]')?.getAttribute('data-node-id') ?? undefined)
    : undefined;
}

import { ChevronDown, ChevronRight, Ellipsis } from 'lucide-react';
import type { ReactNode } from 'react';
import type { TreeLine } from '../model/tree-line';
import { IconButton } from './Button';
import styles from './VirtualTree.module.css';

const INDENT_PX = 16;

interface VirtualTreeRowProps {
  id: string;
  row: TreeLine;
  top: number;
  active: boolean;
  open: boolean;
  isDropTarget: boolean;
  draggable: boolean;
  onClick: () => void;
  onToggle: () => void;
  onMenu: ((x: number, y: number) => void) | undefined;
  children: ReactNode;
}

/** One line: its indent and chevron, then whatever the tree is of. */
export function VirtualTreeRow(props: VirtualTreeRowProps) {
  const { id, row, top, active, open, isDropTarget, draggable, onClick, onToggle, onMenu, children } = props;
  const Chevron = row.expanded === true ? ChevronDown : ChevronRight;
  return (
    // Keys are handled by the tree, which holds the focus.
    // eslint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/interactive-supports-focus -- active descendant
    <div
      id={id}
      role="treeitem"
      aria-level={row.level}
      aria-posinset={row.position}
      aria-setsize={row.siblings}
      aria-selected={open}
      aria-expanded={row.expanded}
      data-path={row.path}
      data-active={active}
      data-drop={isDropTarget}
      draggable={draggable}
      className={styles.row}
      style={{ transform: `translateY(${String(top)}px)` }}
      onClick={onClick}
      onContextMenu={(event) => {
        if (onMenu === undefined) return;
        event.preventDefault();
        onMenu(event.clientX, event.clientY);
      }}
    >
      <span className={styles.indent} style={{ width: (row.level - 1) * INDENT_PX }} />
      {/* eslint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/no-static-element-interactions -- the arrow keys do the same */}
      <span
        className={styles.chevron}
        onClick={(event) => {
          if (row.expanded === undefined) return;
          event.stopPropagation();
          onToggle();
        }}
      >
        {row.expanded !== undefined && <Chevron size={14} aria-hidden />}
      </span>
      {children}
      {onMenu !== undefined && (
        <IconButton
          icon={Ellipsis}
          label={`Actions for ${row.name}`}
          aria-haspopup="menu"
          // By keys the menu of the line is at Shift F10, for one stop in the tab order.
          tabIndex={-1}
          onClick={(event) => {
            event.stopPropagation();
            const box = event.currentTarget.getBoundingClientRect();
            onMenu(box.left, box.bottom);
          }}
        />
      )}
    </div>
  );
}

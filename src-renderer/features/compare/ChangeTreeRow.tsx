import { ChevronDown, ChevronRight, File, FileSymlink, Folder } from 'lucide-react';
import type { ChangedPath } from '../../../src-main/http/schemas/compare';
import { classNames } from '../../components/class-names';
import type { ChangeRow } from '../../model/change-tree';
import { formatBytes } from '../../model/format-size';
import { changeWord } from './change-words';
import styles from './ChangeTree.module.css';

const SIGNS = { added: '+', removed: '−', changed: '~' } as const;
const INDENT_PX = 16;

interface ChangeTreeRowProps {
  id: string;
  row: ChangeRow;
  top: number;
  active: boolean;
  open: boolean;
  onOpen: () => void;
  onToggle: () => void;
}

export function ChangeTreeRow({ id, row, top, active, open, onOpen, onToggle }: ChangeTreeRowProps) {
  const { node, expanded, position, siblings } = row;
  const { item } = node;
  const kind = item === undefined ? 'directory' : (item.kindAfter ?? item.kindBefore);
  const Icon = kind === 'directory' ? Folder : kind === 'symlink' ? FileSymlink : File;
  const Chevron = expanded === true ? ChevronDown : ChevronRight;
  return (
    // Keys are handled by the tree, which holds the focus.
    // eslint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/interactive-supports-focus -- active descendant
    <div
      id={id}
      role="treeitem"
      aria-level={node.level}
      aria-posinset={position}
      aria-setsize={siblings}
      aria-selected={open}
      aria-expanded={expanded}
      data-active={active}
      className={styles.row}
      style={{ transform: `translateY(${String(top)}px)` }}
      onClick={onOpen}
    >
      <span className={styles.name} style={{ paddingLeft: (node.level - 1) * INDENT_PX }}>
        {/* eslint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/no-static-element-interactions -- the arrow keys do the same */}
        <span
          className={styles.chevron}
          onClick={(event) => {
            if (expanded === undefined) return;
            event.stopPropagation();
            onToggle();
          }}
        >
          {expanded !== undefined && <Chevron size={14} aria-hidden />}
        </span>
        <Icon size={16} aria-hidden className={styles.icon} />
        <span className={classNames(styles.label, item === undefined && styles.unchanged)} title={node.path}>
          {node.name}
        </span>
      </span>
      {item !== undefined && (
        <>
          <span className={classNames(styles.change, styles[item.change])}>
            <span aria-hidden className={styles.sign}>
              {SIGNS[item.change]}
            </span>
            {changeWord(item)}
          </span>
          <span className={styles.size}>{sizeText(item)}</span>
        </>
      )}
    </div>
  );
}

function sizeText(item: ChangedPath): string {
  const before = item.kindBefore === 'file' ? item.sizeBefore : undefined;
  const after = item.kindAfter === 'file' ? item.sizeAfter : undefined;
  if (before !== undefined && after !== undefined && before !== after)
    return `${formatBytes(before)} → ${formatBytes(after)}`;
  const only = after ?? before;
  return only === undefined ? '' : formatBytes(only);
}

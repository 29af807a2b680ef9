import { useState } from 'react';
import type { ChangedPath } from '../../../src-main/http/schemas/compare';
import { PathName } from '../../components/PathName';
import { VirtualTree } from '../../components/VirtualTree';
import { classNames } from '../../components/class-names';
import type { ChangeRow } from '../../model/change-tree';
import { formatBytes } from '../../model/format-size';
import { changeWord } from './change-words';
import styles from './ChangeTree.module.css';

const SIGNS = { added: '+', removed: '−', changed: '~' } as const;

interface ChangeTreeProps {
  rows: readonly ChangeRow[];
  /** The path that is open; empty for none. */
  open: string;
  onOpen: (path: string) => void;
  onToggle: (path: string) => void;
}

/** The changed paths below their folders. */
export function ChangeTree({ rows, open, onOpen, onToggle }: ChangeTreeProps) {
  const [active, setActive] = useState(open);
  return (
    <VirtualTree
      label="Changed paths"
      rows={rows}
      active={active}
      onActive={setActive}
      open={open}
      onOpen={(row) => onOpen(row.path)}
      onToggle={(row) => onToggle(row.path)}
    >
      {({ node }) => (
        <>
          <PathName
            kind={node.item === undefined ? 'directory' : (node.item.kindAfter ?? node.item.kindBefore)}
            name={node.name}
            path={node.path}
            muted={node.item === undefined}
          />
          {node.item !== undefined && <Change item={node.item} />}
        </>
      )}
    </VirtualTree>
  );
}

function Change({ item }: { item: ChangedPath }) {
  return (
    <>
      <span className={classNames(styles.change, styles[item.change])}>
        <span aria-hidden className={styles.sign}>
          {SIGNS[item.change]}
        </span>
        {changeWord(item)}
      </span>
      <span className={styles.size}>{sizeText(item)}</span>
    </>
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

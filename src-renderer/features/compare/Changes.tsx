import { CircleAlert, CircleCheck, Search } from 'lucide-react';
import { useMemo, useState } from 'react';
import type { Comparison } from '../../../src-main/http/schemas/compare';
import { Banner } from '../../components/Banner';
import { Button } from '../../components/Button';
import { EmptyState } from '../../components/EmptyState';
import { GridSkeleton } from '../../components/GridSkeleton';
import type { Reading } from '../../components/use-reading';
import { changeRows, changeTree } from '../../model/change-tree';
import { hiddenByFilter } from '../../model/count';
import { formatBytes } from '../../model/format-size';
import { toggled } from '../../model/tree-line';
import { ChangeTree } from './ChangeTree';
import styles from './CompareScreen.module.css';
import { PathDetail } from './PathDetail';

interface ChangesProps {
  reading: Reading<Comparison>;
  pair: { from: string; to: string };
  /** The path whose contents are open; empty for none. */
  path: string;
  filter: string;
  onFilter: (filter: string) => void;
  onOpen: (path: string) => void;
  onAgain: () => void;
}

/** Summary, tree of changed paths and, beside it, the open one. */
export function Changes({ reading, pair, path, filter, onFilter, onOpen, onAgain }: ChangesProps) {
  const [collapsed, setCollapsed] = useState<ReadonlySet<string>>(new Set());
  const known = reading.state === 'read' ? reading.value : reading.last;
  // After a side was changed, what the other pair had would only mislead.
  const comparison = known?.from === pair.from && known.to === pair.to ? known : undefined;
  const roots = useMemo(() => changeTree(comparison?.items ?? []), [comparison]);
  const rows = useMemo(() => changeRows(roots, { collapsed, filter }), [roots, collapsed, filter]);
  const failure = reading.state === 'failed' ? reading.message : undefined;
  if (comparison === undefined)
    return failure === undefined ? (
      <Waiting />
    ) : (
      <EmptyState
        icon={CircleAlert}
        title="They could not be compared"
        text={failure}
        action={<Button onClick={onAgain}>Try again</Button>}
      />
    );
  const item = comparison.items.find((each) => each.path === path);
  return (
    <>
      {failure !== undefined && (
        <div className={styles.banner}>
          <Banner tone="error" action={<Button onClick={onAgain}>Try again</Button>}>
            They could not be compared again: {failure}
          </Banner>
        </div>
      )}
      <Summary comparison={comparison} busy={reading.state === 'reading'} />
      <div className={styles.split}>
        <div className={styles.list}>
          {comparison.totalItems === 0 && (
            <EmptyState
              icon={CircleCheck}
              title="No difference"
              text="Both hold the same files with the same content, modes and owners."
            />
          )}
          {comparison.totalItems > 0 && rows.length === 0 && (
            <EmptyState
              icon={Search}
              title="No changed path matches"
              text={hiddenByFilter(comparison.totalItems, 'changed path')}
              action={<Button onClick={() => onFilter('')}>Clear filter</Button>}
            />
          )}
          {rows.length > 0 && (
            <ChangeTree
              rows={rows}
              open={path}
              onOpen={onOpen}
              onToggle={(folder) => setCollapsed(toggled(collapsed, folder))}
            />
          )}
        </div>
        {path !== '' && (
          <PathDetail key={path} pair={pair} path={path} item={item} onClose={() => onOpen('')} />
        )}
      </div>
    </>
  );
}

function Waiting() {
  return (
    <>
      <p className={styles.summary} role="status">
        Comparing… The first look into an image reads all of it once; after that it is quick.
      </p>
      <GridSkeleton label="Comparing" />
    </>
  );
}

function Summary({ comparison, busy }: { comparison: Comparison; busy: boolean }) {
  const { added, removed, changed, bytesAdded, bytesRemoved } = comparison.summary;
  const hidden = comparison.totalItems - comparison.items.length;
  return (
    <p className={styles.summary} role="status">
      <span className={styles.added}>+ {added} added</span>
      <span className={styles.removed}>− {removed} removed</span>
      <span className={styles.changed}>~ {changed} changed</span>
      <span className={styles.bytes}>
        {formatBytes(bytesAdded)} new, {formatBytes(bytesRemoved)} gone
      </span>
      {hidden > 0 && <span>The first {comparison.items.length} are shown.</span>}
      {busy && <span>Comparing again…</span>}
    </p>
  );
}

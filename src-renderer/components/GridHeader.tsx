import { ArrowDown, ArrowUp } from 'lucide-react';
import type { Sort } from '../model/sort';
import styles from './DataGrid.module.css';
import { classNames } from './class-names';

export interface GridColumn {
  /** Also the sort key. */
  id: string;
  label: string;
  align?: 'end';
  /** Hides the column where there is no room for it. */
  className?: string | undefined;
}

interface GridHeaderProps {
  columns: readonly GridColumn[];
  className: string | undefined;
  sort: Sort;
  onSort: (column: string) => void;
  allSelected: boolean;
  onSelectAll: (all: boolean) => void;
}

export function GridHeader({ columns, className, sort, onSort, allSelected, onSelectAll }: GridHeaderProps) {
  return (
    <div role="rowgroup" className={styles.head}>
      <div role="row" aria-rowindex={1} className={classNames(styles.headRow, className)}>
        <div role="columnheader" className={styles.checkCell}>
          <input
            type="checkbox"
            aria-label="Select all"
            checked={allSelected}
            onChange={(event) => onSelectAll(event.target.checked)}
          />
        </div>
        {columns.map((column) => {
          const sorted = sort.column === column.id;
          const Arrow = sort.direction === 'ascending' ? ArrowUp : ArrowDown;
          return (
            <div
              key={column.id}
              role="columnheader"
              aria-sort={sorted ? sort.direction : 'none'}
              className={classNames(column.className, column.align === 'end' && styles.end)}
            >
              <button type="button" className={styles.sortButton} onClick={() => onSort(column.id)}>
                {column.label}
                {sorted && <Arrow size={12} aria-hidden />}
              </button>
            </div>
          );
        })}
        <div role="columnheader" className={styles.menuCell}>
          <span className="visually-hidden">Actions</span>
        </div>
      </div>
    </div>
  );
}

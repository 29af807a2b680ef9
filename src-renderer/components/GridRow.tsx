import { memo, type ComponentType } from 'react';
import styles from './DataGrid.module.css';
import { classNames } from './class-names';

interface GridRowProps {
  id: string;
  gridId: string;
  index: number;
  top: number;
  className: string | undefined;
  active: boolean;
  selected: boolean;
  tabbable: boolean;
  Cells: ComponentType<{ id: string }>;
}

/** One row; `Cells` must put the id `<row id>-name` on the element that names it. */
export const GridRow = memo(function GridRow(props: GridRowProps) {
  const { id, gridId, index, top, className, active, selected, tabbable, Cells } = props;
  const tabIndex = tabbable ? 0 : -1;
  return (
    <div
      role="row"
      data-row-id={id}
      data-active={active}
      aria-rowindex={index + 2}
      aria-selected={selected}
      tabIndex={tabIndex}
      className={classNames(styles.row, className)}
      style={{ transform: `translateY(${String(top)}px)` }}
    >
      <div role="gridcell" className={styles.checkCell}>
        <input
          type="checkbox"
          data-row-check
          tabIndex={-1}
          checked={selected}
          readOnly
          aria-labelledby={`${gridId}-select ${id}-name`}
        />
      </div>
      <Cells id={id} />
      <div role="gridcell" className={styles.menuCell}>
        <button
          type="button"
          data-row-menu
          tabIndex={tabIndex}
          aria-haspopup="menu"
          aria-labelledby={`${gridId}-menu ${id}-name`}
          className={styles.menuButton}
        >
          <span className={styles.dots} />
        </button>
      </div>
    </div>
  );
});

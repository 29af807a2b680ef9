import { Camera } from 'lucide-react';
import { useCallback, useEffect, useEffectEvent, useMemo, useRef, useState } from 'react';
import { useLocation } from 'wouter';
import { ActionBar } from '../../components/ActionBar';
import { ActionMenu } from '../../components/ActionMenu';
import { Banner } from '../../components/Banner';
import { Button } from '../../components/Button';
import { DataGrid } from '../../components/DataGrid';
import { EmptyState } from '../../components/EmptyState';
import { FilterBox } from '../../components/FilterBox';
import { GridSkeleton } from '../../components/GridSkeleton';
import { Screen } from '../../components/Screen';
import { useEntityList } from '../../components/use-entity-list';
import { useKeys } from '../../components/use-keys';
import { useListView } from '../../components/use-list-view';
import { hiddenByFilter } from '../../model/count';
import { SNAPSHOT_FILTER_FIELDS, snapshotKey, snapshotSubject } from '../../model/snapshot-list';
import { nextSort, type Sort } from '../../model/sort';
import { ROUTES, sandboxRoute, snapshotRoute } from '../../routes';
import { loadSnapshots, snapshotsOf, useSnapshots } from '../../state/snapshots';
import { showToast } from '../../state/toasts';
import { FirstSnapshot } from './FirstSnapshot';
import { ImportSnapshots } from './ImportSnapshots';
import { PullButton } from './PullButton';
import { RunningTransfers } from './RunningTransfers';
import { SnapshotCells } from './SnapshotCells';
import { SnapshotDetail } from './SnapshotDetail';
import { snapshotActions } from '../../actions/snapshot-actions';
import styles from './SnapshotsScreen.module.css';

const COLUMNS = [
  { id: 'state', label: 'State' },
  { id: 'name', label: 'Name' },
  { id: 'source', label: 'Source', className: styles.sourceCell },
  { id: 'own', label: 'Own size', align: 'end' },
  { id: 'size', label: 'Full size', align: 'end', className: styles.sizeCell },
  { id: 'created', label: 'Taken', align: 'end' },
  { id: 'layers', label: 'Layers', align: 'end', className: styles.layersCell },
  { id: 'children', label: 'Children', align: 'end', className: styles.childrenCell },
  { id: 'restored', label: 'Restored', align: 'end', className: styles.restoredCell },
] as const;

/** The list, and beside it the one whose address is open. */
export function SnapshotsScreen({ openId }: { openId: string | undefined }) {
  const { byId, order, loadedAt, loadError, expected } = useSnapshots();
  const [, navigate] = useLocation();
  const [filter, setFilter] = useState('');
  const [sort, setSort] = useState<Sort>({ column: 'created', direction: 'descending' });
  const filterInput = useRef<HTMLInputElement>(null);
  const open = useCallback((id: string) => navigate(snapshotRoute(id)), [navigate]);
  const actions = useMemo(() => snapshotActions((id) => navigate(sandboxRoute(id))), [navigate]);
  const ids = useListView({
    byId,
    order,
    sort,
    filter,
    filterFields: SNAPSHOT_FILTER_FIELDS,
    subjectOf: snapshotSubject,
    keyOf: snapshotKey,
  });
  const refuse = (message: string): void => showToast({ tone: 'info', message });
  const list = useEntityList({ ids, actions, itemsOf: snapshotsOf, onRefused: refuse });
  useKeys((key) => {
    if (key === '/') filterInput.current?.focus();
    else if (key === 'Escape' && openId !== undefined) navigate(ROUTES.snapshots);
    else return false;
    return true;
  });
  useDetailFollowsSelection(
    openId,
    list.selection.active,
    (id) => navigate(snapshotRoute(id), { replace: true }),
    (id) => list.setSelection({ ...list.selection, active: id, anchor: id }),
  );
  const selected = snapshotsOf([...list.selection.selected]);
  const isEmpty = loadedAt !== undefined && order.length === 0;
  /** Older ones that are still on their way. */
  const unread = Math.max(0, (expected ?? 0) - order.length);

  return (
    <Screen
      title="Snapshots"
      tools={
        <>
          <PullButton />
          <ImportSnapshots open={open} />
          {!isEmpty && (
            <>
              {unread > 0 && (
                <span className={styles.loading} role="status">
                  {order.length} of {order.length + unread} read
                </span>
              )}
              <FilterBox
                label="Filter snapshots"
                placeholder="Filter, such as is:pinned, label:stage=green"
                value={filter}
                onChange={setFilter}
                inputRef={filterInput}
              />
            </>
          )}
        </>
      }
    >
      <RunningTransfers />
      {loadError !== undefined && (
        <div className={styles.banner}>
          <Banner tone="error" action={<Button onClick={() => void loadSnapshots()}>Try again</Button>}>
            The list of snapshots could not be read: {loadError}
          </Banner>
        </div>
      )}
      {loadedAt === undefined && loadError === undefined && <GridSkeleton label="Loading snapshots" />}
      {isEmpty && <FirstSnapshot />}
      {order.length > 0 && (
        <div className={styles.split}>
          <div className={styles.list}>
            {ids.length === 0 ? (
              <EmptyState
                icon={Camera}
                title="No snapshot matches"
                text={hiddenByFilter(order.length, 'snapshot')}
                action={<Button onClick={() => setFilter('')}>Clear filter</Button>}
              />
            ) : (
              <DataGrid
                label="Snapshots"
                columns={COLUMNS}
                rowClassName={styles.grid}
                ids={ids}
                filter={filter}
                selection={list.selection}
                onSelection={list.setSelection}
                sort={sort}
                onSort={(column) => setSort(nextSort(sort, column))}
                Cells={SnapshotCells}
                onOpen={open}
                openOnClick
                onMenu={list.openMenu}
              />
            )}
            {selected.length > 0 && (
              <ActionBar
                label={selectedLabel(selected.length, selected.length < ids.length ? 0 : unread)}
                items={selected}
                actions={actions}
                onClear={() => list.setSelection({ ...list.selection, selected: new Set() })}
              />
            )}
          </div>
          {openId !== undefined && (
            <SnapshotDetail
              key={openId}
              id={openId}
              actions={actions}
              onClose={() => navigate(ROUTES.snapshots)}
            />
          )}
        </div>
      )}
      {list.menu !== undefined && (
        <ActionMenu
          label="Snapshot actions"
          request={list.menu}
          items={snapshotsOf(list.menu.ids)}
          actions={actions}
          onClose={list.closeMenu}
        />
      )}
    </Screen>
  );
}

/** Who selects all while older ones are on their way is told that these are not among them. */
function selectedLabel(selected: number, unread: number): string {
  const words = `${String(selected)} selected`;
  return unread === 0 ? words : `${words}, ${String(unread)} older not read yet`;
}

/** While the detail is open it shows the row that the keyboard or the mouse went to; a link selects its row. */
function useDetailFollowsSelection(
  openId: string | undefined,
  active: string | undefined,
  show: (id: string) => void,
  activate: (id: string) => void,
): void {
  const onActive = useEffectEvent(() => {
    if (openId !== undefined && active !== undefined && active !== openId) show(active);
  });
  const onOpen = useEffectEvent(() => {
    if (openId !== undefined && openId !== active) activate(openId);
  });
  useEffect(() => onActive(), [active]);
  useEffect(() => onOpen(), [openId]);
}

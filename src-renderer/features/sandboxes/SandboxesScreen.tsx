import { Box, Plus } from 'lucide-react';
import { useCallback, useEffect, useEffectEvent, useMemo, useRef, useState } from 'react';
import { useLocation, useSearch } from 'wouter';
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
import { SANDBOX_FILTER_FIELDS, sandboxKey, sandboxSubject } from '../../model/sandbox-list';
import { nextSort, type Sort } from '../../model/sort';
import { sandboxListRoute, sandboxRoute } from '../../routes';
import { useOutage } from '../../state/connection';
import { openDialog } from '../../state/dialogs';
import { loadSandboxes, sandboxesOf, useSandboxes } from '../../state/sandboxes';
import { showToast } from '../../state/toasts';
import { FirstSandbox } from './FirstSandbox';
import { SandboxCells } from './SandboxCells';
import { sandboxActions } from '../../actions/sandbox-actions';
import styles from './SandboxesScreen.module.css';

const COLUMNS = [
  { id: 'state', label: 'State' },
  { id: 'name', label: 'Name' },
  { id: 'source', label: 'Image or snapshot', className: styles.sourceCell },
  { id: 'created', label: 'Created', align: 'end' },
  { id: 'expires', label: 'Expires', align: 'end', className: styles.expiresCell },
  { id: 'snapshots', label: 'Snapshots', align: 'end', className: styles.countCell },
] as const;

export function SandboxesScreen() {
  const { byId, order, loadedAt, loadError } = useSandboxes();
  const [, navigate] = useLocation();
  const outage = useOutage();
  const [filter, setFilter] = useState('');
  const [sort, setSort] = useState<Sort>({ column: 'created', direction: 'descending' });
  const filterInput = useRef<HTMLInputElement>(null);
  const open = useCallback((id: string) => navigate(sandboxRoute(id)), [navigate]);
  const actions = useMemo(() => sandboxActions(open), [open]);
  const ids = useListView({
    byId,
    order,
    sort,
    filter,
    filterFields: SANDBOX_FILTER_FIELDS,
    subjectOf: sandboxSubject,
    keyOf: sandboxKey,
  });
  const refuse = (message: string): void => showToast({ tone: 'info', message });
  const list = useEntityList({ ids, actions, itemsOf: sandboxesOf, onRefused: refuse });
  useKeys((key) => {
    if (key !== '/') return false;
    filterInput.current?.focus();
    return true;
  });
  useSelectedRow(ids, list.selection.active, (id) =>
    list.setSelection({ ...list.selection, active: id, anchor: id }),
  );
  const selected = sandboxesOf([...list.selection.selected]);
  const isEmpty = loadedAt !== undefined && order.length === 0;

  return (
    <Screen
      title="Sandboxes"
      tools={
        <>
          {!isEmpty && (
            <FilterBox
              label="Filter sandboxes"
              placeholder="Filter, for example state:failed"
              value={filter}
              onChange={setFilter}
              inputRef={filterInput}
            />
          )}
          <Button
            tone="primary"
            icon={Plus}
            disabled={outage !== undefined}
            title={outage}
            onClick={() => openDialog({ kind: 'create-sandbox' })}
          >
            New sandbox
          </Button>
        </>
      }
    >
      {loadError !== undefined && (
        <div className={styles.banner}>
          <Banner tone="error" action={<Button onClick={() => void loadSandboxes()}>Try again</Button>}>
            The list of sandboxes could not be read: {loadError}
          </Banner>
        </div>
      )}
      {loadedAt === undefined && loadError === undefined && <GridSkeleton label="Loading sandboxes" />}
      {isEmpty && <FirstSandbox />}
      {order.length > 0 && ids.length === 0 && (
        <EmptyState
          icon={Box}
          title="No sandbox matches"
          text={hiddenByFilter(order.length, 'sandbox', 'sandboxes')}
          action={<Button onClick={() => setFilter('')}>Clear filter</Button>}
        />
      )}
      {ids.length > 0 && (
        <DataGrid
          label="Sandboxes"
          columns={COLUMNS}
          rowClassName={styles.grid}
          ids={ids}
          filter={filter}
          selection={list.selection}
          onSelection={list.setSelection}
          sort={sort}
          onSort={(column) => setSort(nextSort(sort, column))}
          Cells={SandboxCells}
          onOpen={open}
          onMenu={list.openMenu}
        />
      )}
      {selected.length > 0 && (
        <ActionBar
          label={`${String(selected.length)} selected`}
          items={selected}
          actions={actions}
          onClear={() => list.setSelection({ ...list.selection, selected: new Set() })}
        />
      )}
      {list.menu !== undefined && (
        <ActionMenu
          label="Sandbox actions"
          request={list.menu}
          items={sandboxesOf(list.menu.ids)}
          actions={actions}
          onClose={list.closeMenu}
        />
      )}
    </Screen>
  );
}

/** The row that the keyboard or the mouse went to is in the address, and an address with one selects it. */
function useSelectedRow(
  ids: readonly string[],
  active: string | undefined,
  activate: (id: string) => void,
): void {
  const [, navigate] = useLocation();
  const selected = new URLSearchParams(useSearch()).get('selected') ?? undefined;
  const isListed = selected !== undefined && ids.includes(selected);
  const onActive = useEffectEvent(() => {
    if (active !== undefined && active !== selected) navigate(sandboxListRoute(active), { replace: true });
  });
  const onSelected = useEffectEvent(() => {
    if (isListed && selected !== active) activate(selected);
  });
  useEffect(() => onActive(), [active]);
  useEffect(() => onSelected(), [selected, isListed]);
}

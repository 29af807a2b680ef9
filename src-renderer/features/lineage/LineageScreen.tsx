import { Network } from 'lucide-react';
import { Suspense, lazy, useCallback, useEffect, useMemo, useState } from 'react';
import { useLocation, useSearch } from 'wouter';
import { useEntityEntries } from '../../actions/use-entity-entries';
import { ActionMenuOf } from '../../components/ActionMenu';
import { Banner } from '../../components/Banner';
import { Button } from '../../components/Button';
import { EmptyState } from '../../components/EmptyState';
import { GridSkeleton } from '../../components/GridSkeleton';
import { Screen } from '../../components/Screen';
import { importAgain } from '../../components/import-again';
import { lineOfDescent, lineageTree, searchLineage, type LineageTree } from '../../model/lineage-tree';
import { ROUTES, lineageRoute } from '../../routes';
import { usePublishedSelection } from '../../state/current-selection';
import { loadLineage, useLineage, watchLineage } from '../../state/lineage';
import { useLineageFocus } from '../../state/lineage-focus';
import { LineageDetail } from './LineageDetail';
import { LineageOutline, type LineageViewProps } from './LineageOutline';
import styles from './LineageScreen.module.css';
import { LineageTools } from './LineageTools';
import { useLineageView } from './lineage-view';
import { useNodeKeys } from './use-node-keys';

const Canvas = lazy(async () => ({
  default: (await importAgain(() => import('./LineageCanvas'))).LineageCanvas,
}));

/** Everything that ever was as a forest: where sandboxes stand and what they can go back to. */
export function LineageScreen() {
  const lineage = useLineage((state) => state.lineage);
  const loadError = useLineage((state) => state.loadError);
  const [ghosts, setGhosts] = useState(true);
  const [search, setSearch] = useState('');
  const tree = useMemo(
    () => (lineage === undefined ? undefined : lineageTree(lineage, { ghosts })),
    [lineage, ghosts],
  );
  const view = useLineageView(tree?.order.length);
  const { selected, select, clear } = useSelection();
  const matches = useMemo(() => (tree === undefined ? [] : searchLineage(tree, search)), [tree, search]);
  useEffect(() => watchLineage(), []);
  useFocusFor(tree, selected, matches);
  const isEmpty = tree !== undefined && tree.order.length === 0;

  return (
    <Screen
      title="Lineage"
      tools={
        tree !== undefined &&
        !isEmpty && (
          <LineageTools
            search={search}
            onSearch={setSearch}
            matches={matches}
            selected={selected}
            onSelect={select}
            ghosts={ghosts}
            onGhosts={setGhosts}
            view={view.current}
            onView={view.choose}
          />
        )
      }
    >
      {loadError !== undefined && (
        <div className={styles.banner}>
          <Banner tone="error" action={<Button onClick={() => void loadLineage()}>Try again</Button>}>
            The lineage could not be read: {loadError}
          </Banner>
        </div>
      )}
      {tree === undefined && loadError === undefined && <GridSkeleton label="Loading the lineage" />}
      {isEmpty && <NoLineage />}
      {tree !== undefined && !isEmpty && (
        <Views tree={tree} view={view.current} selected={selected} onSelect={select} onClear={clear} />
      )}
    </Screen>
  );
}

interface ViewsProps {
  tree: LineageTree;
  view: 'map' | 'outline';
  selected: string | undefined;
  onSelect: (id: string) => void;
  onClear: () => void;
}

/** Two views of one selection, and beside them what is selected. */
function Views({ tree, view, selected, onSelect, onClear }: ViewsProps) {
  const entries = useEntityEntries(selected);
  const [menu, setMenu] = useState<{ id: string; x: number; y: number }>();
  useNodeKeys(selected, entries, onClear);
  usePublishedSelection(selected === undefined ? [] : [selected]);
  const onMenu = useCallback(
    (id: string, x: number, y: number) => {
      onSelect(id);
      setMenu({ id, x, y });
    },
    [onSelect],
  );
  const viewProps: LineageViewProps = { tree, selected, onSelect, onMenu };
  return (
    <div className={styles.split}>
      {view === 'outline' ? (
        <LineageOutline {...viewProps} />
      ) : (
        <Suspense fallback={<GridSkeleton label="Loading the map" />}>
          <Canvas {...viewProps} />
        </Suspense>
      )}
      {selected !== undefined && (
        <LineageDetail tree={tree} id={selected} entries={entries} onClose={onClear} />
      )}
      {menu !== undefined && menu.id === selected && entries.length > 0 && (
        <ActionMenuOf
          label="Actions of the node"
          x={menu.x}
          y={menu.y}
          entries={entries}
          onClose={() => setMenu(undefined)}
        />
      )}
    </div>
  );
}

function NoLineage() {
  const [, navigate] = useLocation();
  return (
    <div className="scroll-area">
      <EmptyState
        icon={Network}
        title="No lineage yet"
        text="Here you see which sandbox came from which snapshot, where each one stands now, and what it can go back to. It begins with the first sandbox."
        action={
          <Button tone="primary" onClick={() => navigate(ROUTES.sandboxes)}>
            Go to sandboxes
          </Button>
        }
      />
    </div>
  );
}

/** The selection is in the address, so that every node has one. */
function useSelection() {
  const [, navigate] = useLocation();
  const selected = new URLSearchParams(useSearch()).get('focus') ?? undefined;
  const select = useCallback((id: string) => navigate(lineageRoute(id), { replace: true }), [navigate]);
  const clear = useCallback(() => navigate(ROUTES.lineage, { replace: true }), [navigate]);
  return { selected, select, clear };
}

/** Tells the nodes what is selected, what belongs to it and what was found. */
function useFocusFor(
  tree: LineageTree | undefined,
  selected: string | undefined,
  matches: readonly string[],
): void {
  useEffect(() => {
    const isKnown = tree !== undefined && selected !== undefined && tree.byId.has(selected);
    useLineageFocus.setState({ selected, path: isKnown ? lineOfDescent(tree, selected) : undefined });
  }, [tree, selected]);
  useEffect(() => useLineageFocus.setState({ matches: new Set(matches) }), [matches]);
}

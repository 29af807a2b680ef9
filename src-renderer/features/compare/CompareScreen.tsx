import { ArrowLeftRight, GitCompareArrows, RefreshCw } from 'lucide-react';
import { useRef, useState } from 'react';
import { useLocation, useSearch } from 'wouter';
import { Button, IconButton } from '../../components/Button';
import { EmptyState } from '../../components/EmptyState';
import { FilterBox } from '../../components/FilterBox';
import { Screen } from '../../components/Screen';
import { useKeys } from '../../components/use-keys';
import { ROUTES, compareRoute } from '../../routes';
import { goTo } from '../../state/navigation';
import { useSandboxes } from '../../state/sandboxes';
import { useSnapshots } from '../../state/snapshots';
import { Changes } from './Changes';
import styles from './CompareScreen.module.css';
import { SourcePicker } from './SourcePicker';
import { useComparison } from './use-comparison';

/** What differs between any two of snapshot or sandbox; the address says which two, and which path is open. */
export default function CompareScreen() {
  const query = new URLSearchParams(useSearch());
  const [from, to, path] = ['from', 'to', 'path'].map((name) => query.get(name) ?? '') as [
    string,
    string,
    string,
  ];
  const [, navigate] = useLocation();
  const [filter, setFilter] = useState('');
  const filterInput = useRef<HTMLInputElement>(null);
  const { reading, again } = useComparison(from, to);
  const show = (pair: { from?: string; to?: string; path?: string }): void =>
    navigate(compareRoute({ from, to, ...pair }), { replace: true });
  useKeys((key) => {
    if (key === '/') filterInput.current?.focus();
    else if (key === 'Escape' && path !== '') show({ path: '' });
    else if (key === 'x' && from !== '' && to !== '') show({ from: to, to: from, path });
    else return false;
    return true;
  });
  const isChosen = from !== '' && to !== '';
  return (
    <Screen
      title="Compare"
      tools={
        isChosen && (
          <FilterBox
            label="Filter changed paths"
            placeholder="Filter, for example etc added"
            value={filter}
            onChange={setFilter}
            inputRef={filterInput}
          />
        )
      }
    >
      <div className={styles.sides}>
        <SourcePicker label="From" value={from} onChange={(id) => show({ from: id, path: '' })} />
        <IconButton
          icon={ArrowLeftRight}
          label="Swap sides (X)"
          className={styles.swap}
          disabled={!isChosen}
          onClick={() => show({ from: to, to: from, path })}
        />
        <SourcePicker label="To" value={to} onChange={(id) => show({ to: id, path: '' })} />
        <Button icon={RefreshCw} disabled={!isChosen} onClick={again}>
          Compare again
        </Button>
      </div>
      {isChosen ? (
        <Changes
          reading={reading}
          pair={{ from, to }}
          path={path}
          filter={filter}
          onFilter={setFilter}
          onOpen={(next) => show({ path: next })}
          onAgain={again}
        />
      ) : (
        <NotChosen />
      )}
    </Screen>
  );
}

/** What to choose, or how to get something that can be chosen. */
function NotChosen() {
  const isKnown = useSnapshots((state) => state.loadedAt !== undefined);
  const snapshots = useSnapshots((state) => state.order.length);
  const sandboxes = useSandboxes((state) => state.order.length);
  const isPossible = !isKnown || snapshots + sandboxes > 1;
  return (
    <EmptyState
      icon={GitCompareArrows}
      title={isPossible ? 'Choose two to compare' : 'Nothing to compare yet'}
      text={
        isPossible
          ? 'Any two snapshots or sandboxes, related or not. Nothing is started, and sandboxes are compared as they are now.'
          : 'It takes two: a sandbox and a snapshot of it show what has changed since.'
      }
      action={
        isPossible ? undefined : (
          <Button tone="primary" onClick={() => goTo(ROUTES.sandboxes)}>
            {sandboxes === 0 ? 'Go to sandboxes' : 'Choose a sandbox to capture'}
          </Button>
        )
      }
    />
  );
}

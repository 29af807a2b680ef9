import { ListTree, Map as MapIcon } from 'lucide-react';
import { useRef } from 'react';
import { FilterBox } from '../../components/FilterBox';
import { useKeys } from '../../components/use-keys';
import styles from './LineageScreen.module.css';
import type { LineageView } from './lineage-view';

interface LineageToolsProps {
  search: string;
  onSearch: (words: string) => void;
  matches: readonly string[];
  selected: string | undefined;
  onSelect: (id: string) => void;
  ghosts: boolean;
  onGhosts: (shown: boolean) => void;
  view: LineageView;
  onView: (view: LineageView) => void;
}

const VIEWS = [
  { id: 'map', label: 'Map', icon: MapIcon },
  { id: 'outline', label: 'Outline', icon: ListTree },
] as const;

/** Search that steps from find to find, deleted sandboxes shown or not, and which of the two views. */
export function LineageTools(props: LineageToolsProps) {
  const { search, onSearch, matches, selected, onSelect, ghosts, onGhosts, view, onView } = props;
  const input = useRef<HTMLInputElement>(null);
  useKeys((key) => {
    if (key !== '/') return false;
    input.current?.focus();
    return true;
  });
  const at = matches.indexOf(selected ?? '');
  const goOn = (): void => {
    const next = matches[(at + 1) % matches.length];
    if (next !== undefined) onSelect(next);
  };
  return (
    <div className={styles.tools}>
      <span className={styles.found} role="status">
        {foundText(search, matches.length, at)}
      </span>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          goOn();
        }}
      >
        <FilterBox
          label="Search the lineage"
          placeholder="Search, Enter for the next"
          value={search}
          onChange={onSearch}
          inputRef={input}
        />
      </form>
      <label className={styles.ghosts}>
        <input type="checkbox" checked={ghosts} onChange={(event) => onGhosts(event.target.checked)} />
        Deleted sandboxes
      </label>
      <div role="group" aria-label="View" className={styles.views}>
        {VIEWS.map(({ id, label, icon: Icon }) => (
          <button
            key={id}
            type="button"
            title={label}
            aria-pressed={view === id}
            className={styles.view}
            onClick={() => onView(id)}
          >
            <Icon size={16} aria-hidden />
            <span>{label}</span>
          </button>
        ))}
      </div>
    </div>
  );
}

function foundText(search: string, count: number, at: number): string {
  if (search.trim() === '') return '';
  if (count === 0) return 'Nothing found';
  return at === -1 ? `${String(count)} found` : `${String(at + 1)} of ${String(count)}`;
}

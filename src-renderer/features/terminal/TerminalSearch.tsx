import { ArrowDown, ArrowUp, X } from 'lucide-react';
import { useEffect, useState } from 'react';
import { IconButton } from '../../components/Button';
import styles from './TerminalPane.module.css';
import type { TerminalSession } from './terminal-session';
import { searchColours } from './terminal-theme';

interface TerminalSearchProps {
  session: TerminalSession;
  onClose: () => void;
}

/** Finds text in the scrollback: Enter goes up to older hits, Shift-Enter down, Escape closes. */
export function TerminalSearch({ session, onClose }: TerminalSearchProps) {
  const [term, setTerm] = useState('');
  const [found, setFound] = useState({ index: -1, count: 0 });
  useEffect(() => {
    const following = session.search.onDidChangeResults(({ resultIndex, resultCount }) =>
      setFound({ index: resultIndex, count: resultCount }),
    );
    return () => following.dispose();
  }, [session]);
  const find = (text: string, direction: 'older' | 'newer'): void => {
    const options = { decorations: searchColours() };
    if (text === '') session.search.clearDecorations();
    else if (direction === 'older') session.search.findPrevious(text, options);
    else session.search.findNext(text, options);
  };
  return (
    <div className={styles.search} role="search">
      <input
        className={styles.term}
        aria-label="Search text"
        placeholder="Search"
        value={term}
        spellCheck={false}
        // eslint-disable-next-line jsx-a11y/no-autofocus -- the person has just asked to search
        autoFocus
        onChange={(event) => {
          setTerm(event.target.value);
          find(event.target.value, 'older');
        }}
        onKeyDown={(event) => {
          if (event.key === 'Enter') find(term, event.shiftKey ? 'newer' : 'older');
          else if (event.key === 'Escape') onClose();
          else return;
          event.preventDefault();
          event.stopPropagation();
        }}
      />
      <span className={styles.count} role="status">
        {term === '' ? '' : countText(found)}
      </span>
      <IconButton icon={ArrowUp} label="Older hit" onClick={() => find(term, 'older')} />
      <IconButton icon={ArrowDown} label="Newer hit" onClick={() => find(term, 'newer')} />
      <IconButton icon={X} label="Close search" onClick={onClose} />
    </div>
  );
}

function countText({ index, count }: { index: number; count: number }): string {
  if (count === 0) return 'No hits';
  return index < 0 ? `${String(count)} hits` : `${String(index + 1)} of ${String(count)}`;
}

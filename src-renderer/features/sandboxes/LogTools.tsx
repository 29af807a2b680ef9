import { ArrowDown, ArrowUp, CirclePause, CirclePlay, Download, WrapText } from 'lucide-react';
import type { LogLine } from '../../../src-main/http/schemas/desktop';
import { Button, IconButton } from '../../components/Button';
import { FilterBox } from '../../components/FilterBox';
import { saveText } from '../../components/save-text';
import { logText } from '../../model/log-lines';
import styles from './SandboxLogs.module.css';

interface LogToolsProps {
  name: string;
  lines: readonly LogLine[];
  search: { term: string; place: number; count: number };
  onSearch: (term: string, place: number) => void;
  wrap: boolean;
  onWrap: (wrap: boolean) => void;
  /** Lines that came while it is paused; absent while it is not. */
  waiting: number | undefined;
  onPause: (pause: boolean) => void;
  follow: boolean;
  onFollow: () => void;
}

/** Above the log: search, pause, follow, wrap, download. */
export function LogTools(props: LogToolsProps) {
  const { name, lines, search, onSearch, wrap, onWrap, waiting, onPause, follow, onFollow } = props;
  const { term, place, count } = search;
  const step = (by: number): void => {
    if (count > 0) onSearch(term, (place + by + count) % count);
  };
  return (
    <div className={styles.tools}>
      <div
        className={styles.search}
        onKeyDownCapture={(event) => {
          if (event.key === 'Enter') step(event.shiftKey ? -1 : 1);
        }}
      >
        <FilterBox
          label="Search the log"
          placeholder="Search"
          value={term}
          onChange={(text) => onSearch(text, 0)}
        />
      </div>
      <span className={styles.count} role="status">
        {term !== '' && (count === 0 ? 'No hits' : `${String(place + 1)} of ${String(count)}`)}
      </span>
      <IconButton icon={ArrowUp} label="Previous hit" disabled={count === 0} onClick={() => step(-1)} />
      <IconButton icon={ArrowDown} label="Next hit" disabled={count === 0} onClick={() => step(1)} />
      <span className={styles.gap} />
      {!follow && (
        <Button tone="quiet" onClick={onFollow}>
          Go to the end
        </Button>
      )}
      {waiting === undefined ? (
        <Button icon={CirclePause} onClick={() => onPause(true)}>
          Pause
        </Button>
      ) : (
        <Button icon={CirclePlay} onClick={() => onPause(false)}>
          Continue{waiting > 0 && ` (${String(waiting)} new)`}
        </Button>
      )}
      <IconButton
        icon={WrapText}
        label="Wrap long lines"
        aria-pressed={wrap}
        className={styles.toggle}
        onClick={() => onWrap(!wrap)}
      />
      <IconButton
        icon={Download}
        label="Download the log"
        onClick={() => saveText(`${name}.log`, logText(lines))}
      />
    </div>
  );
}

import { useVirtualizer } from '@tanstack/react-virtual';
import { ScrollText } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import type { DesktopSandbox, LogLine } from '../../../src-main/http/schemas/desktop';
import { Banner } from '../../components/Banner';
import { Button } from '../../components/Button';
import { EmptyState } from '../../components/EmptyState';
import { findLines } from '../../model/log-lines';
import { LogRow } from './LogRow';
import { LogTools } from './LogTools';
import styles from './SandboxLogs.module.css';
import { useLogs } from './use-logs';

const LINE_PX = 20;
const OVERSCAN = 30;
/** Nearer to the end than this means: keep following. */
const FOLLOW_PX = 40;

export function SandboxLogs({ item }: { item: DesktopSandbox }) {
  const { lines, error, ended, retry } = useLogs(item.sandbox.id);
  if (error !== undefined && lines.length === 0) {
    return (
      <div className={styles.pad}>
        <Banner tone="error" action={<Button onClick={retry}>Try again</Button>}>
          The log could not be read: {error}
        </Banner>
      </div>
    );
  }
  if (lines.length === 0) {
    return (
      <EmptyState
        icon={ScrollText}
        title="No output yet"
        text="What the sandbox’s entrypoint writes to standard output and standard error shows here as it comes."
      />
    );
  }
  return <LogView name={item.displayName} lines={lines} ended={ended} onReadAgain={retry} />;
}

interface LogViewProps {
  name: string;
  lines: readonly LogLine[];
  ended: boolean;
  onReadAgain: () => void;
}

function LogView({ name, lines, ended, onReadAgain }: LogViewProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const [follow, setFollow] = useState(true);
  const [held, setHeld] = useState<readonly LogLine[]>();
  const [wrap, setWrap] = useState(true);
  const [term, setTerm] = useState('');
  const [place, setPlace] = useState(0);
  const shown = held ?? lines;
  const hits = findLines(shown, term);
  const hit = hits[place];
  // eslint-disable-next-line react-hooks/incompatible-library -- lines never change, nothing to memoise
  const virtualizer = useVirtualizer({
    count: shown.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => LINE_PX,
    overscan: OVERSCAN,
  });
  const height = virtualizer.getTotalSize();
  const shownHeight = virtualizer.scrollRect?.height;
  useEffect(() => {
    if (follow && shown.length > 0) virtualizer.scrollToIndex(shown.length - 1, { align: 'end' });
    // Another size of the window, and lines that wrap otherwise in it, move the end as new lines do.
  }, [virtualizer, shown.length, height, shownHeight, follow]);
  useEffect(() => {
    if (hit !== undefined) virtualizer.scrollToIndex(hit, { align: 'center' });
  }, [virtualizer, hit]);
  const lastTop = useRef(0);
  const onScroll = (): void => {
    const box = scroller.current;
    if (box === null) return;
    const isAtEnd = box.scrollHeight - box.scrollTop - box.clientHeight < FOLLOW_PX;
    // Only going up leaves the end; what moved away below is followed.
    const wentUp = box.scrollTop < lastTop.current;
    lastTop.current = box.scrollTop;
    setFollow((following) => isAtEnd || (following && !wentUp));
  };
  return (
    <div className={styles.wrap}>
      <LogTools
        name={name}
        lines={shown}
        search={{ term, place, count: hits.length }}
        onSearch={(text, at) => {
          setTerm(text);
          setPlace(at);
          // A hit would be scrolled away by the next line.
          if (text !== '') setFollow(false);
        }}
        wrap={wrap}
        onWrap={setWrap}
        waiting={held === undefined ? undefined : Math.max(0, lines.length - held.length)}
        onPause={(pause) => setHeld(pause ? lines : undefined)}
        follow={follow}
        onFollow={() => setFollow(true)}
      />
      <div
        ref={scroller}
        className={styles.log}
        data-wrap={wrap}
        role="log"
        aria-live="off"
        aria-label="Output"
        // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- scrollable region
        tabIndex={0}
        onScroll={onScroll}
      >
        <div className={styles.inner} style={{ height }}>
          {virtualizer.getVirtualItems().map(({ key, index, start }) => (
            <LogRow
              key={key}
              ref={virtualizer.measureElement}
              index={index}
              line={shown[index]}
              top={start}
              term={term}
              current={index === hit}
            />
          ))}
        </div>
      </div>
      {ended && (
        <p className={styles.ended}>
          The output has ended.{' '}
          <Button tone="quiet" onClick={onReadAgain}>
            Read again
          </Button>
        </p>
      )}
    </div>
  );
}

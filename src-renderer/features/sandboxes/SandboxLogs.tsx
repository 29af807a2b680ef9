import { useVirtualizer } from '@tanstack/react-virtual';
import { ArrowDown, ScrollText } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import type { DesktopSandbox, LogLine } from '../../../src-main/http/schemas/desktop';
import { Banner } from '../../components/Banner';
import { Button } from '../../components/Button';
import { EmptyState } from '../../components/EmptyState';
import { plainText } from '../../model/plain-text';
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
  return <LogView lines={lines} ended={ended} onFollow={retry} />;
}

function LogView({
  lines,
  ended,
  onFollow,
}: {
  lines: readonly LogLine[];
  ended: boolean;
  onFollow: () => void;
}) {
  const scroller = useRef<HTMLDivElement>(null);
  const [follow, setFollow] = useState(true);
  // eslint-disable-next-line react-hooks/incompatible-library -- lines never change, nothing to memoise
  const virtualizer = useVirtualizer({
    count: lines.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => LINE_PX,
    overscan: OVERSCAN,
  });
  useEffect(() => {
    if (follow && lines.length > 0) virtualizer.scrollToIndex(lines.length - 1, { align: 'end' });
  }, [virtualizer, lines.length, follow]);
  const onScroll = (): void => {
    const box = scroller.current;
    if (box !== null) setFollow(box.scrollHeight - box.scrollTop - box.clientHeight < FOLLOW_PX);
  };
  return (
    <div className={styles.wrap}>
      <div
        ref={scroller}
        className={styles.log}
        role="log"
        aria-live="off"
        aria-label="Output"
        // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- scrollable region
        tabIndex={0}
        onScroll={onScroll}
      >
        <div className={styles.inner} style={{ height: virtualizer.getTotalSize() }}>
          {virtualizer.getVirtualItems().map((row) => {
            const line = lines[row.index];
            return (
              <div
                key={row.key}
                ref={virtualizer.measureElement}
                data-index={row.index}
                className={styles.line}
                data-stream={line?.stream}
                style={{ transform: `translateY(${String(row.start)}px)` }}
              >
                <span className={styles.time}>{line?.at?.slice(11, 19) ?? ''}</span>
                {line?.stream === 'stderr' && <span className={styles.mark}>err</span>}
                <span className={styles.text}>{plainText(line?.text ?? '')}</span>
              </div>
            );
          })}
        </div>
      </div>
      {!follow && (
        <Button icon={ArrowDown} className={styles.follow} onClick={() => setFollow(true)}>
          Follow
        </Button>
      )}
      {ended && (
        <p className={styles.ended}>
          The output has ended.{' '}
          <Button tone="quiet" onClick={onFollow}>
            Read again
          </Button>
        </p>
      )}
    </div>
  );
}

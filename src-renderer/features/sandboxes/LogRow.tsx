import type { Ref } from 'react';
import type { LogLine } from '../../../src-main/http/schemas/desktop';
import { splitHits } from '../../model/log-lines';
import { plainText } from '../../model/plain-text';
import styles from './SandboxLogs.module.css';

interface LogRowProps {
  ref: Ref<HTMLDivElement>;
  index: number;
  line: LogLine | undefined;
  /** Pixels from the start of the log. */
  top: number;
  term: string;
  /** The hit that the search is at. */
  current: boolean;
}

export function LogRow({ ref, index, line, top, term, current }: LogRowProps) {
  return (
    <div
      ref={ref}
      data-index={index}
      data-stream={line?.stream}
      data-current={current}
      className={styles.line}
      style={{ transform: `translateY(${String(top)}px)` }}
    >
      <span className={styles.time}>{line?.at?.slice(11, 19) ?? ''}</span>
      {line?.stream === 'stderr' && <span className={styles.mark}>err</span>}
      <span className={styles.text}>
        {splitHits(plainText(line?.text ?? ''), term).map(({ text, hit }, at) =>
          hit ? <mark key={at}>{text}</mark> : text,
        )}
      </span>
    </div>
  );
}

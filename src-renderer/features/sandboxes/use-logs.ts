import { useCallback, useEffect, useState } from 'react';
import type { LogLine } from '../../../src-main/http/schemas/desktop';
import { errorMessage } from '../../api/api-error';
import { followLogs } from '../../api/desktop-api';
import { useVisible } from '../../components/use-visible';

const TAIL = 1000;
const MAX_LINES = 20_000;

interface Logs {
  lines: readonly LogLine[];
  error: string | undefined;
  ended: boolean;
}

const NOTHING: Logs = { lines: [], error: undefined, ended: false };

/** Follows a sandbox's output while its page is open and visible; lines are drawn once per frame. */
export function useLogs(sandboxId: string) {
  const [logs, setLogs] = useState(NOTHING);
  const [attempt, setAttempt] = useState(0);
  const visible = useVisible();

  useEffect(() => {
    if (!visible) return;
    const stop = new AbortController();
    let waiting: LogLine[] = [];
    let frame = 0;
    let first = true;
    /** Known before the last lines are drawn. */
    let end: Omit<Logs, 'lines'> = { error: undefined, ended: false };
    const finish = (how: typeof end): void => {
      end = how;
      setLogs(({ lines }) => ({ ...end, lines }));
    };
    const flush = (): void => {
      frame = 0;
      const added = waiting;
      waiting = [];
      // The first batch of a new connection repeats the tail, so it replaces what was there.
      const fresh = first;
      first = false;
      setLogs(({ lines }) => ({ ...end, lines: [...(fresh ? [] : lines), ...added].slice(-MAX_LINES) }));
    };
    followLogs(sandboxId, TAIL, stop.signal, (lines) => {
      waiting.push(...lines);
      frame ||= requestAnimationFrame(flush);
    }).then(
      () => finish({ error: undefined, ended: true }),
      (error: unknown) => {
        if (!stop.signal.aborted) finish({ error: errorMessage(error), ended: false });
      },
    );
    return () => {
      stop.abort();
      cancelAnimationFrame(frame);
    };
  }, [sandboxId, attempt, visible]);

  const retry = useCallback(() => setAttempt((number) => number + 1), []);
  return { ...logs, retry };
}

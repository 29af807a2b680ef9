import { useEffect, useState } from 'react';
import type { Metrics } from '../../src-main/http/schemas/metrics';
import { errorMessage } from '../api/api-error';
import { watchMetrics } from '../api/metrics-api';
import { useVisible } from './use-visible';

/** Ten minutes of one reading a second. */
const KEPT_READINGS = 600;
const FIRST_RETRY_MS = 1000;
const MAX_RETRY_MS = 5000;

export interface MetricsState {
  readings: readonly Metrics[];
  /** Why nothing comes at the moment. */
  failure: string | undefined;
}

const NOTHING: MetricsState = { readings: [], failure: undefined };

/** Follows what a sandbox uses while it runs and somebody looks; a connection that is lost is made again. */
export function useMetrics(sandboxId: string, isRunning: boolean): MetricsState {
  const [state, setState] = useState(NOTHING);
  const visible = useVisible();
  useEffect(() => {
    if (!isRunning || !visible) return;
    const stop = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const follow = (retryMs: number): void => {
      let nextRetryMs = Math.min(retryMs * 2, MAX_RETRY_MS);
      const again = (failure: string | undefined): void => {
        if (stop.signal.aborted) return;
        setState(({ readings }) => ({ readings, failure }));
        timer = setTimeout(() => follow(nextRetryMs), retryMs);
      };
      watchMetrics(sandboxId, stop.signal, (fresh) => {
        nextRetryMs = FIRST_RETRY_MS;
        if (stop.signal.aborted) return;
        setState(({ readings }) => ({
          readings: [...readings, ...fresh].slice(-KEPT_READINGS),
          failure: undefined,
        }));
      }).then(
        () => again(undefined),
        (error: unknown) => again(errorMessage(error)),
      );
    };
    follow(FIRST_RETRY_MS);
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [sandboxId, isRunning, visible]);
  return state;
}

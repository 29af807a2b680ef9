import { useEffect, useState } from 'react';
import { errorMessage } from '../api/api-error';

/** What became of a read that belongs to a key. */
export type Reading<T> =
  | { state: 'reading'; last: T | undefined }
  | { state: 'read'; value: T }
  | { state: 'failed'; message: string; last: T | undefined };

interface Settled<T> {
  key: string;
  result: { value: T } | { message: string };
}

/**
 * Reads whenever the key changes and gives up the read before. Nothing is read for an undefined key. While a new read
 * is on its way, `last` is what the one before gave.
 */
export function useReading<T>(
  key: string | undefined,
  read: (signal: AbortSignal) => Promise<T>,
): Reading<T> {
  const [settled, setSettled] = useState<Settled<T>>();
  const [last, setLast] = useState<T>();
  useEffect(() => {
    if (key === undefined) return;
    const giveUp = new AbortController();
    read(giveUp.signal).then(
      (value) => {
        if (giveUp.signal.aborted) return;
        setSettled({ key, result: { value } });
        setLast(value);
      },
      (error: unknown) => {
        if (!giveUp.signal.aborted) setSettled({ key, result: { message: errorMessage(error) } });
      },
    );
    return () => giveUp.abort();
    // eslint-disable-next-line react-hooks/exhaustive-deps -- the key says everything that `read` depends on
  }, [key]);
  if (settled === undefined || settled.key !== key) return { state: 'reading', last };
  const { result } = settled;
  return 'value' in result
    ? { state: 'read', value: result.value }
    : { state: 'failed', message: result.message, last };
}

import { useState } from 'react';
import type { Comparison } from '../../../src-main/http/schemas/compare';
import { compare, compareMore } from '../../api/compare-api';
import { useReading, type Reading } from '../../components/use-reading';

/** More than this nobody reads; the filter of the API's other clients goes further. */
const MAX_PATHS = 100_000;

/** The comparison of two ids, all its pages; `again` makes it anew, because sandboxes go on changing. */
export function useComparison(from: string, to: string): { reading: Reading<Comparison>; again: () => void } {
  const [round, setRound] = useState(0);
  const key = from === '' || to === '' ? undefined : `${from} ${to} ${String(round)}`;
  const reading = useReading(key, (signal) => readAll(from, to, signal));
  return { reading, again: () => setRound(round + 1) };
}

async function readAll(from: string, to: string, signal: AbortSignal): Promise<Comparison> {
  const first = await compare(from, to, signal);
  const items = [...first.items];
  for (let next = first.nextCursor; next !== undefined && items.length < MAX_PATHS;) {
    const page = await compareMore(first, next, signal);
    items.push(...page.items);
    next = page.nextCursor;
  }
  return { ...first, items };
}

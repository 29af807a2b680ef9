import { useCallback } from 'react';
import { formatAge, formatExact, formatUntil } from '../model/format-time';
import { useClock } from '../state/clock';

interface RelativeTimeProps {
  iso: string;
  direction?: 'past' | 'future';
}

/** A moment relative to now, exact on hover; renders again only when its words change. */
export function RelativeTime({ iso, direction = 'past' }: RelativeTimeProps) {
  const words = useClock(
    useCallback(
      (now: number) => (direction === 'past' ? formatAge(iso, now) : formatUntil(iso, now)),
      [iso, direction],
    ),
  );
  return (
    <time dateTime={iso} title={formatExact(iso)}>
      {words}
    </time>
  );
}

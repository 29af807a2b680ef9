const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** How long ago: `just now`, `12 s ago`, `3 min ago`, `5 h ago`, `2 d ago`. */
export function formatAge(iso: string, now: number): string {
  const age = now - Date.parse(iso);
  return age < 3 * SECOND_MS ? 'just now' : `${formatSpan(age)} ago`;
}

/** How long until: `in 12 min`, or `due now` once it has passed. */
export function formatUntil(iso: string, now: number): string {
  const left = Date.parse(iso) - now;
  return left <= 0 ? 'due now' : `in ${formatSpan(left)}`;
}

/** A span in its largest whole unit, with the next one where it matters: `45 s`, `3 min`, `1 h 20 min`, `2 d`. */
export function formatSpan(millis: number): string {
  if (millis < MINUTE_MS) return `${whole(millis, SECOND_MS)} s`;
  if (millis < HOUR_MS) return `${whole(millis, MINUTE_MS)} min`;
  if (millis < DAY_MS) {
    const minutes = Math.floor((millis % HOUR_MS) / MINUTE_MS);
    return minutes === 0
      ? `${whole(millis, HOUR_MS)} h`
      : `${whole(millis, HOUR_MS)} h ${String(minutes)} min`;
  }
  return `${whole(millis, DAY_MS)} d`;
}

/** A measured duration: `85 ms`, `1.4 s`, `3 min`. */
export function formatDuration(millis: number): string {
  if (millis < SECOND_MS) return `${String(Math.round(millis))} ms`;
  if (millis < MINUTE_MS) return `${(millis / SECOND_MS).toFixed(1)} s`;
  return formatSpan(millis);
}

/** Local time for details, 24 h ISO: `2026-11-24 14:05:09`. */
export function formatExact(iso: string): string {
  const date = new Date(iso);
  const day = `${String(date.getFullYear())}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`;
  return `${day} ${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}`;
}

/** For prefilled names: `24 Nov 14:05`, local time. */
export function formatNameStamp(date: Date): string {
  const month = MONTHS[date.getMonth()] ?? '';
  return `${String(date.getDate())} ${month} ${pad(date.getHours())}:${pad(date.getMinutes())}`;
}

function whole(millis: number, unit: number): string {
  return String(Math.floor(millis / unit));
}

function pad(value: number): string {
  return String(value).padStart(2, '0');
}

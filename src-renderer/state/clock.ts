import { useCallback, useSyncExternalStore } from 'react';

const TICK_MS = 1000;

let now = Date.now();
let timer: ReturnType<typeof setInterval> | undefined;
const listeners = new Set<() => void>();

/**
 * What `select` makes of the present second; renders again only when that changes. One timer serves all, and it
 * rests while nobody looks or the document is hidden.
 */
export function useClock<T extends string | number | undefined>(select: (now: number) => T): T {
  return useSyncExternalStore(
    subscribe,
    useCallback(() => select(now), [select]),
  );
}

/** Calls `listener` each second while the document is visible, until the returned function is called. */
export function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  if (listeners.size === 1) {
    document.addEventListener('visibilitychange', adjust);
    adjust();
  }
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    document.removeEventListener('visibilitychange', adjust);
    stop();
  };
}

function adjust(): void {
  if (document.hidden) {
    stop();
  } else if (timer === undefined) {
    timer = setInterval(tick, TICK_MS);
    tick();
  }
}

function stop(): void {
  clearInterval(timer);
  timer = undefined;
}

function tick(): void {
  now = Date.now();
  for (const listener of listeners) listener();
}

import type { DesktopSnapshot } from '../../src-main/http/schemas/desktop';

const OVERDUE_FACTOR = 1.25;
/** A bar never says "done" before the server does. */
const MAX_FRACTION = 0.97;

export interface ProgressView {
  /** 0 to 1; absent when the end cannot be predicted. */
  fraction?: number;
  text: string;
}

export interface TimedWork {
  /** Absent while it waits for its turn. */
  startedAt?: string | undefined;
  predictedMillis?: number | undefined;
}

/** What to show for work whose only measure is time: `12 s of about 20 s`, then `longer than usual`. */
export function timedProgress(work: TimedWork, now: number): ProgressView {
  if (work.startedAt === undefined) return { text: 'waiting for its turn' };
  const elapsed = Math.max(0, now - Date.parse(work.startedAt));
  const seconds = `${String(Math.floor(elapsed / 1000))} s`;
  if (work.predictedMillis === undefined) return { text: seconds };
  if (elapsed > work.predictedMillis * OVERDUE_FACTOR && elapsed > 2000) {
    return { text: `${seconds}, longer than usual` };
  }
  const fraction = Math.min(MAX_FRACTION, elapsed / Math.max(1, work.predictedMillis));
  return {
    fraction,
    text: `${seconds} of about ${String(Math.max(1, Math.round(work.predictedMillis / 1000)))} s`,
  };
}

/** The times of a capture, for {@link timedProgress}. */
export function captureTiming(item: DesktopSnapshot): TimedWork {
  return { startedAt: item.captureStartedAt, predictedMillis: item.predictedMillis };
}

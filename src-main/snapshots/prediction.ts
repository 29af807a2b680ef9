import type { SnapshotRecord } from '../store/records';

const RECENT_CAPTURES = 20;

/**
 * How long a capture will take, from this machine's own history: the last capture of the same sandbox, else the
 * median of the latest ones. Undefined without history.
 * @param oldestFirst all snapshots.
 */
export function predictCaptureMillis(
  oldestFirst: readonly SnapshotRecord[],
  sandboxId: string,
): number | undefined {
  const recent: number[] = [];
  for (let index = oldestFirst.length - 1; index >= 0 && recent.length < RECENT_CAPTURES; index -= 1) {
    const record = oldestFirst[index];
    if (record?.captureMillis === undefined || record.state !== 'Ready') continue;
    if (record.sandboxId === sandboxId) return record.captureMillis;
    recent.push(record.captureMillis);
  }
  return recent.sort((a, b) => a - b)[recent.length >> 1];
}

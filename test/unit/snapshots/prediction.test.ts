import { describe, expect, it } from 'vitest';
import { predictCaptureMillis } from '../../../src-main/snapshots/prediction';
import type { SnapshotRecord } from '../../../src-main/store/records';

function snapshot(sandboxId: string, captureMillis?: number, state: SnapshotRecord['state'] = 'Ready') {
  const record: SnapshotRecord = {
    id: 'snap_1',
    engineId: 'engine',
    sandboxId,
    state,
    reason: 'reason',
    message: 'message',
    createdAt: '2026-01-01T00:00:00.000Z',
    lastTransitionAt: '2026-01-01T00:00:00.000Z',
    imageTag: 'opensandbox-snapshots:snap_1',
    restoreDefaults: { entrypoint: [], resourceLimits: {}, envNames: [] },
    pinned: false,
    origin: 'local',
    restoredCount: 0,
    ...(captureMillis === undefined ? {} : { captureMillis }),
  };
  return record;
}

describe('predictCaptureMillis', () => {
  it('says nothing without history', () => {
    expect(predictCaptureMillis([], 'a')).toBeUndefined();
    expect(predictCaptureMillis([snapshot('a'), snapshot('a', 10, 'Failed')], 'a')).toBeUndefined();
  });

  it('prefers the last capture of the same sandbox', () => {
    const records = [snapshot('a', 10), snapshot('a', 20), snapshot('b', 999)];
    expect(predictCaptureMillis(records, 'a')).toBe(20);
  });

  it('falls back to the median of the latest ones, which one slow capture does not move', () => {
    const records = [snapshot('b', 10), snapshot('c', 12), snapshot('d', 90_000)];
    expect(predictCaptureMillis(records, 'a')).toBe(12);
    const old = Array.from({ length: 50 }, () => snapshot('x', 1));
    const recent = Array.from({ length: 20 }, () => snapshot('y', 100));
    expect(predictCaptureMillis([...old, ...recent], 'a')).toBe(100);
  });
});

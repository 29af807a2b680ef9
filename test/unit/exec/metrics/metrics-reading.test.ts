import { describe, expect, it } from 'vitest';
import type { UsageSample } from '../../../../src-main/engine/stats-frame';
import { metricsReading, type Allotment } from '../../../../src-main/exec/metrics/metrics-reading';

const MIB = 2 ** 20;
const NOW = 1_800_000_000_000;
const machine = { cpus: 8, memoryBytes: 16_384 * MIB };
const sample = (changes: Partial<UsageSample> = {}): UsageSample => ({
  atMs: NOW,
  cpuNanos: 10e9,
  machineCpus: 4,
  memoryUsedBytes: 32 * MIB,
  memoryLimitBytes: 64 * MIB,
  ...changes,
});
const read = (
  changes: Partial<UsageSample>,
  before: { atMs: number; cpuNanos: number } | undefined,
  allotment: Partial<Allotment> = {},
) => metricsReading(sample(changes), { before, allotment: { machine, ...allotment }, now: NOW });
const aSecondAgo = (cpuNanos: number) => ({ atMs: NOW - 1_000, cpuNanos });

describe('a reading of metrics', () => {
  it('counts CPU time against the allotted CPUs, never above 100', () => {
    expect(read({}, aSecondAgo(9.75e9), { cpus: 0.5 })).toEqual({
      cpuCount: 0.5,
      cpuUsedPct: 50,
      memTotalMib: 64,
      memUsedMib: 32,
      timestamp: NOW,
    });
    expect(read({}, aSecondAgo(9e9), { cpus: 0.5 })?.cpuUsedPct).toBe(100);
    expect(read({}, aSecondAgo(9e9))).toMatchObject({ cpuCount: 4, cpuUsedPct: 25 });
    expect(read({}, aSecondAgo(10e9))?.cpuUsedPct).toBe(0);
  });

  it('takes the machine’s figures where the frame or the limit says nothing', () => {
    expect(read({ machineCpus: 0 }, aSecondAgo(6e9))).toMatchObject({ cpuCount: 8, cpuUsedPct: 50 });
    const silent = read({ machineCpus: 0 }, aSecondAgo(9.5e9), { machine: {} });
    expect(silent).toMatchObject({ cpuCount: 1, cpuUsedPct: 50 });
    expect(read({ memoryLimitBytes: 0 }, aSecondAgo(1))?.memTotalMib).toBe(16_384);
    // cgroup v1 writes "no limit" as a number larger than any memory.
    expect(read({ memoryLimitBytes: 2 ** 63 }, aSecondAgo(1))?.memTotalMib).toBe(16_384);
  });

  it('never says that more memory is used than there is', () => {
    expect(read({ memoryUsedBytes: 65 * MIB }, aSecondAgo(1))).toMatchObject({
      memTotalMib: 64,
      memUsedMib: 64,
    });
    const unknown = read({ memoryLimitBytes: 0 }, aSecondAgo(1), { machine: {} });
    expect(unknown).toMatchObject({ memTotalMib: 32, memUsedMib: 32 });
  });

  it('counts from the start of a young container, and waits for a second sample of an old one', () => {
    expect(read({}, undefined, { cpus: 1, startedAtMs: NOW - 20_000 })?.cpuUsedPct).toBe(50);
    expect(read({}, undefined, { cpus: 1, startedAtMs: NOW - 3_600_000 })).toBeUndefined();
    expect(read({}, undefined)).toBeUndefined();
  });

  it('does not count across a restart, a clock that went back or a long silence', () => {
    const restarted = { cpus: 1, startedAtMs: NOW - 20_000 };
    expect(read({}, aSecondAgo(50e9), restarted)?.cpuUsedPct).toBe(50);
    expect(read({}, aSecondAgo(50e9))).toBeUndefined();
    expect(read({}, { atMs: NOW + 5_000, cpuNanos: 0 })).toBeUndefined();
    expect(read({}, { atMs: NOW, cpuNanos: 10e9 })).toBeUndefined();
    expect(read({}, { atMs: NOW - 3_600_000, cpuNanos: 0 })).toBeUndefined();
    expect(read({}, { atMs: NOW - 60_000, cpuNanos: 0 }, { cpus: 1 })?.cpuUsedPct).toBeCloseTo(16.67);
  });
});

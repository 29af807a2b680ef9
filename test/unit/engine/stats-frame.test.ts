import { describe, expect, it } from 'vitest';
import { usageSample } from '../../../src-main/engine/stats-frame';

const READ = '2026-11-25T20:47:36.605863208Z';
const cpu = { cpu_usage: { total_usage: 1_341_816_720 }, online_cpus: 2 };
const frame = (memory: object) => usageSample({ read: READ, cpu_stats: cpu, memory_stats: memory });

describe('a frame of the engine’s statistics', () => {
  it('is read with nanoseconds in its date', () => {
    expect(frame({ usage: 348_160, stats: { total_inactive_file: 0 }, limit: 67_108_864 })).toEqual({
      atMs: Date.parse('2026-11-25T20:47:36.605Z'),
      cpuNanos: 1_341_816_720,
      machineCpus: 2,
      memoryUsedBytes: 348_160,
      memoryLimitBytes: 67_108_864,
    });
  });

  it('leaves page cache out of the memory, by the counter of cgroup v1 or else v2', () => {
    const v1 = { total_inactive_file: 300, inactive_file: 7, cache: 400 };
    expect(frame({ usage: 1_000, stats: v1 })?.memoryUsedBytes).toBe(700);
    expect(frame({ usage: 1_000, stats: { inactive_file: 300, anon: 1 } })?.memoryUsedBytes).toBe(700);
    // The two are not read at the same instant, so the cache may seem larger.
    expect(frame({ usage: 1_000, stats: { inactive_file: 1_001 } })?.memoryUsedBytes).toBe(1_000);
    expect(frame({ usage: 1_000 })?.memoryUsedBytes).toBe(1_000);
    expect(frame({})).toMatchObject({ memoryUsedBytes: 0, memoryLimitBytes: 0 });
  });

  it('counts CPUs where the engine only lists them', () => {
    const listed = { cpu_usage: { total_usage: 5, percpu_usage: [2, 2, 1] } };
    expect(usageSample({ read: READ, cpu_stats: listed })?.machineCpus).toBe(3);
    expect(usageSample({ read: READ, cpu_stats: { cpu_usage: { total_usage: 5 } } })?.machineCpus).toBe(0);
  });

  it('is nothing when the container does not run or the frame is foreign', () => {
    const stopped = { read: '0001-01-01T00:00:00Z', cpu_stats: cpu, memory_stats: {} };
    for (const each of [
      stopped,
      {},
      { read: READ },
      { read: 'x', cpu_stats: cpu },
      { read: READ, cpu_stats: null },
    ]) {
      expect(usageSample(each)).toBeUndefined();
    }
  });
});

import { expect, it } from 'vitest';
import type { Metrics } from '../../../src-main/http/schemas/metrics';
import { CPU, MEMORY, usageSeries, usageText } from '../../../src-renderer/model/usage';

function reading(second: number, cpu: number, memory: number): Metrics {
  return {
    timestamp: second * 1000,
    cpu_count: 2,
    cpu_used_pct: cpu,
    mem_used_mib: memory,
    mem_total_mib: 512,
  };
}

it('draws no line over a time without readings', () => {
  const [times, values] = usageSeries([reading(1, 5, 1), reading(2, 6, 1), reading(60, 7, 1)], CPU);
  expect(values).toEqual([5, 6, null, 7]);
  expect(times.toSorted((a, b) => a - b)).toEqual(times);
});

it('says in words what a chart shows', () => {
  const readings = [reading(0, 10, 1.5), reading(90, 30, 0.5)];
  expect(usageText(readings, CPU)).toBe('CPU over the last 1 min: now 30.0 %, peak 30.0 %, mean 20.0 %');
  expect(usageText(readings, MEMORY)).toBe(
    'Memory over the last 1 min: now 512.0 KiB, peak 1.5 MiB, mean 1.0 MiB',
  );
  expect(usageText([], CPU)).toBe('CPU: no reading yet');
});

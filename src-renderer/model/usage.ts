import type { Metrics } from '../../src-main/http/schemas/metrics';
import { formatBytes } from './format-size';
import { formatSpan } from './format-time';

const BYTES_PER_MIB = 2 ** 20;
const MILLIS_PER_SECOND = 1000;
/** Readings come once a second; a longer silence is a gap, not a slope. */
const GAP_MS = 3500;

/** One thing that is measured over time. */
export interface Measure {
  name: string;
  value: (reading: Metrics) => number;
  /** Upper end of the scale. */
  limit: (reading: Metrics) => number;
  format: (value: number) => string;
  /** What the lines of a chart may be apart; decimal steps without. */
  steps?: number[];
}

export const CPU: Measure = {
  name: 'CPU',
  value: (reading) => reading.cpu_used_pct,
  limit: () => 100,
  format: (value) => `${value.toFixed(1)} %`,
};

export const MEMORY: Measure = {
  name: 'Memory',
  value: (reading) => reading.mem_used_mib,
  limit: (reading) => reading.mem_total_mib,
  format: (value) => formatBytes(value * BYTES_PER_MIB),
  steps: Array.from({ length: 32 }, (_, power) => 2 ** (power - 8)),
};

export interface UsageFigures {
  now: string;
  peak: string;
  mean: string;
  limit: string;
}

/** The figures of a measure; undefined before the first reading. */
export function usageFigures(readings: readonly Metrics[], measure: Measure): UsageFigures | undefined {
  const last = readings.at(-1);
  if (last === undefined) return undefined;
  const values = readings.map((reading) => measure.value(reading));
  const sum = values.reduce((total, value) => total + value, 0);
  return {
    now: measure.format(measure.value(last)),
    peak: measure.format(Math.max(...values)),
    mean: measure.format(sum / values.length),
    limit: measure === CPU ? cpuText(last.cpu_count) : measure.format(measure.limit(last)),
  };
}

/** What a chart says, in words. */
export function usageText(readings: readonly Metrics[], measure: Measure): string {
  const figures = usageFigures(readings, measure);
  const [first] = readings;
  const last = readings.at(-1);
  if (figures === undefined || first === undefined || last === undefined)
    return `${measure.name}: no reading yet`;
  const span = formatSpan(last.timestamp - first.timestamp);
  return `${measure.name} over the last ${span}: now ${figures.now}, peak ${figures.peak}, mean ${figures.mean}`;
}

/** Times in seconds and values, with nothing where no reading came for a while. */
export function usageSeries(
  readings: readonly Metrics[],
  measure: Measure,
): [times: number[], values: (number | null)[]] {
  const times: number[] = [];
  const values: (number | null)[] = [];
  let before: number | undefined;
  for (const reading of readings) {
    const { timestamp } = reading;
    if (before !== undefined && timestamp - before > GAP_MS) {
      times.push((before + 1) / MILLIS_PER_SECOND);
      values.push(null);
    }
    times.push(timestamp / MILLIS_PER_SECOND);
    values.push(measure.value(reading));
    before = timestamp;
  }
  return [times, values];
}

function cpuText(cpus: number): string {
  return `${String(cpus)} ${cpus === 1 ? 'CPU' : 'CPUs'}`;
}

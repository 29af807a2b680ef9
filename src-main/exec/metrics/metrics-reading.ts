import type { ContainerAllotment } from '../../engine/container-stats';
import type { EngineInfo } from '../../engine/engine-types';
import type { UsageSample } from '../../engine/stats-frame';

const BYTES_PER_MIB = 2 ** 20;
const NANOS_PER_MILLI = 1e6;
/** In a container this young the mean since its start says what it does now. */
const YOUNG_MS = 30_000;
/** Past that the mean since the sample before says nothing about now. */
const KEPT_SAMPLE_MS = 10 * 60_000;

/** execd-api.yaml, Metrics, in our spelling. */
export interface MetricsReading {
  /** CPUs that the sandbox may use; a fraction where the limit is one. */
  cpuCount: number;
  /** 0 to 100, of those CPUs. */
  cpuUsedPct: number;
  memTotalMib: number;
  memUsedMib: number;
  /** Unix milliseconds. */
  timestamp: number;
}

/** The limits that samples are measured by. */
export interface Allotment extends ContainerAllotment {
  machine: Pick<EngineInfo, 'cpus' | 'memoryBytes'>;
}

/** An earlier point from which CPU time is counted. */
export type CpuPoint = Pick<UsageSample, 'atMs' | 'cpuNanos'>;

/**
 * The sample as clients want it (CONTRACT.md 4.7).
 * @param before the last sample of the same run of the container, if any
 * @param now Unix milliseconds of this machine's clock
 * @returns undefined when there is nothing to count CPU time from: the next sample then has this one.
 */
export function metricsReading(
  sample: UsageSample,
  { before, allotment, now }: { before: CpuPoint | undefined; allotment: Allotment; now: number },
): MetricsReading | undefined {
  const from = countedFrom(sample, before, allotment);
  if (from === undefined) return undefined;
  const machineCpus = sample.machineCpus || allotment.machine.cpus || 1;
  const cpus = allotment.cpus ?? machineCpus;
  const share = (sample.cpuNanos - from.cpuNanos) / ((sample.atMs - from.atMs) * NANOS_PER_MILLI * cpus);
  const total = smallestOf(sample.memoryLimitBytes, allotment.machine.memoryBytes);
  return {
    cpuCount: cpus,
    cpuUsedPct: rounded(Math.min(Math.max(share * 100, 0), 100)),
    memTotalMib: rounded((total ?? sample.memoryUsedBytes) / BYTES_PER_MIB),
    memUsedMib: rounded(Math.min(sample.memoryUsedBytes, total ?? Infinity) / BYTES_PER_MIB),
    timestamp: now,
  };
}

/** Counters that fell or a clock that went back belong to another run of the container. */
function countedFrom(
  sample: UsageSample,
  before: CpuPoint | undefined,
  { startedAtMs }: Allotment,
): CpuPoint | undefined {
  const isBefore = (point: CpuPoint, oldest: number) =>
    point.cpuNanos <= sample.cpuNanos && point.atMs < sample.atMs && sample.atMs - point.atMs <= oldest;
  if (before !== undefined && isBefore(before, KEPT_SAMPLE_MS)) return before;
  const start = startedAtMs === undefined ? undefined : { atMs: startedAtMs, cpuNanos: 0 };
  return start !== undefined && isBefore(start, YOUNG_MS) ? start : undefined;
}

/** Of those that are known. */
function smallestOf(...bytes: (number | undefined)[]): number | undefined {
  const known = bytes.filter((each) => each !== undefined && each > 0) as number[];
  return known.length === 0 ? undefined : Math.min(...known);
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}

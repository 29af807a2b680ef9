/** What one frame of the engine's statistics says, the same for cgroup v1 and v2. */
export interface UsageSample {
  /** Unix milliseconds of the engine's clock. */
  atMs: number;
  /** CPU time that the container's processes have used since it started. */
  cpuNanos: number;
  /** CPUs of the engine's machine; 0 when the frame does not say. */
  machineCpus: number;
  memoryUsedBytes: number;
  /** The limit, or the machine's memory where there is none; 0 when the frame does not say. */
  memoryLimitBytes: number;
}

/** Where the page cache that the kernel would give back at once is counted: cgroup v1, else v2. */
const CACHE_COUNTERS = ['total_inactive_file', 'inactive_file'];

/**
 * Reads one frame of `GET /containers/{id}/stats`. Memory is counted as `docker stats` counts it: without inactive
 * page cache.
 * @returns undefined for the empty frames that the engine sends for a container that does not run.
 */
export function usageSample(frame: Record<string, unknown>): UsageSample | undefined {
  const atMs = Date.parse(String(frame['read']));
  const cpu = objectIn(frame, 'cpu_stats');
  const usage = objectIn(cpu, 'cpu_usage');
  // The engine writes year 1 for "never read".
  if (!(atMs > 0) || typeof usage['total_usage'] !== 'number') return undefined;
  const memory = objectIn(frame, 'memory_stats');
  const perCpu = usage['percpu_usage'];
  return {
    atMs,
    cpuNanos: usage['total_usage'],
    machineCpus: numberIn(cpu, 'online_cpus') || (Array.isArray(perCpu) ? perCpu.length : 0),
    memoryUsedBytes: memoryWithoutCache(memory),
    memoryLimitBytes: numberIn(memory, 'limit'),
  };
}

function memoryWithoutCache(memory: Record<string, unknown>): number {
  const usage = numberIn(memory, 'usage');
  const counters = objectIn(memory, 'stats');
  const counter = CACHE_COUNTERS.find((name) => name in counters);
  const cache = counter === undefined ? 0 : numberIn(counters, counter);
  return cache < usage ? usage - cache : usage;
}

function objectIn(parent: Record<string, unknown>, key: string): Record<string, unknown> {
  const value = parent[key];
  // An object that JSON.parse made has string keys.
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function numberIn(parent: Record<string, unknown>, key: string): number {
  const value = parent[key];
  return typeof value === 'number' ? value : 0;
}

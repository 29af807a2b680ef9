import { AppError } from '../errors';

/** Bytes per unit of CONTRACT.md 2.2: decimal without `i`, binary only with it. */
const BYTES_PER_UNIT: Record<string, number> = {
  '': 1,
  b: 1,
  k: 1e3,
  kb: 1e3,
  m: 1e6,
  mb: 1e6,
  g: 1e9,
  gb: 1e9,
  t: 1e12,
  tb: 1e12,
  ki: 2 ** 10,
  kib: 2 ** 10,
  mi: 2 ** 20,
  mib: 2 ** 20,
  gi: 2 ** 30,
  gib: 2 ** 30,
  ti: 2 ** 40,
  tib: 2 ** 40,
};
const NANO_PER_CPU = 1e9;
/** The kernel's least share: 1 ms of each period of 100 ms. Less fails at the start, in the runtime's words. */
const MIN_NANO_CPUS = 0.01 * NANO_PER_CPU;
/** The engine refuses less (`POST /containers/create`: minimum memory limit is 6 MB). */
const MIN_MEMORY_BYTES = 6 * 2 ** 20;

export interface ParsedLimits {
  nanoCpus?: number;
  memoryBytes?: number;
  gpus?: number;
}

/**
 * Reads `cpu`, `memory` and `gpu`; other resource types are accepted and have no effect (spec: ResourceLimits).
 * @throws AppError 400 `SANDBOX::INVALID_PARAMETER` for a value that cannot be read.
 */
export function parseResourceLimits(limits: Record<string, string>): ParsedLimits {
  const parsed: ParsedLimits = {};
  const { cpu, memory, gpu } = limits;
  if (cpu !== undefined) parsed.nanoCpus = parseCpu(cpu);
  if (memory !== undefined) parsed.memoryBytes = parseMemory(memory);
  if (gpu !== undefined) parsed.gpus = parseGpu(gpu);
  return parsed;
}

function parseCpu(value: string): number {
  const match = /^(\d+(?:\.\d+)?)(m?)$/.exec(value.trim());
  const amount = Number(match?.[1]);
  const nanoCpus = Math.round((match?.[2] === 'm' ? amount / 1000 : amount) * NANO_PER_CPU);
  if (match === null || !Number.isSafeInteger(nanoCpus)) throw unreadable('cpu', value, '500m or 1.5');
  if (nanoCpus < MIN_NANO_CPUS) throw tooLittle('cpu', value, '10m');
  return nanoCpus;
}

function parseMemory(value: string): number {
  const match = /^(\d+)\s*([a-z]*)$/i.exec(value.trim());
  const unit = BYTES_PER_UNIT[(match?.[2] ?? '').toLowerCase()];
  if (match === null || unit === undefined) throw unreadable('memory', value, '512Mi or 1Gi');
  const bytes = Number(match[1]) * unit;
  if (!Number.isSafeInteger(bytes)) throw unreadable('memory', value, '512Mi or 1Gi');
  if (bytes < MIN_MEMORY_BYTES) throw tooLittle('memory', value, '6Mi');
  return bytes;
}

function parseGpu(value: string): number {
  if (value.trim().toLowerCase() === 'all') return -1;
  const count = /^\d+$/.test(value.trim()) ? Number(value) : 0;
  if (!Number.isSafeInteger(count) || count < 1) throw unreadable('gpu', value, '1 or all');
  return count;
}

function unreadable(name: string, value: string, example: string): AppError {
  return invalid(name, value, `cannot be read. Use a value such as ${example}.`);
}

function tooLittle(name: string, value: string, least: string): AppError {
  return invalid(name, value, `is too little. Use at least ${least}.`);
}

function invalid(name: string, value: string, fault: string): AppError {
  return new AppError(
    400,
    'SANDBOX::INVALID_PARAMETER',
    `resourceLimits.${name} is "${value}", which ${fault}`,
  );
}

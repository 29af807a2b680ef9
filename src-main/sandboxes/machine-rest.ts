import { statfs } from 'node:fs/promises';
import { cpus } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';

const SAMPLE_MS = 300;
/** Share of all processors' time. */
const LEAST_IDLE = 0.5;
const LEAST_MEMORY_BYTES = 512 * 2 ** 20;
const LEAST_DISK_BYTES = 2 ** 30;

/**
 * Whether this machine has processor time, memory and disk to spare for work that nobody waits for. Takes a moment.
 * @param folder on the disk that must have room
 */
export async function machineRests(folder: string): Promise<boolean> {
  const disk = await statfs(folder);
  if (disk.bavail * disk.bsize < LEAST_DISK_BYTES) return false;
  if (process.availableMemory() < LEAST_MEMORY_BYTES) return false;
  const before = processorTimes();
  await delay(SAMPLE_MS, undefined, { ref: false });
  const after = processorTimes();
  return after.idle - before.idle >= LEAST_IDLE * (after.all - before.all);
}

function processorTimes(): { idle: number; all: number } {
  let idle = 0;
  let all = 0;
  for (const { times } of cpus()) {
    idle += times.idle;
    all += times.user + times.nice + times.sys + times.irq + times.idle;
  }
  return { idle, all };
}

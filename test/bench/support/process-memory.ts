import { readFile } from 'node:fs/promises';

const KIB_PER_MIB = 1024;

/** Resident memory of a process in MiB, by the kernel (`VmRSS`). */
export async function residentMemory(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const kib = Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]);
  return kib / KIB_PER_MIB;
}

import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const ROOT = '/sys/fs/cgroup';

/** A control group of Linux whose processes may use only so much memory together, page cache included. */
export interface MemoryGroup {
  /** Shell line that puts the shell itself, and what it becomes, into the group. */
  enter: string;
  /** How many processes the kernel has killed because there was no more. */
  kills(): Promise<number>;
  remove(): Promise<void>;
}

/** Undefined where this process may make none: not root, or not Linux. */
export async function memoryGroup(bytes: number): Promise<MemoryGroup | undefined> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return undefined;
  // Version 1 of the interface has a tree per resource, version 2 one tree.
  const [parent, limit, told] = existsSync(join(ROOT, 'memory'))
    ? [join(ROOT, 'memory'), 'memory.limit_in_bytes', 'memory.oom_control']
    : [ROOT, 'memory.max', 'memory.events'];
  const folder = join(parent, `opensandbox-test-${randomUUID()}`);
  try {
    await mkdir(folder);
    await writeFile(join(folder, limit), String(bytes));
  } catch {
    await rmdir(folder).catch(() => undefined);
    return undefined;
  }
  return {
    enter: `echo $$ > ${join(folder, 'cgroup.procs')}`,
    kills: async () => Number(/^oom_kill (\d+)$/m.exec(await readFile(join(folder, told), 'utf8'))?.[1]),
    remove: () => rmdir(folder),
  };
}

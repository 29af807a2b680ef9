import { execFile } from 'node:child_process';
import { open } from 'node:fs/promises';
import { promisify } from 'node:util';

const USUAL_PATHS = ['/bin/busybox', '/usr/bin/busybox', '/bin/busybox.static', '/usr/local/bin/busybox'];
const HEAD_BYTES = 4096;
const LIST_TIMEOUT_MS = 5000;

/** `PT_INTERP`: the program header that names a dynamic loader. */
const PROGRAM_HEADER_INTERPRETER = 3;

const run = promisify(execFile);

/** Finds a busybox that runs in an otherwise empty filesystem; undefined when this machine has none. */
export async function findStaticBusybox(paths: readonly string[] = USUAL_PATHS): Promise<string | undefined> {
  for (const path of paths) {
    if (await isStaticExecutable(path)) return path;
  }
  return undefined;
}

/** The busybox's commands as paths relative to the root, such as `bin/ls`. */
export async function listApplets(busybox: string): Promise<string[]> {
  const { stdout } = await run(busybox, ['--list-full'], { timeout: LIST_TIMEOUT_MS });
  return stdout.split('\n').filter((path) => path !== '' && path !== 'bin/busybox');
}

/** Whether the file is a Linux executable without a dynamic loader. */
export async function isStaticExecutable(path: string): Promise<boolean> {
  let head: Buffer;
  try {
    head = await readHead(path);
  } catch {
    return false;
  }
  const is64BitLittleEndianElf =
    head.length >= 64 && head.readUInt32BE(0) === 0x7f454c46 && head[4] === 2 && head[5] === 1;
  return is64BitLittleEndianElf && !namesInterpreter(head);
}

function namesInterpreter(head: Buffer): boolean {
  const tableOffset = Number(head.readBigUInt64LE(32));
  const entryBytes = head.readUInt16LE(54);
  const entries = head.readUInt16LE(56);
  for (let index = 0; index < entries; index += 1) {
    const offset = tableOffset + index * entryBytes;
    if (offset + 4 > head.length) return false;
    if (head.readUInt32LE(offset) === PROGRAM_HEADER_INTERPRETER) return true;
  }
  return false;
}

async function readHead(path: string): Promise<Buffer> {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

import { execFile } from 'node:child_process';
import { readFile, readdir, readlink } from 'node:fs/promises';
import { promisify } from 'node:util';
import { AppError } from '../errors';

const LISTEN_STATE = '0A';
const LOOKUP_TIMEOUT_MS = 2_000;

/** The error for a port that something else listens on: who, where that can be known, and how to choose another. */
export async function portTaken(port: number, cause: unknown): Promise<AppError> {
  const holder = await findHolder(port).catch(() => undefined);
  const who = holder === undefined ? 'another program' : `${holder.name} (process ${holder.pid})`;
  return new AppError(
    409,
    'SERVER::PORT_TAKEN',
    `Port ${port} is taken by ${who}. Stop it, or choose another port: npm start -- --port ${port + 1}`,
    { cause },
  );
}

interface Holder {
  pid: number;
  name: string;
}

async function findHolder(port: number): Promise<Holder | undefined> {
  switch (process.platform) {
    case 'linux':
      return findInProc(port);
    case 'darwin':
      return findWithLsof(port);
    default:
      return undefined;
  }
}

async function findInProc(port: number): Promise<Holder | undefined> {
  const inodes = new Set([
    ...(await listeningInodes('/proc/net/tcp', port)),
    ...(await listeningInodes('/proc/net/tcp6', port)),
  ]);
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    // Other users' processes cannot be looked into; they stay unnamed.
    const descriptors = await readdir(`/proc/${pid}/fd`).catch(() => []);
    for (const descriptor of descriptors) {
      const target = await readlink(`/proc/${pid}/fd/${descriptor}`).catch(() => '');
      const inode = /^socket:\[(\d+)\]$/.exec(target)?.[1];
      if (inode === undefined || !inodes.has(inode)) continue;
      return { pid: Number(pid), name: (await readFile(`/proc/${pid}/comm`, 'utf8')).trim() };
    }
  }
  return undefined;
}

async function listeningInodes(table: string, port: number): Promise<string[]> {
  const text = await readFile(table, 'utf8').catch(() => '');
  const wanted = port.toString(16).toUpperCase().padStart(4, '0');
  return text
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[1]?.endsWith(`:${wanted}`) === true && fields[3] === LISTEN_STATE)
    .flatMap((fields) => fields[9] ?? []);
}

async function findWithLsof(port: number): Promise<Holder | undefined> {
  const { stdout } = await promisify(execFile)('lsof', ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-Fpc'], {
    timeout: LOOKUP_TIMEOUT_MS,
  });
  const pid = /^p(\d+)$/m.exec(stdout)?.[1];
  const name = /^c(.+)$/m.exec(stdout)?.[1];
  return pid === undefined || name === undefined ? undefined : { pid: Number(pid), name };
}

import { createHash, randomUUID } from 'node:crypto';
import { realpath, rename, rm } from 'node:fs/promises';
import { createConnection, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppError } from '../errors';

/** How long the holder may take to say who it is. */
const ANSWER_DEADLINE_MS = 1_000;
const MAX_ANSWER_LENGTH = 4_096;
const ATTEMPTS = 5;
/** macOS allows 104 bytes with the closing zero, the least of all platforms. */
const MAX_SOCKET_PATH_BYTES = 103;

/** What the holder of a data folder tells about itself. */
export interface LockInfo {
  pid: number;
  startedAt: string;
  /** Where it serves, once it does. */
  address?: string;
}

/** A held lock. */
export interface FolderLock {
  /** Tells others where this process serves. */
  setInfo(info: Pick<LockInfo, 'address'>): void;
  release(): Promise<void>;
}

/** Answer of whoever listens at an endpoint: `dead` when nobody does. */
type Holder = 'dead' | 'silent' | LockInfo;

/**
 * Takes the lock of a data folder: a local socket held open, so that the system gives it back whenever the
 * process ends, however it ends. It lives in the abstract namespace on Linux and as a named pipe on Windows;
 * elsewhere it is a file, which is stale when nobody answers there.
 * @param platform as `process.platform`.
 * @throws AppError `STORE::LOCKED` (409) naming the holder.
 */
export async function acquireFolderLock(
  folder: string,
  platform: string = process.platform,
): Promise<FolderLock> {
  const endpoint = endpointOf(await realpath(folder), platform);
  const info: LockInfo = { pid: process.pid, startedAt: new Date().toISOString() };
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const server = await listen(endpoint.path, info);
    if (server) return createLock(server, info);
    const holder = await askHolder(endpoint.path);
    if (holder !== 'dead') throw lockedError(folder, holder);
    if (endpoint.isFile) await removeStale(endpoint.path, folder);
  }
  throw lockedError(folder, 'silent');
}

function endpointOf(folder: string, platform: string): { path: string; isFile: boolean } {
  const name = `opensandbox-desktop-${createHash('sha256').update(folder).digest('hex').slice(0, 32)}`;
  if (platform === 'linux') return { path: `\0${name}`, isFile: false };
  if (platform === 'win32') return { path: `\\\\.\\pipe\\${name}`, isFile: false };
  const inside = join(folder, 'lock.sock');
  const fits = Buffer.byteLength(inside) <= MAX_SOCKET_PATH_BYTES;
  return { path: fits ? inside : join(tmpdir(), `${name}.sock`), isFile: true };
}

/** Undefined when the endpoint is taken. */
function listen(path: string, info: LockInfo): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => {
      // Whoever asks may leave early; that is no concern of the holder.
      socket.on('error', () => socket.destroy());
      socket.end(`${JSON.stringify(info)}\n`);
    });
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(undefined);
      else reject(error);
    });
    server.listen(path, () => {
      // The lock alone is no reason to keep the process alive.
      server.unref();
      resolve(server);
    });
  });
}

function createLock(server: Server, info: LockInfo): FolderLock {
  return {
    setInfo: (more) => void Object.assign(info, more),
    release: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

function askHolder(path: string): Promise<Holder> {
  return new Promise((resolve) => {
    const socket = createConnection(path);
    let answer = '';
    let isConnected = false;
    const finish = (holder: Holder): void => {
      clearTimeout(deadline);
      socket.destroy();
      resolve(holder);
    };
    const deadline = setTimeout(() => finish('silent'), ANSWER_DEADLINE_MS);
    socket.setEncoding('utf8');
    socket.on('connect', () => (isConnected = true));
    socket.on('data', (text: string) => {
      answer += text;
      if (answer.length > MAX_ANSWER_LENGTH) finish('silent');
    });
    socket.on('end', () => finish(parseInfo(answer) ?? 'silent'));
    socket.on('error', () => finish(isConnected ? 'silent' : 'dead'));
  });
}

function parseInfo(answer: string): LockInfo | undefined {
  try {
    const value: unknown = JSON.parse(answer);
    if (typeof value !== 'object' || value === null) return undefined;
    const { pid, startedAt, address } = value as Record<string, unknown>;
    if (typeof pid !== 'number' || typeof startedAt !== 'string') return undefined;
    return { pid, startedAt, ...(typeof address === 'string' ? { address } : {}) };
  } catch {
    return undefined;
  }
}

/**
 * Removes a socket file that nobody listens at. Renamed first and asked once more: between the first look and
 * the removal another process may have removed it as well and put its own in that place.
 */
async function removeStale(path: string, folder: string): Promise<void> {
  const moved = `${path}.${randomUUID().slice(0, 8)}`;
  const isMoved = await rename(path, moved).then(
    () => true,
    () => false,
  );
  if (!isMoved) return;
  const holder = await askHolder(moved);
  if (holder !== 'dead') {
    await rename(moved, path);
    throw lockedError(folder, holder);
  }
  await rm(moved, { force: true });
}

function lockedError(folder: string, holder: Exclude<Holder, 'dead'>): AppError {
  const who =
    holder === 'silent'
      ? 'another process, which does not answer'
      : `process ${holder.pid}${holder.address === undefined ? '' : ` (${holder.address})`}, running since ${holder.startedAt}`;
  return new AppError(
    409,
    'STORE::LOCKED',
    `The data folder ${folder} is in use by ${who}. Use that one, end it first, ` +
      'or start this one with another folder: --data-dir DIR.',
  );
}

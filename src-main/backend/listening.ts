import { existsSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { messageOf } from '../errors';
import type { DesktopStatus } from '../http/schemas/desktop';
import { portTaken } from './port-holder';

const IPV4_LOOPBACK = '127.0.0.1';
const IPV6_LOOPBACK = '::1';
/** How soon after its last request a connection is closed while the server ends. */
const IDLE_CHECK_MS = 50;
/** A request that takes longer than this when the server ends is cut off. */
const LAST_REQUEST_MS = 10_000;
/** Of the files that the process may open, each of two addresses gets one part for connections of clients. */
const CONNECTION_PART = 4;
/** Only on Linux. */
const LIMITS_FILE = '/proc/self/limits';
/** A machine without IPv6, or with it switched off. */
const NO_IPV6_CODES = new Set(['EADDRNOTAVAIL', 'EAFNOSUPPORT', 'EINVAL']);

/** The port on both loopback addresses, and what became of the wish to have it. */
export class Listening {
  status: DesktopStatus['listener'];
  private second: Server | undefined;
  private readonly sockets = new Set<Socket>();

  constructor(port: number) {
    this.status = { state: 'starting', port };
  }

  /**
   * Listens on 127.0.0.1 and ::1, because clients resolve `localhost` to either, whatever the hosts file says.
   * @throws AppError `SERVER::PORT_TAKEN`, also when only one of the two is taken: the other's callers would reach
   * a stranger.
   */
  async open(http: FastifyInstance, port: number): Promise<void> {
    try {
      // The second server first: this one can be closed and tried again, Fastify's only as long as it never listened.
      this.second = await listenToo(http, port);
      const bound = portOf(this.second) ?? port;
      await http.listen({ port: bound, host: IPV4_LOOPBACK });
      this.status = { state: 'listening', port: portOf(http.server) ?? bound };
      const most = mostConnections();
      for (const server of this.servers(http)) {
        if (most !== undefined) server.maxConnections = most;
        this.watch(server);
      }
    } catch (error) {
      this.second?.close();
      this.second = undefined;
      const failure = isTaken(error) ? await portTaken(port, error) : error;
      this.status = { state: 'failed', port, message: messageOf(failure) };
      throw failure;
    }
  }

  /**
   * Finishes running requests on both addresses. Connections without one are closed at once: left to their keep-alive
   * time they would hold the end up for two minutes.
   */
  async close(http: FastifyInstance): Promise<void> {
    const servers = this.servers(http);
    const closeIdle = setInterval(() => {
      for (const server of servers) server.closeIdleConnections();
      // Browsers connect ahead of need; the server does not count a socket idle before its first request.
      for (const socket of this.sockets) if (socket.bytesRead === 0) socket.destroy();
    }, IDLE_CHECK_MS);
    const giveUp = setTimeout(() => {
      for (const socket of this.sockets) socket.destroy();
    }, LAST_REQUEST_MS);
    try {
      await Promise.all([http.close(), this.second === undefined ? undefined : closed(this.second)]);
    } finally {
      clearInterval(closeIdle);
      clearTimeout(giveUp);
    }
  }

  private servers(http: FastifyInstance): Server[] {
    return this.second === undefined ? [http.server] : [http.server, this.second];
  }

  private watch(server: Server): void {
    server.on('connection', (socket) => {
      this.sockets.add(socket);
      socket.once('close', () => this.sockets.delete(socket));
    });
  }
}

/**
 * So many that connections of clients never take what the engine and the store need. Undefined where the limit of
 * open files cannot be read; Node raises it to what the system allows.
 */
function mostConnections(): number | undefined {
  if (!existsSync(LIMITS_FILE)) return undefined;
  // Of the kernel's memory: no disk is waited for.
  const [, files] = /^Max open files\s+(\d+)/m.exec(readFileSync(LIMITS_FILE, 'utf8')) ?? [];
  return files === undefined ? undefined : Math.floor(Number(files) / CONNECTION_PART);
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}

/** A second listener that hands everything to the first server, so that both behave alike. */
async function listenToo(http: FastifyInstance, port: number): Promise<Server | undefined> {
  const second = createServer((request, response) => http.routing(request, response));
  second.keepAliveTimeout = http.server.keepAliveTimeout;
  second.requestTimeout = http.server.requestTimeout;
  second.headersTimeout = http.server.headersTimeout;
  for (const event of ['upgrade', 'clientError'] as const) {
    second.on(event, (...values: unknown[]) => http.server.emit(event, ...values));
  }
  try {
    await new Promise<void>((resolve, reject) => {
      second.once('error', reject);
      second.listen({ port, host: IPV6_LOOPBACK, ipv6Only: true }, resolve);
    });
    return second;
  } catch (error) {
    if (hasCode(error) && NO_IPV6_CODES.has(error.code)) return undefined;
    throw error;
  }
}

function portOf(server: Server | undefined): number | undefined {
  const address = server?.address();
  return typeof address === 'object' && address !== null ? address.port : undefined;
}

function isTaken(error: unknown): boolean {
  return hasCode(error) && error.code === 'EADDRINUSE';
}

function hasCode(error: unknown): error is Error & { code: string } {
  return error instanceof Error && 'code' in error && typeof error.code === 'string';
}

import { randomUUID } from 'node:crypto';
import { STATUS_CODES, type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { AppError } from '../../errors';
import { requireRunning } from '../../exec/sandbox-target';
import { refuseForeignHost } from '../access';
import { EXECD_PORT, isOwnPort, splitProxiedUrl } from '../request-url';
import type { Services } from '../services';
import { checkProxyAccess } from './proxy-access';
import { servePty } from './pty-socket';
import { relayWebSocket } from './relay-websocket';
import { serveTerminalDoor } from './terminal-door';

const PTY_PATH = /^\/+pty\/+([^/]+)\/+ws\/*$/;

/** A request to turn its connection into a WebSocket. */
export interface Upgrade {
  request: IncomingMessage;
  socket: Duplex;
  /** What the client sent right behind the request. */
  head: Buffer;
  requestId: string;
}

/** Serves WebSockets, which Fastify leaves to the bare server. */
export function installUpgrades(app: FastifyInstance, services: Services): void {
  const open = new Set<Duplex>();
  app.server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    if (request.headers.upgrade?.toLowerCase() !== 'websocket') {
      serveAsHttp(app, request, socket, head);
      return;
    }
    open.add(socket);
    socket.once('close', () => open.delete(socket));
    socket.on('error', () => socket.destroy());
    const upgrade: Upgrade = { request, socket, head, requestId: requestIdOf(request) };
    serve(upgrade, services).catch((error: unknown) => refuse(upgrade, error));
  });
  app.addHook('preClose', (done) => {
    // The server would wait for these for ever.
    for (const socket of open) socket.destroy();
    done();
  });
}

async function serve(upgrade: Upgrade, services: Services): Promise<void> {
  const { request } = upgrade;
  refuseForeignHost(request);
  if (serveTerminalDoor(upgrade, services)) return;
  const to = splitProxiedUrl(request.url ?? '/');
  if (to === undefined) throw notHere(request);
  const { access, tokens } = services;
  checkProxyAccess(request, upgrade.socket, { sandboxId: to.sandboxId, access, tokens });
  services.renewal.touch(to.sandboxId);
  if (!isOwnPort(to.port)) return relayWebSocket(upgrade, to, services);
  const { pathname, searchParams } = new URL(to.target.replace(/^\/+/, '/'), 'http://localhost');
  const terminal = to.port === EXECD_PORT ? PTY_PATH.exec(pathname)?.[1] : undefined;
  if (terminal === undefined) throw notHere(request);
  requireRunning(services.registry, services.engines, to.sandboxId);
  const session = services.terminals.get(to.sandboxId, terminal);
  servePty(upgrade, session, { query: searchParams, used: services.renewal.onTraffic(to.sandboxId) });
}

function notHere(request: IncomingMessage): AppError {
  return new AppError(
    404,
    'GENERAL::UNKNOWN_ERROR',
    `There is no WebSocket at ${request.url ?? '/'}. The API is described at /v1/docs.`,
  );
}

/** Answers in plain HTTP, as the error handler would: the connection is not a WebSocket yet. */
function refuse({ request, socket, requestId }: Upgrade, error: unknown): void {
  const { status, code, message } =
    error instanceof AppError
      ? error
      : {
          status: 500,
          code: 'SANDBOX::UNKNOWN_ERROR',
          message: `Something unexpected went wrong with ${request.url ?? '/'}.`,
        };
  const body = JSON.stringify({ code, message });
  socket.end(
    [
      `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
      'Content-Type: application/json; charset=utf-8',
      `Content-Length: ${Buffer.byteLength(body)}`,
      `X-Request-ID: ${requestId}`,
      'Connection: close',
      '',
      request.method === 'HEAD' ? '' : body,
    ].join('\r\n'),
  );
}

/**
 * Some clients offer another protocol with an ordinary request (Java and curl: h2c). The offer may be ignored, but
 * Node hands such a connection over as soon as anybody listens for upgrades; so it is given back without the offer.
 */
function serveAsHttp(app: FastifyInstance, request: IncomingMessage, socket: Duplex, head: Buffer): void {
  const lines = [`${request.method ?? 'GET'} ${request.url ?? '/'} HTTP/${request.httpVersion}`];
  const { rawHeaders } = request;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? '';
    if (/^(connection|upgrade|http2-settings)$/i.test(name)) continue;
    lines.push(`${name}: ${rawHeaders[at + 1] ?? ''}`);
  }
  if (/\bclose\b/i.test(request.headers.connection ?? '')) lines.push('Connection: close');
  // Node decodes headers byte by byte.
  socket.unshift(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), head]));
  app.server.emit('connection', socket);
}

function requestIdOf(request: IncomingMessage): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && /^[\x21-\x7e]{1,200}$/.test(given) ? given : randomUUID();
}

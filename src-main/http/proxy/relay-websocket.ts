import { request as httpRequest, type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { messageOf } from '../../errors';
import type { ProxiedUrl } from '../request-url';
import type { Services } from '../services';
import { requestHeaders, responseHeaders } from './forwarded-headers';
import type { Upgrade } from './upgrades';

/** Close codes of CONTRACT.md 2.5. */
const NOBODY_THERE = 1011;
const REFUSED = 1008;
/** RFC 6455, 5.5: a close frame holds at most 123 bytes of text. */
const MAX_REASON_BYTES = 123;

const handshakes = new WebSocketServer({ noServer: true });

/**
 * Joins a caller's WebSocket with one in the sandbox. After the handshake only bytes are passed on, so every frame,
 * extension, close code and size is the two ends' own business. A failure is told by a close code, because clients
 * cannot see the status of a refused handshake.
 */
export async function relayWebSocket(
  upgrade: Upgrade,
  to: ProxiedUrl,
  { ports, renewal }: Pick<Services, 'ports' | 'renewal'>,
): Promise<void> {
  let connection: Duplex;
  try {
    connection = await ports.connect(to.sandboxId, to.port);
  } catch (error) {
    acceptAndClose(upgrade, NOBODY_THERE, messageOf(error));
    return;
  }
  shakeHands(upgrade, to, connection, renewal.onTraffic(to.sandboxId));
}

function shakeHands(upgrade: Upgrade, to: ProxiedUrl, connection: Duplex, used: () => void): void {
  const { request, socket, requestId } = upgrade;
  const outgoing = httpRequest({
    createConnection: () => connection,
    path: to.target,
    headers: [
      'Host',
      `localhost:${to.port}`,
      ...requestHeaders(request, requestId),
      'Connection',
      'Upgrade',
      'Upgrade',
      'websocket',
    ],
    setHost: false,
  });
  let answered = false;
  const callerGone = () => outgoing.destroy();
  socket.once('close', callerGone);
  outgoing.once('upgrade', (answer, service, head) => {
    answered = true;
    socket.off('close', callerGone);
    join(upgrade, answer, service, head);
    socket.on('data', used);
    service.on('data', used);
  });
  outgoing.once('response', (answer) => {
    answered = true;
    outgoing.destroy();
    acceptAndClose(upgrade, REFUSED, `The service answered ${answer.statusCode ?? 0} to the handshake.`);
  });
  outgoing.on('error', (error) => {
    if (!answered) acceptAndClose(upgrade, NOBODY_THERE, messageOf(error));
  });
  outgoing.end();
}

function join(
  { socket, head, requestId }: Upgrade,
  answer: IncomingMessage,
  service: Duplex,
  early: Buffer,
): void {
  const lines = ['HTTP/1.1 101 Switching Protocols', 'Connection: Upgrade', 'Upgrade: websocket'];
  const headers = responseHeaders(answer, requestId);
  for (let at = 0; at < headers.length; at += 2) lines.push(`${headers[at] ?? ''}: ${headers[at + 1] ?? ''}`);
  socket.write(Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'));
  if (early.length > 0) socket.write(early);
  if (head.length > 0) service.write(head);
  service.on('error', () => service.destroy());
  service.once('close', () => socket.destroy());
  socket.once('close', () => service.destroy());
  socket.pipe(service);
  service.pipe(socket);
}

function acceptAndClose({ request, socket, head }: Upgrade, code: number, reason: string): void {
  if (socket.destroyed) return;
  handshakes.handleUpgrade(request, socket, head, (accepted) => {
    accepted.on('error', () => accepted.terminate());
    accepted.close(code, shortened(reason));
  });
}

function shortened(reason: string): string {
  const bytes = Buffer.from(reason);
  return bytes.length <= MAX_REASON_BYTES
    ? reason
    : `${bytes
        .subarray(0, MAX_REASON_BYTES - 4)
        .toString('utf8')
        .replace(/\uFFFD+$/, '')}…`;
}

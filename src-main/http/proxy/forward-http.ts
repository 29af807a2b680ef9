import {
  request as httpRequest,
  type Agent,
  type ClientRequest,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AppError, messageOf } from '../../errors';
import type { ProxiedUrl } from '../request-url';
import { requestHeaders, responseHeaders, type RawHeaders } from './forwarded-headers';

/** Methods that may be sent again when a kept connection turned out to be closed (RFC 9110, 9.2.2). */
const REPEATABLE = new Set(['GET', 'HEAD', 'OPTIONS']);

export interface Forwarding {
  request: FastifyRequest;
  reply: FastifyReply;
  to: ProxiedUrl;
  agent: Agent;
  /** Headers of our own on the answer. */
  added: RawHeaders;
  /** Told, once, when nothing answers: an AppError 502, or why there is no way in. */
  fail: (error: AppError) => void;
}

/**
 * Passes a request to a service in the sandbox and its answer back, both streamed. Nothing is decoded or buffered:
 * whoever is slower sets the pace. Takes the reply over from Fastify as soon as the service answers.
 */
export function forwardHttp(forwarding: Forwarding): void {
  send(forwarding, true);
}

/** @param mayRepeat false for the second try. */
function send(forwarding: Forwarding, mayRepeat: boolean): void {
  const { request, reply, to, agent } = forwarding;
  const { raw } = request;
  const { method = 'GET' } = raw;
  const withBody = hasBody(raw);
  const outgoing = httpRequest({
    agent,
    method,
    port: to.port,
    path: to.target,
    headers: ['Host', `localhost:${to.port}`, ...requestHeaders(raw, request.id)],
    setHost: false,
  });
  const hangUp = () => outgoing.destroy();
  reply.raw.once('close', hangUp);
  outgoing.once('response', (answer) => {
    reply.hijack();
    passBack(answer, forwarding, reply.raw);
  });
  outgoing.on('error', (error) => {
    reply.raw.off('close', hangUp);
    // Once the answer has begun, its own stream tells of failures; and a caller who is gone is told nothing.
    if (reply.raw.headersSent) return;
    if (reply.raw.destroyed) {
      reply.hijack();
      return;
    }
    const stale = mayRepeat && outgoing.reusedSocket && REPEATABLE.has(method) && !withBody;
    if (stale) send(forwarding, false);
    else forwarding.fail(unreachable(to, error));
  });
  if (withBody) sendBody(raw, outgoing);
  else outgoing.end();
}

function sendBody(incoming: IncomingMessage, outgoing: ClientRequest): void {
  incoming.pipe(outgoing);
  // An upload that the caller breaks off must not look whole to the service.
  incoming.once('aborted', () => outgoing.destroy());
  // A service may answer, or go, before it has read everything.
  outgoing.once('close', () => {
    incoming.unpipe(outgoing);
    incoming.resume();
  });
}

/** As `pipe`, which costs more than the rest for a small answer. */
function passBack(answer: IncomingMessage, { request, added }: Forwarding, response: ServerResponse): void {
  const headers = responseHeaders(answer, request.id);
  headers.push(...added);
  response.writeHead(answer.statusCode ?? 502, answer.statusMessage, headers);
  answer.on('data', (chunk: Buffer) => {
    if (response.write(chunk)) return;
    answer.pause();
    response.once('drain', () => answer.resume());
  });
  answer.once('end', () => response.end());
  // What ends early must not look whole: the caller sees the connection break.
  answer.once('error', () => response.destroy());
}

function hasBody({ headers }: IncomingMessage): boolean {
  const { 'content-length': length, 'transfer-encoding': encoding } = headers;
  return encoding !== undefined || (length !== undefined && length !== '0');
}

function unreachable(to: ProxiedUrl, error: unknown): AppError {
  if (error instanceof AppError) return error;
  return new AppError(
    502,
    'SANDBOX::PORT_UNREACHABLE',
    `Nothing answered on port ${to.port} of sandbox ${to.sandboxId} (${messageOf(error)}). Start a server there that speaks HTTP.`,
    { cause: error },
  );
}

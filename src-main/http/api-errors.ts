import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { AppError } from '../errors';
import { isGuiScreen } from './gui';
import { describeInvalid } from './invalid-requests';
import type { ErrorResponse } from './schemas/common';

/** Code of faults that the framework itself finds (CONTRACT.md 1.3). */
const FRAMEWORK_ERROR = 'GENERAL::UNKNOWN_ERROR';
const UNSUPPORTED_TYPE = 415;
/** Of Node's parser, for bytes behind a request with `Connection: close`. */
const AFTER_THE_LAST_REQUEST = 'HPE_CLOSED_CONNECTION';

/** Writes every error in the one wire shape, and nothing of our insides (CONTRACT.md 1.3). */
export function installErrorHandlers(app: FastifyInstance): void {
  app.setErrorHandler((error: FastifyError, request, reply) => sendError(error, request, reply));
  app.setNotFoundHandler((request, reply) => {
    if (isGuiScreen(request.method, request.url)) return reply.sendFile('index.html');
    const path = request.url.split('?', 1)[0] ?? '';
    return send(
      reply,
      404,
      FRAMEWORK_ERROR,
      `There is no ${request.method} ${path}. The API is described at /v1/docs.`,
    );
  });
}

/** Answers a request that the router could not read, such as one with a broken percent encoding. */
export function sendFrameworkError(error: FastifyError, reply: FastifyReply): void {
  send(reply, error.statusCode ?? 400, FRAMEWORK_ERROR, error.message);
}

/** Answers bytes that are no HTTP request at all; there is no reply object to do it with. */
export function answerBrokenRequest(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  // The request was the connection's last one by its own word: what follows it is nobody's, its answer is on the way.
  if (error.code === AFTER_THE_LAST_REQUEST) return;
  const tooLarge = error.code === 'HPE_HEADER_OVERFLOW';
  // Behind an answer that has begun, these bytes would be taken for a part of it. Headers that are too large begin a
  // request of their own, which on a kept connection wants its answer.
  if (socket.bytesWritten > 0 && !tooLarge) {
    socket.end();
    return;
  }
  const message = tooLarge
    ? 'The headers of the request are too large.'
    : 'This is not a request that HTTP can read.';
  const body = JSON.stringify({ code: FRAMEWORK_ERROR, message } satisfies ErrorResponse);
  socket.end(
    `HTTP/1.1 ${tooLarge ? '431 Request Header Fields Too Large' : '400 Bad Request'}\r\n` +
      `Content-Type: application/json; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(body)}\r\n` +
      `X-Request-ID: ${randomUUID()}\r\nConnection: close\r\n\r\n${body}`,
  );
}

function sendError(error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (error instanceof AppError) {
    // The other 5xx say what the caller met (501, 502, 503), often many times a second while it waits.
    if (error.status === 500) request.log.error({ err: error }, error.message);
    else if (error.status > 500) request.log.debug({ code: error.code }, error.message);
    return send(reply, error.status, error.code, error.message);
  }
  if (error.validation !== undefined) {
    return send(
      reply,
      400,
      'SANDBOX::INVALID_PARAMETER',
      `${describeInvalid(error.validation, error.validationContext)}. See /v1/docs for the request's shape.`,
    );
  }
  const status = error.statusCode ?? 500;
  if (status === UNSUPPORTED_TYPE)
    return send(
      reply,
      status,
      FRAMEWORK_ERROR,
      'The type of the body is not known here. Send it as application/json.',
    );
  if (status < 500) return send(reply, status, FRAMEWORK_ERROR, error.message);
  request.log.error({ err: error }, 'unexpected error');
  return send(
    reply,
    500,
    'SANDBOX::UNKNOWN_ERROR',
    `Something unexpected went wrong. Look for request ${request.id} in the server's log.`,
  );
}

function send(reply: FastifyReply, status: number, code: string, message: string): FastifyReply {
  return reply
    .code(status)
    .type('application/json; charset=utf-8')
    .send({ code, message: message === '' ? code : message } satisfies ErrorResponse);
}

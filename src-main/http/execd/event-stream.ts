import type { FastifyReply } from 'fastify';
import type { Readable } from 'node:stream';

const HEADERS = {
  'Content-Type': 'text/event-stream',
  'Cache-Control': 'no-cache',
  'X-Accel-Buffering': 'no',
};

/** Answers with an event stream (CONTRACT.md 4.2): always 200, each event flushed as it comes. */
export function sendEvents(reply: FastifyReply, events: Readable | string): FastifyReply {
  return reply.code(200).headers(HEADERS).send(events);
}

import { IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';

/** How long a caller may go on sending a body that was answered already, such as one without a key. */
const ANSWERED_BODY_MS = 30_000;

/**
 * Hangs up on callers who have their answer and do not come to an end: bodies may take as long as they take, so anybody
 * without a key could hold connections for ever.
 */
export function installBodyDeadline(app: FastifyInstance, answeredBodyMs = ANSWERED_BODY_MS): void {
  app.addHook('onResponse', (request, _reply, done) => {
    const { raw } = request;
    // What is injected in process has no connection.
    if (raw instanceof IncomingMessage && !raw.complete) {
      const giveUp = setTimeout(() => raw.socket.destroy(), answeredBodyMs).unref();
      for (const end of ['end', 'close'] as const) raw.once(end, () => clearTimeout(giveUp));
    }
    done();
  });
}

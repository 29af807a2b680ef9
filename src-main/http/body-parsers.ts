import type { FastifyInstance } from 'fastify';
import { AppError, messageOf } from '../errors';

/** Types of the one body that is not read into memory but handed to its route as a stream. */
const TAR_TYPES = ['application/x-tar', 'application/gzip', 'application/octet-stream'];

/** Accepts JSON, also an empty body that claims to be JSON (CONTRACT.md 1.4). */
export function installBodyParsers(app: FastifyInstance): void {
  const parseJson = app.getDefaultJsonParser('error', 'error');
  app.removeContentTypeParser('application/json');
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    const text = body.toString();
    if (text.trim() === '') {
      done(null, undefined);
      return;
    }
    void parseJson(request, text, (error: Error | null, parsed?: unknown) => {
      // Which body is wrong is the caller's fault like any other validation failure (CONTRACT.md 1.3).
      if (error === null) done(null, parsed);
      else done(new AppError(400, 'SANDBOX::INVALID_PARAMETER', `The body is not JSON: ${messageOf(error)}`));
    });
  });
}

/** Streams tars to the routes of this plugin. */
export function streamTars(app: FastifyInstance): void {
  app.addContentTypeParser(TAR_TYPES, (_request, payload, done) => done(null, payload));
}

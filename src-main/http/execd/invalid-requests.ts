import type { FastifyError, FastifyInstance } from 'fastify';
import { AppError } from '../../errors';

/** Of the JSON parser that the whole API shares; nothing of the in-sandbox API's own carries it. */
const UNREADABLE_BODY = 'SANDBOX::INVALID_PARAMETER';

/** In the in-sandbox API a body or query that does not fit has its own code (CONTRACT.md 4.1). */
export function nameInvalidRequests(app: FastifyInstance): void {
  app.setErrorHandler((error: FastifyError) => {
    const isMalformed = error.validation !== undefined || isUnreadable(error);
    // What is thrown here goes on to the server's one error handler.
    throw isMalformed
      ? new AppError(
          400,
          'INVALID_REQUEST_BODY',
          `${error.message}. See execd-api.yaml for the request's shape.`,
        )
      : error;
  });
}

/** A body that is no JSON, by the framework's word or by the parser's that all of the API share. */
function isUnreadable(error: FastifyError): boolean {
  return error instanceof AppError ? error.code === UNREADABLE_BODY : error.statusCode === 400;
}

import type { FastifyError, FastifyInstance } from 'fastify';
import { AppError } from '../../errors';

/** In the in-sandbox API a body or query that does not fit has its own code (CONTRACT.md 4.1). */
export function nameInvalidRequests(app: FastifyInstance): void {
  app.setErrorHandler((error: FastifyError) => {
    const isMalformed = error.validation !== undefined || (error.statusCode === 400 && !isOurs(error));
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

function isOurs(error: Error): boolean {
  return error instanceof AppError;
}

import type { FastifySchemaValidationError } from 'fastify/types/schema';

/**
 * Words for what a schema refused. Where null is allowed beside the real type, ajv also complains that the value is
 * not null and fits none of the choices: true, and of no use to whoever sent something else.
 */
export function describeInvalid(faults: readonly FastifySchemaValidationError[], part = 'request'): string {
  const telling = faults.filter(({ keyword, params }) => keyword !== 'anyOf' && params['type'] !== 'null');
  return (telling.length > 0 ? telling : faults)
    .map(({ instancePath, message = 'is not valid' }) => `${part}${instancePath} ${message}`)
    .join(', ');
}

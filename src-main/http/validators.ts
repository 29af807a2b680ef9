import { Ajv } from 'ajv';
import type { FastifyInstance } from 'fastify';

/**
 * Bodies are taken as they are: no coercion, no removal of unknown fields (CONTRACT.md 1.4 ignores those). Queries
 * and paths are text on the wire, so there numbers, booleans and single-element lists are read from text.
 */
export function installValidators(app: FastifyInstance): void {
  const forBodies = new Ajv({ useDefaults: false, coerceTypes: false, allErrors: false, strict: false });
  const forText = new Ajv({ useDefaults: true, coerceTypes: 'array', allErrors: false, strict: false });
  app.setValidatorCompiler<object>(({ schema, httpPart }) =>
    (httpPart === 'body' ? forBodies : forText).compile(schema),
  );
}

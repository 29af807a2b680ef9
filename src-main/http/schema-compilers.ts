import { Ajv, type ValidateFunction } from 'ajv';
import fastJsonStringify from 'fast-json-stringify';
import type { FastifySchemaCompiler, FastifyServerOptions } from 'fastify';
import type { TSchema } from 'typebox';

type SchemaController = NonNullable<FastifyServerOptions['schemaController']>;
type ValidatorFactory = NonNullable<NonNullable<SchemaController['compilersFactory']>['buildValidator']>;

/**
 * How schemas become code, for each route when it is first used: compiling them all took a third of the start.
 *
 * Bodies are taken as they are: no coercion, no removal of unknown fields (CONTRACT.md 1.4 ignores those). Queries
 * and paths are text on the wire, so there numbers, booleans and single-element lists are read from text.
 */
export function schemaCompilers(): SchemaController {
  let forBodies: Ajv | undefined;
  let forText: Ajv | undefined;
  const compilerOf = (httpPart: string | undefined): Ajv => {
    if (httpPart === 'body')
      return (forBodies ??= new Ajv({ useDefaults: false, coerceTypes: false, strict: false }));
    return (forText ??= new Ajv({ useDefaults: true, coerceTypes: 'array', strict: false }));
  };
  const validator: FastifySchemaCompiler<object> = ({ schema, httpPart }) =>
    validatorOnDemand(() => compilerOf(httpPart).compile(schema));
  return {
    compilersFactory: {
      // The typings show a function of Ajv's in its place; Fastify calls what setValidatorCompiler takes.
      buildValidator: (() => validator) as unknown as ValidatorFactory,
      // Routes declare TypeBox schemas.
      buildSerializer: () => (route) => serializerOnDemand(route.schema as TSchema),
    },
  };
}

function validatorOnDemand(compile: () => ValidateFunction): ReturnType<FastifySchemaCompiler<object>> {
  let compiled: ValidateFunction | undefined;
  const validate = () => (compiled ??= compile());
  // Fastify looks at the same properties as with a function of Ajv itself, before and after it calls.
  return Object.defineProperties((...args: Parameters<ValidateFunction>) => validate()(...args), {
    errors: { get: () => validate().errors },
    schemaEnv: { get: () => validate().schemaEnv },
  });
}

function serializerOnDemand(schema: TSchema): (value: unknown) => string {
  let serialize: ((value: unknown) => string) | undefined;
  return (value) => {
    // Its typings leave the text that it makes open.
    serialize ??= fastJsonStringify(schema) as (value: unknown) => string;
    return serialize(value);
  };
}

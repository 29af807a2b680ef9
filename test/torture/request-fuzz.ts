import type { Random } from './random';

/** The part of an OpenAPI document that requests are made from. */
export interface ApiDocument {
  paths: Record<string, Record<string, ApiOperation>>;
  components: { schemas: Record<string, Schema> };
}

interface ApiOperation {
  parameters?: { in: string; name: string; schema?: Schema }[];
  requestBody?: { content: Record<string, { schema?: Schema }> };
}

interface Schema {
  $ref?: string;
  type?: string | string[];
  enum?: unknown[];
  const?: unknown;
  anyOf?: Schema[];
  properties?: Record<string, Schema>;
  additionalProperties?: boolean | Schema;
  items?: Schema;
}

/** A request as it goes over the wire. */
export interface FuzzedRequest {
  method: string;
  /** With the query; percent encoded, not always well. */
  path: string;
  headers: Record<string, string>;
  body: string | undefined;
}

/** Methods that Node's client can send and a body goes with. */
const METHODS = new Set(['get', 'head', 'post', 'put', 'patch', 'delete', 'options']);
const WITHOUT_BODY = new Set(['get', 'head']);
/** One value in so many is not what the schema asks for. */
const NASTY_ONE_IN = 6;
const DEEPEST = 6;
const DEEP_NESTING = 2_000;

const NASTY_VALUES: readonly unknown[] = [
  null,
  '',
  ' ',
  0,
  -1,
  1.5,
  1e308,
  2 ** 53,
  true,
  [],
  {},
  [null],
  'NaN',
  '9999999999999999999999',
  '../../../../etc/passwd',
  '/proc/1/root',
  '%00',
  '\u0000',
  '\ud800',
  '💥'.repeat(20),
  'a'.repeat(20_000),
  '${jndi}',
  "' OR 1=1 --",
  '1970-01-01T00:00:00Z',
  '+275760-09-14T00:00:00Z',
  'not a date',
  { __proto__: { polluted: true } },
  JSON.parse('{"__proto__": {"polluted": true}, "constructor": {"prototype": {}}}'),
];
const NASTY_SEGMENTS: readonly string[] = [
  '%',
  '%zz',
  '%00',
  '..',
  '%2e%2e',
  '%2F',
  'a'.repeat(300),
  '%F0%9F%92%A5',
  '*',
];
const NASTY_BODIES: readonly string[] = [
  '',
  '{',
  '[1,2',
  'null',
  '"text"',
  '12',
  '{"a":1,}',
  '\u0000',
  '['.repeat(DEEP_NESTING) + ']'.repeat(DEEP_NESTING),
  `{"image":${'{"uri":'.repeat(DEEP_NESTING)}1${'}'.repeat(DEEP_NESTING)}}`,
];
const CONTENT_TYPES: readonly string[] = [
  'application/json',
  'application/json; charset=utf-16',
  'application/x-tar',
  'text/plain',
  'multipart/form-data; boundary=x',
  'a/b/c',
];

/**
 * Makes requests from an OpenAPI document, most of them nearly right: what no validation stops gets deepest.
 * @param known ids that exist now, by the parameter's name
 */
export function requestFuzzer(
  document: ApiDocument,
  random: Random,
  known: (parameter: string) => readonly string[],
): () => FuzzedRequest {
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([method]) => METHODS.has(method))
      .map(([method, operation]) => ({ path, method, operation })),
  );
  const chance = (oneIn: number): boolean => random.below(oneIn) === 0;

  const value = (schema: Schema | undefined, depth: number): unknown => {
    if (schema === undefined || depth > DEEPEST || chance(NASTY_ONE_IN)) return random.pick(NASTY_VALUES);
    if (schema.$ref !== undefined)
      return value(document.components.schemas[schema.$ref.replace(/^.*\//, '')], depth);
    if (schema.const !== undefined) return schema.const;
    if (schema.enum !== undefined) return random.pick(schema.enum);
    if (schema.anyOf !== undefined) return value(random.pick(schema.anyOf), depth + 1);
    switch (typeof schema.type === 'string' ? schema.type : random.pick(schema.type ?? [])) {
      case 'object':
        return objectOf(schema, depth);
      case 'array':
        return Array.from({ length: random.below(4) }, () => value(schema.items, depth + 1));
      case 'integer':
        return random.below(200) - 5;
      case 'number':
        return random.below(1_000) / 10;
      case 'boolean':
        return chance(2);
      case 'string':
        return random.pick([...known('uri'), 'name', 'running', '2030-01-01T00:00:00Z', '/', '/bin', 'a=b']);
      default:
        return null;
    }
  };
  const objectOf = (schema: Schema, depth: number): Record<string, unknown> => {
    const entries = Object.entries(schema.properties ?? {}).filter(() => !chance(3));
    const made = entries.map(([name, each]) => [name, knownOr(name, () => value(each, depth + 1))] as const);
    const further =
      typeof schema.additionalProperties === 'object' || chance(20) ? [['key', 'value'] as const] : [];
    return Object.fromEntries([...made, ...further]);
  };
  const knownOr = (name: string, otherwise: () => unknown): unknown => {
    const ids = known(name);
    return ids.length > 0 && !chance(4) ? random.pick(ids) : otherwise();
  };
  const segment = (name: string): string => {
    if (chance(NASTY_ONE_IN)) return random.pick(NASTY_SEGMENTS) ?? '';
    return encodeText(String(knownOr(name, () => random.pick(['44772', '8080', 'snap_none', 'x']))));
  };

  return () => {
    const { path, method, operation } = random.pick(operations) ?? {
      path: '/',
      method: 'get',
      operation: {},
    };
    const filled = path.replace(/\{([^}]*)\}/g, (_, name: string) => segment(name));
    const query = (operation.parameters ?? [])
      .filter((parameter) => parameter.in === 'query' && chance(2))
      .map(({ name, schema }) => `${name}=${encodeText(asText(knownOr(name, () => value(schema, 0))))}`)
      .join('&');
    const headers: Record<string, string> = {};
    let body: string | undefined;
    if (!WITHOUT_BODY.has(method) && (operation.requestBody !== undefined || chance(4))) {
      headers['content-type'] = chance(12) ? (random.pick(CONTENT_TYPES) ?? '') : 'application/json';
      const schema = operation.requestBody?.content['application/json']?.schema;
      body = chance(12) ? random.pick(NASTY_BODIES) : JSON.stringify(value(schema, 0));
    }
    return {
      method: method.toUpperCase(),
      path: query === '' ? filled : `${filled}?${query}`,
      headers,
      body,
    };
  };
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** A lone surrogate has no percent encoding. */
function encodeText(text: string): string {
  return encodeURIComponent(text.replace(/\p{Surrogate}/gu, '?')).slice(0, 30_000);
}

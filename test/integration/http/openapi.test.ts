import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { createTestBackend, type TestBackend } from '../../support/test-backend';

interface Schema {
  $ref?: string;
  type?: string;
  required?: string[];
  properties?: Record<string, Schema>;
  items?: Schema;
}

interface Operation {
  parameters?: (Schema & { name?: string; in?: string })[];
  responses: Record<string, Schema & { content?: Record<string, { schema?: Schema }> }>;
}

interface Document {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
  components?: Record<string, Record<string, Schema>>;
}

const METHODS = ['get', 'post', 'put', 'patch', 'delete'];

let test: TestBackend;
let ours: Document;
const spec = parse(await readFile(resolve('test/specs/sandbox-lifecycle.yml'), 'utf8')) as Document;
beforeAll(async () => {
  test = await createTestBackend();
  ours = (await fetchText('/v1/openapi.json')).json<Document>();
});
afterAll(() => test.dispose());

/** Every operation of the official document. */
const operations = Object.entries(spec.paths).flatMap(([path, item]) =>
  METHODS.flatMap((method) => {
    const operation = item[method];
    return operation === undefined
      ? []
      : [{ name: `${method.toUpperCase()} ${path}`, path, method, operation }];
  }),
);

function fetchText(url: string) {
  return test.backend.http.inject({ url, headers: { host: 'localhost' } });
}

/** Ours writes the base path into every path. */
function find(path: string, method: string): Operation {
  const item = ours.paths[`/v1${path}`];
  const operation = item?.[method];
  if (operation === undefined) throw new Error(`Our document has no ${method} ${path}.`);
  return operation;
}

function follow<T extends Schema>(document: Document, schema: T): T {
  if (schema.$ref === undefined) return schema;
  const [, , kind = '', name = ''] = schema.$ref.split('/');
  const found = document.components?.[kind]?.[name];
  if (found === undefined) throw new Error(`${schema.$ref} leads nowhere.`);
  // A reference stands for a value of its own kind.
  return follow(document, found as T);
}

function bodyOf(document: Document, operation: Operation, status: string): Schema | undefined {
  const response = operation.responses[status];
  if (response === undefined) return undefined;
  const schema = follow(document, response).content?.['application/json']?.schema;
  return schema === undefined ? undefined : follow(document, schema);
}

/** What the official schema promises and ours does not, as paths of fields. */
function missing(official: Schema, own: Schema, at: string): string[] {
  const wanted = follow(spec, official);
  const given = follow(ours, own);
  if (wanted.type === 'array') {
    return missing(wanted.items ?? {}, given.items ?? {}, `${at}[]`);
  }
  const lost = (wanted.required ?? []).filter((field) => given.required?.includes(field) !== true);
  const deeper = Object.entries(wanted.properties ?? {}).flatMap(([field, schema]) => {
    const match = given.properties?.[field];
    if (match === undefined) return [`${at}.${field}`];
    return missing(schema, match, `${at}.${field}`);
  });
  return [...lost.map((field) => `${at}.${field} (required)`), ...deeper];
}

/** Only ever sent by us without: the registry password is not given back. */
const NEVER_ANSWERED = /\.image\.auth$/;

describe('our OpenAPI document', () => {
  it('is version 3.1 and every reference in it leads somewhere', () => {
    expect(ours.openapi).toMatch(/^3\.1/);
    const references = [...JSON.stringify(ours).matchAll(/"\$ref":"([^"]+)"/g)].map(
      (match) => match[1] ?? '',
    );
    for (const $ref of new Set(references)) expect(follow(ours, { $ref })).toBeDefined();
  });

  it.each(operations)('has $name with every status code', ({ path, method, operation }) => {
    expect(Object.keys(find(path, method).responses)).toEqual(
      expect.arrayContaining(Object.keys(operation.responses)),
    );
  });

  it.each(operations)('has $name with every parameter', ({ path, method, operation }) => {
    const named = (document: Document, parameters: Operation['parameters'] = []) =>
      parameters.map((each) => follow(document, each)).map((each) => `${each.in ?? ''} ${each.name ?? ''}`);
    const inPath = (spec.paths[path] as unknown as Operation).parameters;
    expect(named(ours, find(path, method).parameters)).toEqual(
      expect.arrayContaining([...named(spec, operation.parameters), ...named(spec, inPath)]),
    );
  });

  it.each(operations)(
    'has $name with every field that the answers promise',
    ({ path, method, operation }) => {
      for (const status of Object.keys(operation.responses)) {
        const official = bodyOf(spec, operation, status);
        const own = bodyOf(ours, find(path, method), status);
        if (official === undefined) {
          expect(own, `${status} has no body`).toBeUndefined();
          continue;
        }
        const lost = missing(official, own ?? {}, status).filter((field) => !NEVER_ANSWERED.test(field));
        expect(lost).toEqual([]);
      }
    },
  );
});

describe('the page of the API', () => {
  it('is there with its script, its style and its document', async () => {
    const page = await fetchText('/v1/docs');
    expect(page.headers['content-type']).toMatch(/^text\/html/);
    const linked = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => match[1] ?? '');
    expect(linked.length).toBeGreaterThanOrEqual(3);
    for (const url of linked) {
      const part = await fetchText(url);
      expect(part.statusCode).toBe(200);
      expect(part.headers['content-type']).toMatch(/javascript|css/);
      expect(part.body.length).toBeGreaterThan(50);
    }
    expect((await fetchText('/v1/docs/start.js')).body).toContain('/v1/openapi.json');
  });

  it('does not give away files beside its own', async () => {
    for (const url of [
      '/v1/docs/static/../package.json',
      '/v1/docs/static/%2e%2e/%2e%2e/fastify/package.json',
    ]) {
      expect((await fetchText(url)).body).not.toContain('"fastify"');
    }
  });
});

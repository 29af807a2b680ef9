import fastify, { type FastifyInstance } from 'fastify';
import { Type, type TSchema } from 'typebox';
import { afterEach, describe, expect, it } from 'vitest';
import { schemaCompilers } from '../../../src-main/http/schema-compilers';

let app: FastifyInstance;
afterEach(() => app.close());

/** A server with one route, whose answer is what it received. */
function serverOf(schema: { body?: TSchema; querystring?: TSchema; response?: Record<number, TSchema> }) {
  app = fastify({ schemaController: schemaCompilers() });
  app.get('/free', () => ({ status: 'healthy' }));
  app.post('/', { schema }, ({ body, query }) => ({ body, query, secret: 'x' }));
  return app;
}

async function post(url: string, payload: object) {
  const { statusCode, body } = await app.inject({ method: 'POST', url, payload });
  return { statusCode, body: JSON.parse(body) as Record<string, unknown> };
}

describe('compiling on demand', () => {
  it('leaves alone the schemas of routes that nobody asks', async () => {
    const broken = Type.Unsafe({ type: 'no-such-type' });
    serverOf({ body: broken, response: { 200: broken } });
    expect((await app.inject('/free')).statusCode).toBe(200);
    expect((await post('/', {})).statusCode).toBe(500);
  });

  it('judges the first request like every later one, and names the fault each time', async () => {
    serverOf({ body: Type.Object({ count: Type.Integer() }) });
    for (let round = 0; round < 2; round++) {
      const refused = await post('/', { count: '1' });
      expect(refused).toMatchObject({ statusCode: 400, body: { message: 'body/count must be integer' } });
      expect((await post('/', { count: 1 })).statusCode).toBe(200);
    }
  });

  it('reads numbers and lists of queries from text, and fills in defaults', async () => {
    serverOf({
      querystring: Type.Object({
        page: Type.Integer(),
        state: Type.Array(Type.String()),
        size: Type.Integer({ default: 20 }),
      }),
    });
    for (let round = 0; round < 2; round++) {
      const { body } = await post('/?page=3&state=ready', {});
      expect(body['query']).toEqual({ page: 3, state: ['ready'], size: 20 });
    }
  });

  it('lets out what the schema of an answer names', async () => {
    serverOf({ response: { 200: Type.Object({ body: Type.Object({ a: Type.Integer() }) }) } });
    for (let round = 0; round < 2; round++) {
      expect((await post('/', { a: 1, b: 2 })).body).toEqual({ body: { a: 1 } });
    }
  });
});

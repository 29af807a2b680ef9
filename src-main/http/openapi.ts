import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox';
import type { Services } from './services';

/**
 * `/v1/openapi.json` and `/v1/docs`, generated from the schemas of the routes. The generator and the page are loaded
 * on first use only: they cost more memory than the rest of the server, and most runs never show them.
 */
export function openApiRoutes(
  services: Services,
  apiRoutes: (services: Services) => FastifyPluginCallbackTypebox,
): FastifyPluginCallbackTypebox {
  let building: Promise<string> | undefined;
  return (app, _options, done) => {
    app.get('/openapi.json', async (_request, reply) => {
      building ??= buildDocument(services, apiRoutes);
      return reply.type('application/json; charset=utf-8').send(await building);
    });
    done();
  };
}

async function buildDocument(
  services: Services,
  apiRoutes: (services: Services) => FastifyPluginCallbackTypebox,
): Promise<string> {
  const [{ default: fastify }, { default: swagger }] = await Promise.all([
    import('fastify'),
    import('@fastify/swagger'),
  ]);
  const described = fastify();
  await described.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'OpenSandbox Desktop',
        version: services.version,
        description:
          'The OpenSandbox Lifecycle API on your own Docker engine, and under /v1/desktop what only this product has.',
      },
      components: {
        securitySchemes: { apiKeyAuth: { type: 'apiKey', in: 'header', name: 'OPEN-SANDBOX-API-KEY' } },
      },
      security: [{ apiKeyAuth: [] }],
    },
  });
  await described.register(apiRoutes(services), { prefix: '/v1' });
  await described.ready();
  const document = JSON.stringify(described.swagger());
  await described.close();
  return document;
}

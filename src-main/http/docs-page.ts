import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';

/** Swagger UI styles its elements inline; the rest is as strict as on our own pages. */
const CONTENT_SECURITY_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
  "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <title>OpenSandbox Desktop API</title>
    <link rel="stylesheet" href="/v1/docs/static/swagger-ui.css" />
  </head>
  <body>
    <div id="swagger-ui"></div>
    <script src="/v1/docs/static/swagger-ui-bundle.js"></script>
    <script src="/v1/docs/start.js"></script>
  </body>
</html>
`;

const START_SCRIPT = `window.ui = SwaggerUIBundle({ url: '/v1/openapi.json', dom_id: '#swagger-ui', deepLinking: true });\n`;

/**
 * Found by its description: importing the package itself would run the whole browser bundle in this process, for 39 MiB
 * and 200 ms of every start.
 */
const SWAGGER_UI_FOLDER = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));

/** `/v1/docs`: the OpenAPI document to read and try. */
export const docsPage: FastifyPluginAsyncTypebox = async (app) => {
  await app.register(fastifyStatic, {
    root: SWAGGER_UI_FOLDER,
    prefix: '/docs/static/',
    decorateReply: false,
    index: false,
  });
  app.get('/docs', (_request, reply) =>
    reply
      .header('Content-Security-Policy', CONTENT_SECURITY_POLICY)
      .type('text/html; charset=utf-8')
      .send(PAGE),
  );
  app.get('/docs/start.js', (_request, reply) =>
    reply.type('text/javascript; charset=utf-8').send(START_SCRIPT),
  );
};

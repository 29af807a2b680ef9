import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox';
import fastify, { LogController, type FastifyBaseLogger, type FastifyInstance } from 'fastify';
import { refuseForeignHost } from './access';
import { answerBrokenRequest, installErrorHandlers, sendFrameworkError } from './api-errors';
import { installBodyParsers } from './body-parsers';
import { desktopRoutes } from './desktop';
import { diagnosticRoutes } from './diagnostics';
import { docsPage } from './docs-page';
import { installGui } from './gui';
import { openApiRoutes } from './openapi';
import { proxyRoutes } from './proxy';
import { installUpgrades } from './proxy/upgrades';
import { canonicalUrl } from './request-url';
import { sandboxRoutes } from './routes/sandboxes';
import { snapshotRoutes } from './routes/snapshots';
import { unsupportedRoutes } from './routes/unsupported';
import { schemaCompilers } from './schema-compilers';
import type { Services } from './services';
import { signInRoute } from './sign-in';
import { installBodyDeadline } from './slow-bodies';

/** Clients keep idle sockets for 30 s and longer (CONTRACT.md 1.5). */
const KEEP_ALIVE_MS = 125_000;
const JSON_LIMIT_BYTES = 32 * 2 ** 20;
const MAX_REQUEST_ID_LENGTH = 200;
/** An id beyond the framework's 100 characters is an unknown id, not an unknown route. */
const MAX_PARAMETER_LENGTH = 8_192;
const REQUEST_ID_HEADER = 'X-Request-ID';

/** The HTTP server without a port: tests and the Electron window inject, the backend listens. */
export async function buildApp(services: Services, logger: FastifyBaseLogger): Promise<FastifyInstance> {
  const app = fastify({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: requestId,
    requestIdHeader: false,
    rewriteUrl: (request) => canonicalUrl(request.url ?? '/'),
    // An address that cannot be routed meets no hook: its answer gets its request id here.
    frameworkErrors: (error, request, reply) => {
      reply.header(REQUEST_ID_HEADER, request.id);
      sendFrameworkError(error, reply);
    },
    clientErrorHandler: answerBrokenRequest,
    schemaController: schemaCompilers(),
    routerOptions: { maxParamLength: MAX_PARAMETER_LENGTH },
    bodyLimit: JSON_LIMIT_BYTES,
    keepAliveTimeout: KEEP_ALIVE_MS,
    // Uploads may take as long as they take; slow headers are still cut off by Node's headersTimeout.
    requestTimeout: 0,
    forceCloseConnections: 'idle',
  });
  installErrorHandlers(app);
  installBodyParsers(app);
  installBodyDeadline(app);
  app.addHook('onRequest', (request, reply, next) => {
    reply.header(REQUEST_ID_HEADER, request.id);
    refuseForeignHost(request);
    next();
  });
  for (const path of ['/health', '/v1/health']) app.get(path, () => ({ status: 'healthy' }));
  await app.register(signInRoute(services.access));
  await app.register(docsPage, { prefix: '/v1' });
  await app.register(openApiRoutes(services, apiRoutes), { prefix: '/v1' });
  await app.register(proxyRoutes(services), { prefix: '/v1/sandboxes/:sandboxId/proxy' });
  await app.register(guardedApi(services), { prefix: '/v1' });
  installUpgrades(app, services);
  await installGui(app, services.rendererDir);
  return app;
}

/** Every `/v1` route behind the key: a hook of the subtree, so no route can forget it. */
function guardedApi(services: Services): FastifyPluginCallbackTypebox {
  return (app, _options, done) => {
    app.addHook('onRequest', (request, reply, next) => {
      services.access.check(request, reply.raw);
      next();
    });
    void app.register(apiRoutes(services));
    // Unknown paths below /v1 ask for the key too, so that they tell nothing to strangers.
    app.all('/*', (_request, reply) => {
      reply.callNotFound();
    });
    done();
  };
}

function apiRoutes(services: Services): FastifyPluginCallbackTypebox {
  return (app, _options, done) => {
    void app.register(sandboxRoutes(services), { prefix: '/sandboxes' });
    void app.register(diagnosticRoutes(services), { prefix: '/sandboxes/:sandboxId/diagnostics' });
    void app.register(snapshotRoutes(services));
    void app.register(unsupportedRoutes);
    void app.register(desktopRoutes(services), { prefix: '/desktop' });
    done();
  };
}

/** The caller's id, trimmed, else a fresh one (CONTRACT.md 1.3). */
function requestId(request: IncomingMessage): string {
  const given = request.headers['x-request-id'];
  const id = typeof given === 'string' ? given.trim() : '';
  return id === '' || id.length > MAX_REQUEST_ID_LENGTH ? randomUUID() : id;
}

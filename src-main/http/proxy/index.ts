import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { requireRunning } from '../../exec/sandbox-target';
import { checkPort } from '../../sandboxes/endpoints';
import { notFound } from '../../sandboxes/sandbox-service';
import type { SandboxRegistry } from '../../sandboxes/sandbox-registry';
import type { SandboxRecord } from '../../store/records';
import { egressRoutes } from '../egress';
import { execdRoutes } from '../execd';
import { EGRESS_PORT, EXECD_PORT, splitProxiedUrl } from '../request-url';
import type { Services } from '../services';
import { forwardHttp } from './forward-http';
import { cameWithCookie, checkProxyAccess } from './proxy-access';

const FORWARDED_METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

/**
 * A browser that is signed in here would take a page of the sandbox for one of ours, with our session. So such a page
 * gets an origin of its own, as an unknown site would have.
 */
const FOREIGN_PAGE_POLICY = 'sandbox allow-scripts allow-forms allow-modals allow-popups allow-downloads';

/** How long an answer that never ends, such as an event stream, may hold up the server's own end. */
const CLOSING_GRACE_MS = 3_000;

/** Everything below `/v1/sandboxes/:sandboxId/proxy`, outside the guard of the API key (CONTRACT.md 1.2, 2.5). */
export function proxyRoutes(services: Services): FastifyPluginCallbackTypebox {
  const { registry, engines, access, tokens } = services;
  return (app, _options, done) => {
    app.addHook('onRequest', (request, reply, next) => {
      const sandboxId = sandboxIdOf(request);
      checkProxyAccess(request, reply.raw, { sandboxId, access, tokens });
      services.renewal.touch(sandboxId);
      next();
    });
    void app.register(
      (execd, _execdOptions, registered) => {
        execd.addHook('onRequest', (request, _reply, next) => {
          requireRunning(registry, engines, sandboxIdOf(request));
          next();
        });
        void execd.register(execdRoutes(services));
        registered();
      },
      { prefix: `/${EXECD_PORT}` },
    );
    void app.register(
      (egress, _egressOptions, registered) => {
        egress.addHook('onRequest', (request, _reply, next) => {
          requireSandbox(registry, sandboxIdOf(request));
          next();
        });
        void egress.register(egressRoutes(services));
        registered();
      },
      { prefix: `/${EGRESS_PORT}` },
    );
    app.route({
      method: FORWARDED_METHODS,
      url: '/:port',
      // Already here, before Fastify looks at the body or at what type it claims to be.
      onRequest: (request, reply, next) => forward(services, request, reply, next),
      handler: (_request, reply) => {
        reply.callNotFound();
      },
    });
    app.addHook('preClose', (closing) => {
      setTimeout(() => services.ports.close(), CLOSING_GRACE_MS).unref();
      closing();
    });
    done();
  };
}

function forward(
  services: Services,
  request: FastifyRequest,
  reply: FastifyReply,
  fail: (error?: Error) => void,
): void {
  const { registry, engines, connections } = services;
  const to = splitProxiedUrl(request.originalUrl);
  if (to === undefined) {
    reply.callNotFound();
    return;
  }
  checkPort(to.port);
  requireRunning(registry, engines, to.sandboxId);
  const added = cameWithCookie(request) ? ['Content-Security-Policy', FOREIGN_PAGE_POLICY] : [];
  forwardHttp({ request, reply, to, agent: connections.agent(to.sandboxId), added, fail });
}

/** @throws AppError 404 `DOCKER::SANDBOX_NOT_FOUND` */
function requireSandbox(registry: SandboxRegistry, id: string): SandboxRecord {
  const record = registry.records.get(id);
  if (record === undefined || record.phase === 'deleting') throw notFound(id);
  return record;
}

function sandboxIdOf(request: FastifyRequest): string {
  // Every route of this subtree has the parameter in its prefix.
  return (request.params as { sandboxId: string }).sandboxId;
}

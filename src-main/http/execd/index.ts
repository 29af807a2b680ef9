import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox';
import type { Services } from '../services';
import { commandRoutes } from './command-routes';
import { directoryRoutes } from './directory-routes';
import { fileRoutes } from './file-routes';
import { metricsRoutes } from './metrics-routes';
import { notSupportedRoutes } from './not-supported-routes';
import { pingRoute } from './ping-route';
import { ptyRoutes } from './pty-routes';
import { sessionRoutes } from './session-routes';

/** One resource of the in-sandbox API; its paths are relative to the endpoint, such as `/command`. */
type ExecdRoutes = (services: Services) => FastifyPluginCallbackTypebox;

const RESOURCES: readonly ExecdRoutes[] = [
  pingRoute,
  commandRoutes,
  sessionRoutes,
  fileRoutes,
  directoryRoutes,
  ptyRoutes,
  metricsRoutes,
  notSupportedRoutes,
];

/**
 * What clients find on port 44772 of a sandbox (execd-api.yaml), served by this process. Mounted behind the check of
 * the sandbox's token and of its state, with the sandbox's id as `params.sandboxId`.
 */
export function execdRoutes(services: Services): FastifyPluginCallbackTypebox {
  return (app, _options, done) => {
    for (const routes of RESOURCES) void app.register(routes(services));
    // Otherwise an unknown path would be looked for on the sandbox's own port 44772.
    for (const url of ['/', '/*']) {
      app.all(url, (_request, reply) => {
        reply.callNotFound();
      });
    }
    done();
  };
}

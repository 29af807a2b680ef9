import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox';
import { AppError } from '../../errors';

/** Paths of other runtimes that clients may ask for (CONTRACT.md 1.6, 2.7). */
export const unsupportedRoutes: FastifyPluginCallbackTypebox = (app, _options, done) => {
  for (const url of ['/pools', '/pools/*']) {
    app.all(url, () => {
      throw new AppError(
        501,
        'KUBERNETES::POOL_NOT_SUPPORTED',
        'Pools need a Kubernetes server. Create sandboxes directly; concurrent creates are fine here.',
      );
    });
  }
  // The JavaScript SDK reports how long a create took and does not look at the answer.
  app.post('/metrics/events', (_request, reply) => reply.code(204).send());
  done();
};

import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { AppError } from '../../errors';
import { NetworkPolicy, NetworkRule } from '../schemas/sandboxes';
import type { Services } from '../services';

const params = Type.Object({ sandboxId: Type.String() });

/** What clients find on port 18080 of a sandbox (egress-api.yaml, CONTRACT.md 5), served by this process. */
export function egressRoutes({ egress }: Services): FastifyPluginCallbackTypebox {
  return (app, _options, done) => {
    app.get('/policy', { schema: { params } }, (request) => egress.read(request.params.sandboxId));

    app.patch('/policy', { schema: { params, body: Type.Array(NetworkRule, { minItems: 1 }) } }, (request) =>
      egress.patch(request.params.sandboxId, request.body),
    );

    app.delete(
      '/policy',
      { schema: { params, body: Type.Array(Type.String(), { minItems: 1 }) } },
      (request) => egress.remove(request.params.sandboxId),
    );

    app.route({
      method: ['POST', 'PUT'],
      url: '/policy',
      schema: { params, body: Type.Union([NetworkPolicy, Type.Null()]) },
      // An empty body resets to denying everything.
      handler: (request) => egress.replace(request.params.sandboxId, request.body ?? { egress: [] }),
    });

    for (const url of ['/credential-vault', '/credential-vault/*']) {
      app.all(url, () => {
        throw new AppError(
          501,
          'NOT_SUPPORTED',
          'The credential vault needs TLS interception, which this server does not do. Pass credentials in env.',
        );
      });
    }
    // Otherwise an unknown path would be looked for on the sandbox's own port 18080.
    for (const url of ['/', '/*']) {
      app.all(url, (_request, reply) => {
        reply.callNotFound();
      });
    }
    done();
  };
}

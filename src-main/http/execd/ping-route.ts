import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox';

/** `/ping`: whoever gets here runs, because the state was checked on the way, from what is known (CONTRACT.md 4.1). */
export function pingRoute(): FastifyPluginCallbackTypebox {
  return (app, _options, done) => {
    app.get('/ping', (_request, reply) => reply.code(200).send());
    done();
  };
}

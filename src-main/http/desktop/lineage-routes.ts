import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox';
import { errorResponses } from '../error-responses';
import { Lineage, LineageChanges, LineageChangesQuery } from '../schemas/lineage';
import type { Services } from '../services';

/** `/v1/desktop/lineage`: where every sandbox stands and what it can go back to. */
export function lineageRoutes({ lineage, engines }: Services): FastifyPluginCallbackTypebox {
  return (app, _options, done) => {
    app.addHook('preHandler', (_request, _reply, next) => {
      engines.requireSearched();
      next();
    });

    app.get(
      '/lineage',
      {
        schema: {
          summary: 'Base images, snapshots and sandboxes as a forest, with what was deleted as ghosts',
          tags: ['Desktop'],
          response: { 200: Lineage, ...errorResponses(401, 500, 503) },
        },
      },
      () => lineage.read(engines.lastEngineId),
    );

    app.get(
      '/lineage/changes',
      {
        schema: {
          summary: 'What changed in the lineage since an earlier answer of this route; all of it without one',
          tags: ['Desktop'],
          querystring: LineageChangesQuery,
          response: { 200: LineageChanges, ...errorResponses(400, 401, 500, 503) },
        },
      },
      (request) => lineage.changes(engines.lastEngineId, request.query.since),
    );
    done();
  };
}

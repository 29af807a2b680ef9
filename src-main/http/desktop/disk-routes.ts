import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox';
import { causeOf } from '../access';
import { errorResponses } from '../error-responses';
import { DiskUsage, ReclaimRequest, ReclaimResult } from '../schemas/disk';
import type { Services } from '../services';

/** `/v1/desktop/disk…`: true bytes, and giving them back. */
export function diskRoutes({ disk }: Services): FastifyPluginCallbackTypebox {
  return (app, _options, done) => {
    app.get(
      '/disk',
      {
        schema: {
          summary: 'True bytes of images and snapshots: unique, shared, reclaimable',
          tags: ['Desktop'],
          response: { 200: DiskUsage, ...errorResponses(401, 500, 503) },
        },
      },
      () => disk.usage(),
    );

    app.post(
      '/disk/reclaim',
      {
        schema: {
          summary: 'Say what would go, or delete snapshots and leftovers that nothing needs',
          tags: ['Desktop'],
          body: ReclaimRequest,
          response: { 200: ReclaimResult, ...errorResponses(400, 401, 500, 503) },
        },
      },
      (request) => disk.reclaim(request.body, causeOf(request)),
    );
    done();
  };
}

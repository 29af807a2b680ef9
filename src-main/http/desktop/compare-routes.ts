import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox';
import { errorResponses } from '../error-responses';
import { CompareFileQuery, CompareQuery, Comparison, FileComparison } from '../schemas/compare';
import type { Services } from '../services';
import { changedPath, fileSide } from './compare-views';

const DEFAULT_LIMIT = 20_000;

/** `/v1/desktop/compare…`: what differs between any two of snapshot or sandbox. */
export function compareRoutes({ compare }: Services): FastifyPluginCallbackTypebox {
  return (app, _options, done) => {
    app.get(
      '/compare',
      {
        schema: {
          summary: 'Paths that differ between two snapshots or sandboxes; nothing is started',
          tags: ['Desktop'],
          querystring: CompareQuery,
          response: { 200: Comparison, ...errorResponses(400, 401, 404, 409, 500, 503) },
        },
      },
      async (request) => {
        const { from, to, limit = DEFAULT_LIMIT, cursor } = request.query;
        const { changes, summary } = await compare.compare(from, to, cursor !== undefined);
        const start = cursor ?? 0;
        const end = start + limit;
        return {
          from,
          to,
          summary,
          items: changes.slice(start, end).map(changedPath),
          totalItems: changes.length,
          ...(end < changes.length ? { nextCursor: end } : {}),
        };
      },
    );

    app.get(
      '/compare/file',
      {
        schema: {
          summary: 'One path on both sides, with at most a MiB of each content',
          tags: ['Desktop'],
          querystring: CompareFileQuery,
          response: { 200: FileComparison, ...errorResponses(400, 401, 404, 409, 500, 503) },
        },
      },
      async (request) => {
        const { from, to, path } = request.query;
        const { before, after } = await compare.compareFile(from, to, path);
        return {
          path,
          ...(before === undefined ? {} : { before: fileSide(before) }),
          ...(after === undefined ? {} : { after: fileSide(after) }),
        };
      },
    );
    done();
  };
}

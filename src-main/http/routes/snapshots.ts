import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { snapshotView } from '../../snapshots/snapshot-views';
import { causeOf } from '../access';
import { errorResponses } from '../error-responses';
import { noBody } from '../schemas/common';
import {
  CreateSnapshotRequest,
  ListSnapshotsQuery,
  ListSnapshotsResponse,
  Snapshot,
} from '../schemas/snapshots';
import type { Services } from '../services';

/** `/v1/snapshots…` and `/v1/sandboxes/{id}/snapshots` (sandbox-lifecycle.yml, tag Snapshots). */
export function snapshotRoutes(services: Services): FastifyPluginCallbackTypebox {
  const { snapshots, engines } = services;
  return (app, _options, done) => {
    app.addHook('preHandler', (_request, _reply, next) => {
      engines.require();
      next();
    });

    app.post(
      '/sandboxes/:sandboxId/snapshots',
      {
        schema: {
          operationId: 'createSnapshot',
          summary: 'Take a snapshot of a running sandbox',
          tags: ['Snapshots'],
          params: Type.Object({ sandboxId: Type.String() }),
          body: Type.Optional(Type.Union([CreateSnapshotRequest, Type.Null()])),
          response: { 202: Snapshot, ...errorResponses(400, 401, 404, 409, 500, 503) },
        },
      },
      async (request, reply) => {
        const name = request.body?.name ?? undefined;
        const record = await snapshots.accept(request.params.sandboxId, { name }, causeOf(request));
        return reply.code(202).header('Location', `/v1/snapshots/${record.id}`).send(snapshotView(record));
      },
    );

    app.get(
      '/snapshots',
      {
        schema: {
          operationId: 'listSnapshots',
          summary: 'List snapshots',
          tags: ['Snapshots'],
          querystring: ListSnapshotsQuery,
          response: { 200: ListSnapshotsResponse, ...errorResponses(400, 401, 500, 503) },
        },
      },
      (request) => {
        const { items, pagination } = snapshots.list(request.query);
        return { items: items.map(snapshotView), pagination };
      },
    );

    app.get(
      '/snapshots/:snapshotId',
      {
        schema: {
          operationId: 'getSnapshot',
          summary: 'Fetch a snapshot',
          tags: ['Snapshots'],
          params: Type.Object({ snapshotId: Type.String() }),
          response: { 200: Snapshot, ...errorResponses(401, 404, 409, 500, 503) },
        },
      },
      (request) => snapshotView(snapshots.get(request.params.snapshotId)),
    );

    app.delete(
      '/snapshots/:snapshotId',
      {
        schema: {
          operationId: 'deleteSnapshot',
          summary: 'Delete a snapshot',
          tags: ['Snapshots'],
          params: Type.Object({ snapshotId: Type.String() }),
          response: {
            204: noBody('Deleted.'),
            ...errorResponses(401, 404, 409, 500, 503),
          },
        },
      },
      async (request, reply) => {
        await snapshots.delete(request.params.snapshotId, causeOf(request));
        return reply.code(204).send(undefined);
      },
    );
    done();
  };
}

import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { causeOf } from '../access';
import { errorResponses } from '../error-responses';
import {
  DesktopSnapshot,
  DesktopSnapshotList,
  DesktopSnapshotQuery,
  PatchDesktopSnapshotRequest,
  Task,
} from '../schemas/desktop';
import type { Services } from '../services';
import { desktopSnapshot } from './desktop-views';

/** `/v1/desktop/snapshots…`: what is known beyond the spec's object, in larger pages. */
export function desktopSnapshotRoutes(services: Services): FastifyPluginCallbackTypebox {
  const { snapshots, snapshotRecords, engines, verification } = services;
  return (app, _options, done) => {
    app.addHook('preHandler', (_request, _reply, next) => {
      engines.requireSearched();
      next();
    });
    const preHandler = (_request: FastifyRequest, _reply: FastifyReply, next: () => void): void => {
      engines.require();
      next();
    };

    app.get(
      '/snapshots',
      {
        schema: {
          summary: 'Snapshots, newest first, by cursor',
          tags: ['Desktop'],
          querystring: DesktopSnapshotQuery,
          response: { 200: DesktopSnapshotList, ...errorResponses(400, 401, 500, 503) },
        },
      },
      (request) => {
        const { limit = 200, cursor } = request.query;
        const oldestFirst = snapshotRecords.inCreationOrder();
        const end = cursor === undefined ? oldestFirst.length : Math.max(0, snapshotRecords.indexOf(cursor));
        const start = Math.max(0, end - limit);
        const items = oldestFirst
          .slice(start, end)
          .reverse()
          .map((record) => desktopSnapshot(services, record));
        const last = items.at(-1);
        return {
          items,
          totalItems: oldestFirst.length,
          ...(start > 0 && last !== undefined ? { nextCursor: last.snapshot.id } : {}),
        };
      },
    );

    app.get(
      '/snapshots/:snapshotId/recipe',
      {
        preHandler,
        schema: {
          summary: 'How a snapshot came to be, as the draft of a Dockerfile',
          tags: ['Desktop'],
          params: Type.Object({ snapshotId: Type.String() }),
          response: { 200: Type.String(), ...errorResponses(401, 404, 409, 500, 503) },
        },
      },
      async (request, reply) =>
        reply.type('text/plain; charset=utf-8').send(await services.recipes.write(request.params.snapshotId)),
    );

    app.get(
      '/snapshots/:snapshotId',
      {
        schema: {
          summary: 'Everything known about a snapshot',
          tags: ['Desktop'],
          params: Type.Object({ snapshotId: Type.String() }),
          response: { 200: DesktopSnapshot, ...errorResponses(401, 404, 500, 503) },
        },
      },
      (request) => desktopSnapshot(services, snapshots.get(request.params.snapshotId)),
    );

    app.patch(
      '/snapshots/:snapshotId',
      {
        preHandler,
        schema: {
          summary: 'Rename, annotate, pin',
          tags: ['Desktop'],
          params: Type.Object({ snapshotId: Type.String() }),
          body: PatchDesktopSnapshotRequest,
          response: { 200: DesktopSnapshot, ...errorResponses(400, 401, 404, 409, 500, 503) },
        },
      },
      async (request) => {
        const record = await snapshots.patch(request.params.snapshotId, request.body);
        return desktopSnapshot(services, record);
      },
    );

    app.post(
      '/snapshots/:snapshotId/verify',
      {
        preHandler,
        schema: {
          summary: 'Check the image against what Docker said that the sandbox had changed',
          tags: ['Desktop'],
          params: Type.Object({ snapshotId: Type.String() }),
          response: { 202: Task, ...errorResponses(401, 404, 409, 500, 503) },
        },
      },
      async (request, reply) => {
        const { snapshotId } = request.params;
        return reply.code(202).send(await verification.verify(snapshotId, causeOf(request)));
      },
    );
    done();
  };
}

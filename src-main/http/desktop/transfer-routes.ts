import { Readable } from 'node:stream';
import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { AppError } from '../../errors';
import { causeOf } from '../access';
import { streamTars } from '../body-parsers';
import { errorResponses } from '../error-responses';
import { PushRequest, RegistryRequest, Task } from '../schemas/desktop';
import { LeaveOut } from '../schemas/secrets';
import type { Services } from '../services';

/** Snapshots as files (`…/{id}/export`, `…/import`) and in registries (`…/{id}/push`, `…/pull`). */
export function transferRoutes(services: Services): FastifyPluginCallbackTypebox {
  const { transfer, registries } = services;
  return (app, _options, done) => {
    streamTars(app);
    app.get(
      '/snapshots/:snapshotId/export',
      {
        // A HEAD would have the engine write an archive that nobody reads.
        exposeHeadRoute: false,
        schema: {
          summary: 'A snapshot as one file: an OCI archive that any Docker can load',
          tags: ['Desktop'],
          params: Type.Object({ snapshotId: Type.String() }),
          querystring: Type.Object({ leaveOut: Type.Optional(LeaveOut) }),
        },
      },
      async (request, reply) => {
        const { snapshotId } = request.params;
        const { leaveOut = [] } = request.query;
        const { archive, fileName } = await transfer.export(snapshotId, leaveOut, causeOf(request));
        return reply
          .header('Content-Type', 'application/x-tar')
          .header('Content-Disposition', `attachment; filename="${fileName}"`)
          .header('Cache-Control', 'no-store')
          .send(archive);
      },
    );

    app.post(
      '/snapshots/import',
      {
        schema: {
          summary: 'Take a snapshot in from an exported archive, sent as the body',
          tags: ['Desktop'],
          response: { 202: Task, ...errorResponses(400, 401, 409, 500, 503) },
        },
      },
      async (request, reply) => {
        if (!(request.body instanceof Readable)) {
          throw new AppError(
            400,
            'SANDBOX::INVALID_PARAMETER',
            'Send the exported archive as the body, with Content-Type application/x-tar.',
          );
        }
        const length = Number(request.headers['content-length']);
        const bytes = Number.isInteger(length) ? length : undefined;
        return reply.code(202).send(await transfer.import(request.body, bytes, causeOf(request)));
      },
    );

    app.post(
      '/snapshots/:snapshotId/push',
      {
        schema: {
          summary: 'Push a snapshot to an OCI registry, as a task',
          tags: ['Desktop'],
          params: Type.Object({ snapshotId: Type.String() }),
          body: PushRequest,
          response: { 202: Task, ...errorResponses(400, 401, 404, 409, 500, 503) },
        },
      },
      async (request, reply) => {
        const { snapshotId } = request.params;
        return reply.code(202).send(await registries.push(snapshotId, request.body, causeOf(request)));
      },
    );

    app.post(
      '/snapshots/pull',
      {
        schema: {
          summary: 'Take a snapshot in from an OCI registry, as a task',
          tags: ['Desktop'],
          body: RegistryRequest,
          response: { 202: Task, ...errorResponses(400, 401, 409, 500, 503) },
        },
      },
      async (request, reply) => reply.code(202).send(await registries.pull(request.body, causeOf(request))),
    );
    done();
  };
}

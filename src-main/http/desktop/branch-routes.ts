import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { causeOf } from '../access';
import { errorResponses } from '../error-responses';
import { Task } from '../schemas/desktop';
import { ForkRequest, RollbackRequest } from '../schemas/rollback-fork';
import type { Services } from '../services';

/** Going back and branching: roll back in place, and forks. */
export function branchRoutes({ rollbacks, forks, engines }: Services): FastifyPluginCallbackTypebox {
  const sandboxParams = Type.Object({ sandboxId: Type.String() });
  const accepted = { 202: Task, ...errorResponses(400, 401, 404, 409, 500, 503) };
  return (app, _options, done) => {
    app.addHook('preHandler', (_request, _reply, next) => {
      engines.require();
      next();
    });

    app.post(
      '/sandboxes/:sandboxId/rollback',
      {
        schema: {
          summary:
            'Give a sandbox the files of a snapshot, and the volumes that it holds; id, endpoints and environment stay',
          tags: ['Desktop'],
          params: sandboxParams,
          body: RollbackRequest,
          response: accepted,
        },
      },
      async (request, reply) => {
        const { sandboxId } = request.params;
        return reply.code(202).send(await rollbacks.start(sandboxId, request.body, causeOf(request)));
      },
    );

    app.post(
      '/sandboxes/:sandboxId/fork',
      {
        schema: {
          summary: 'Snapshot a running sandbox and start several from it',
          tags: ['Desktop'],
          params: sandboxParams,
          body: ForkRequest,
          response: accepted,
        },
      },
      async (request, reply) => {
        const { sandboxId } = request.params;
        return reply.code(202).send(await forks.ofSandbox(sandboxId, request.body, causeOf(request)));
      },
    );

    app.post(
      '/snapshots/:snapshotId/fork',
      {
        schema: {
          summary: 'Start several sandboxes from a snapshot',
          tags: ['Desktop'],
          params: Type.Object({ snapshotId: Type.String() }),
          body: ForkRequest,
          response: accepted,
        },
      },
      async (request, reply) => {
        const { snapshotId } = request.params;
        return reply.code(202).send(await forks.ofSnapshot(snapshotId, request.body, causeOf(request)));
      },
    );
    done();
  };
}

import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { ExecutionEvents } from '../../exec/execution-events';
import { CreateSessionRequest, CreateSessionResponse, RunInSessionRequest } from '../schemas/commands';
import type { Services } from '../services';
import { sendEvents } from './event-stream';
import { nameInvalidRequests } from './invalid-requests';

const params = Type.Object({ sandboxId: Type.String() });
const sessionParams = Type.Object({ sandboxId: Type.String(), sessionId: Type.String() });

/** `/session…` (execd-api.yaml; CONTRACT.md 4.4). */
export function sessionRoutes({ sessions }: Services): FastifyPluginCallbackTypebox {
  return (app, _options, done) => {
    nameInvalidRequests(app);

    app.post(
      '/session',
      {
        schema: {
          params,
          body: Type.Optional(CreateSessionRequest),
          response: { 200: CreateSessionResponse },
        },
      },
      async (request) => {
        const cwd = request.body?.cwd;
        const id = await sessions.create(
          request.params.sandboxId,
          cwd == null || cwd === '' ? undefined : cwd,
        );
        return { session_id: id };
      },
    );

    app.post(
      '/session/:sessionId/run',
      { schema: { params: sessionParams, body: RunInSessionRequest } },
      async (request, reply) => {
        const { sandboxId, sessionId } = request.params;
        const { command, cwd, timeout } = request.body;
        const run = {
          command,
          ...(cwd == null || cwd === '' ? {} : { cwd }),
          ...(timeout == null || timeout === 0 ? {} : { timeoutMs: timeout }),
        };
        const execution = await sessions.run(sandboxId, sessionId, run, () => reply.raw.destroyed);
        if (execution === undefined) return reply.hijack();
        const events = new ExecutionEvents({ id: sessionId, execution, dropBlankLines: true });
        // Unlike a command, a session's run ends with the client that asked for it.
        events.once('close', () => void execution.interrupt());
        return sendEvents(reply, events);
      },
    );

    app.delete('/session/:sessionId', { schema: { params: sessionParams } }, async (request, reply) => {
      await sessions.close(request.params.sandboxId, request.params.sessionId);
      return reply.code(200).send();
    });
    done();
  };
}

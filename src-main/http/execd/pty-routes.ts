import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { Services } from '../services';
import { nameInvalidRequests } from './invalid-requests';

const params = Type.Object({ sandboxId: Type.String() });
const sessionParams = Type.Object({ sandboxId: Type.String(), sessionId: Type.String() });
const text = Type.Optional(Type.Union([Type.String(), Type.Null()]));
const CreatePtyRequest = Type.Union([Type.Object({ cwd: text, command: text }), Type.Null()]);

/**
 * `/pty…`: terminals (components/execd/PTY.md of the reference project). Their WebSocket is served by the proxy's
 * upgrades, because Fastify does not see it.
 */
export function ptyRoutes({ terminals }: Services): FastifyPluginCallbackTypebox {
  return (app, _options, done) => {
    nameInvalidRequests(app);

    app.post('/pty', { schema: { params, body: CreatePtyRequest } }, (request, reply) => {
      const { cwd, command } = request.body ?? {};
      const session = terminals.create(request.params.sandboxId, {
        ...(cwd == null ? {} : { cwd }),
        ...(command == null ? {} : { command }),
      });
      return reply.code(201).send({ session_id: session.id });
    });

    app.get('/pty', { schema: { params } }, (request) => ({
      sessions: terminals.list(request.params.sandboxId).map((session) => session.status()),
    }));

    app.get('/pty/:sessionId', { schema: { params: sessionParams } }, (request) =>
      terminals.get(request.params.sandboxId, request.params.sessionId).status(),
    );

    app.delete('/pty/:sessionId', { schema: { params: sessionParams } }, async (request, reply) => {
      await terminals.delete(request.params.sandboxId, request.params.sessionId);
      return reply.code(200).send();
    });
    done();
  };
}

import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { AppError } from '../../errors';
import { requireRunning } from '../../exec/sandbox-target';
import { errorResponses } from '../error-responses';
import { TerminalQuery, TerminalTicket, TerminalTicketRequest } from '../schemas/terminal';
import type { Services } from '../services';

/** `/v1/desktop/terminal-tickets`, and the description of the WebSocket that `terminal-door.ts` serves. */
export function terminalRoutes(services: Services): FastifyPluginCallbackTypebox {
  const { registry, engines, terminalTickets, listener } = services;
  return (app, _options, done) => {
    app.post(
      '/terminal-tickets',
      {
        schema: {
          summary: 'A single-use ticket for a terminal WebSocket, for clients that can send no key',
          tags: ['Desktop'],
          body: TerminalTicketRequest,
          response: { 201: TerminalTicket, ...errorResponses(400, 401, 404, 500, 503) },
        },
      },
      (request, reply) => {
        const { sandboxId } = request.body;
        requireRunning(registry, engines, sandboxId);
        const { state, port } = listener();
        if (state !== 'listening') throw nowhereToConnect(port);
        const { ticket, expiresAt } = terminalTickets.issue(sandboxId);
        const path = `/v1/desktop/sandboxes/${encodeURIComponent(sandboxId)}/terminal`;
        reply.code(201).header('Cache-Control', 'no-store');
        return { ticket, url: `ws://localhost:${port}${path}?ticket=${ticket}`, expiresAt };
      },
    );

    app.get(
      '/sandboxes/:sandboxId/terminal',
      {
        exposeHeadRoute: false,
        schema: {
          summary: 'A terminal, as a WebSocket; frames as those of the reference’s /pty/{id}/ws',
          tags: ['Desktop'],
          params: Type.Object({ sandboxId: Type.String() }),
          querystring: TerminalQuery,
          response: errorResponses(400, 401, 404, 409, 500, 503),
        },
      },
      () => {
        throw new AppError(
          400,
          'TERMINAL::UPGRADE_REQUIRED',
          'This address is a WebSocket. Connect with ws:// instead of http://.',
        );
      },
    );
    done();
  };
}

function nowhereToConnect(port: number): AppError {
  return new AppError(
    503,
    'TERMINAL::NOT_LISTENING',
    `Terminals connect to port ${port}, on which this server does not listen. Free the port or choose another.`,
  );
}

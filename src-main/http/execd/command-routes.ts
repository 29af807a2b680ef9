import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { AppError } from '../../errors';
import type { CommandRequest } from '../../exec/command-service';
import type { ExecutionStatus } from '../../exec/execution';
import { backgroundEvents, ExecutionEvents } from '../../exec/execution-events';
import { CommandStatusResponse, RunCommandRequest } from '../schemas/commands';
import type { Services } from '../services';
import { sendEvents } from './event-stream';
import { nameInvalidRequests } from './invalid-requests';

const CURSOR_HEADER = 'EXECD-COMMANDS-TAIL-CURSOR';
const params = Type.Object({ sandboxId: Type.String() });
const commandParams = Type.Object({ sandboxId: Type.String(), id: Type.String() });

/** `/command…` (execd-api.yaml, tag Command; CONTRACT.md 4.3). */
export function commandRoutes({ commands, sessions }: Services): FastifyPluginCallbackTypebox {
  return (app, _options, done) => {
    nameInvalidRequests(app);

    app.post('/command', { schema: { params, body: RunCommandRequest } }, async (request, reply) => {
      const { sandboxId } = request.params;
      if (request.body.background === true) {
        const { id } = await commands.runInBackground(sandboxId, commandOf(request.body));
        return sendEvents(reply, backgroundEvents(id));
      }
      const execution = await commands.run(sandboxId, commandOf(request.body));
      return sendEvents(reply, new ExecutionEvents({ id: execution.id, execution }));
    });

    app.delete(
      '/command',
      { schema: { params, querystring: Type.Object({ id: Type.Optional(Type.String()) }) } },
      async (request, reply) => {
        const { sandboxId } = request.params;
        const { id } = request.query;
        if (id === undefined || id === '') {
          throw new AppError(400, 'MISSING_QUERY', 'Say which command to interrupt: ?id=…');
        }
        if (sessions.has(sandboxId, id)) await sessions.close(sandboxId, id);
        else await commands.interrupt(sandboxId, id);
        return reply.code(200).send();
      },
    );

    app.get(
      '/command/status/:id',
      { schema: { params: commandParams, response: { 200: CommandStatusResponse } } },
      (request) => statusView(commands.status(request.params.sandboxId, request.params.id)),
    );

    app.get(
      '/command/:id/logs',
      {
        schema: {
          params: commandParams,
          querystring: Type.Object({ cursor: Type.Optional(Type.Integer({ minimum: 0, default: 0 })) }),
        },
      },
      async (request, reply) => {
        const log = commands.log(request.params.sandboxId, request.params.id);
        const { bytes, length, next } = await log.read(request.query.cursor ?? 0);
        return reply
          .type('text/plain; charset=utf-8')
          .header(CURSOR_HEADER, String(next))
          .header('Content-Length', String(length))
          .send(bytes);
      },
    );
    done();
  };
}

function commandOf({ command, cwd, timeout, uid, gid, envs }: RunCommandRequest): CommandRequest {
  return {
    command,
    ...(cwd == null || cwd === '' ? {} : { cwd }),
    ...(uid == null ? {} : { uid }),
    ...(gid == null ? {} : { gid }),
    ...(envs == null ? {} : { envs }),
    ...(timeout == null || timeout === 0 ? {} : { timeoutMs: timeout }),
  };
}

function statusView(execution: ExecutionStatus): CommandStatusResponse {
  const { id, content, isRunning, startedAt, finishedAt, result } = execution;
  const error = result?.error?.traceback.join('\n');
  return {
    id,
    content,
    running: isRunning,
    ...(result === undefined ? {} : { exit_code: result.code }),
    ...(error === undefined ? {} : { error }),
    started_at: startedAt,
    ...(finishedAt === undefined ? {} : { finished_at: finishedAt }),
  };
}

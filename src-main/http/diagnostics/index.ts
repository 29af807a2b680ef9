import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox';
import type { FastifyReply } from 'fastify';
import { Type, type Static } from 'typebox';
import { AppError } from '../../errors';
import type { SandboxRecord } from '../../store/records';
import { errorResponses } from '../error-responses';
import { DiagnosticContent, EventsQuery, LogsQuery, SummaryQuery } from '../schemas/diagnostics';
import type { Services } from '../services';
import {
  allEvents,
  containerLog,
  inspection,
  lifecycleLines,
  readSince,
  runtimeLines,
} from './diagnostic-text';

const params = Type.Object({ sandboxId: Type.String() });
const TEXT = 'text/plain; charset=utf-8';
const MAX_CONTENT_BYTES = 2 ** 20;
const SCOPED_LINES = 10_000;
const responses = errorResponses(400, 401, 403, 404, 500, 503);

type Kind = Static<typeof DiagnosticContent>['kind'];
type Scopes = Record<string, (record: SandboxRecord) => Promise<string[]> | string[]>;

/**
 * `/v1/sandboxes/{id}/diagnostics/…` (diagnostic-api.yml, CONTRACT.md 6): with `scope` a JSON descriptor, without it
 * the older plain text that the command line of the reference project reads.
 */
export function diagnosticRoutes(services: Services): FastifyPluginCallbackTypebox {
  const { sandboxes } = services;
  const logScopes: Scopes = {
    container: (record) => containerLog(services, record, { tail: SCOPED_LINES }),
    lifecycle: (record) => lifecycleLines(services, record),
    all: async (record) => [
      ...lifecycleLines(services, record),
      ...(await containerLog(services, record, { tail: SCOPED_LINES })),
    ],
  };
  const eventScopes: Scopes = {
    lifecycle: (record) => lifecycleLines(services, record),
    runtime: (record) => runtimeLines(services, record),
    all: (record) => allEvents(services, record, SCOPED_LINES),
  };
  return (app, _options, done) => {
    app.get(
      '/logs',
      {
        schema: {
          operationId: 'getDiagnosticLogs',
          summary: 'What the main process wrote, or what happened to the sandbox',
          tags: ['Diagnostics'],
          params,
          querystring: LogsQuery,
          response: { 200: Type.Union([DiagnosticContent, Type.String()]), ...responses },
        },
        serializerCompiler: asIs,
      },
      async (request, reply) => {
        const record = sandboxes.get(request.params.sandboxId);
        const { scope, tail = 100, since } = request.query;
        if (scope !== undefined) return descriptor(record, 'logs', scope, logScopes);
        const options = { tail, ...(since === undefined ? {} : { since: readSince(since) }) };
        return plain(deprecated(reply), await containerLog(services, record, options), '(no logs)');
      },
    );

    app.get(
      '/events',
      {
        schema: {
          operationId: 'getDiagnosticEvents',
          summary: 'What happened to the sandbox, by this server and by the engine',
          tags: ['Diagnostics'],
          params,
          querystring: EventsQuery,
          response: { 200: Type.Union([DiagnosticContent, Type.String()]), ...responses },
        },
        serializerCompiler: asIs,
      },
      async (request, reply) => {
        const record = sandboxes.get(request.params.sandboxId);
        const { scope, limit = 50 } = request.query;
        if (scope !== undefined) return descriptor(record, 'events', scope, eventScopes);
        return plain(deprecated(reply), await allEvents(services, record, limit), '(no events)');
      },
    );

    app.get(
      '/inspect',
      { schema: { summary: "The engine's description, secrets masked", tags: ['Diagnostics'], params } },
      async (request, reply) =>
        reply.type(TEXT).send(await inspection(services, sandboxes.get(request.params.sandboxId))),
    );

    app.get(
      '/summary',
      {
        schema: {
          summary: 'Description, events and logs',
          tags: ['Diagnostics'],
          params,
          querystring: SummaryQuery,
        },
      },
      async (request, reply) => {
        const record = sandboxes.get(request.params.sandboxId);
        const { tail = 50, event_limit: limit = 20 } = request.query;
        const [inspected, events, logs] = await Promise.all([
          inspection(services, record),
          allEvents(services, record, limit),
          containerLog(services, record, { tail }),
        ]);
        return plain(
          reply,
          ['== Inspect ==', inspected, '', '== Events ==', ...events, '', '== Logs ==', ...logs],
          '',
        );
      },
    );
    done();
  };
}

async function descriptor(
  record: SandboxRecord,
  kind: Kind,
  scope: string,
  scopes: Scopes,
): Promise<Static<typeof DiagnosticContent>> {
  const read = Object.hasOwn(scopes, scope) ? scopes[scope] : undefined;
  if (read === undefined) {
    throw new AppError(
      400,
      'SANDBOX::INVALID_PARAMETER',
      `There is no scope "${scope}" for ${kind}. Use one of ${Object.keys(scopes).join(', ')}.`,
    );
  }
  const lines = await read(record);
  const whole = lines.map((line) => `${line}\n`).join('');
  const content = lastBytes(whole);
  return {
    sandboxId: record.id,
    kind,
    scope,
    delivery: 'inline',
    contentType: TEXT,
    content,
    contentLength: Buffer.byteLength(content),
    truncated: content.length < whole.length || lines.length >= SCOPED_LINES,
  };
}

/** The newest is what people look for. */
function lastBytes(text: string): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= MAX_CONTENT_BYTES) return text;
  const kept = bytes.subarray(bytes.length - MAX_CONTENT_BYTES).toString('utf8');
  return kept.slice(kept.indexOf('\n') + 1);
}

function deprecated(reply: FastifyReply): FastifyReply {
  return reply.header('Deprecation', 'true');
}

function plain(reply: FastifyReply, lines: string[], nothing: string): FastifyReply {
  return reply.type(TEXT).send(lines.length === 0 ? nothing : `${lines.join('\n')}\n`);
}

/** Two shapes under one status: text goes out as it is, and the descriptor is made of plain values. */
function asIs() {
  return (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));
}

import { once } from 'node:events';
import { Readable } from 'node:stream';
import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { DockerEngine } from '../../engine/docker-engine';
import type { LogOptions } from '../../engine/engine-types';
import { notFound } from '../../sandboxes/sandbox-service';
import { errorResponses } from '../error-responses';
import { DesktopSandbox, DesktopSandboxList, LogQuery, type LogLine } from '../schemas/desktop';
import type { Services } from '../services';
import { desktopSandbox } from './desktop-views';

/** `/v1/desktop/sandboxes…`: what is known beyond the spec's object, and logs. */
export function desktopSandboxRoutes(services: Services): FastifyPluginCallbackTypebox {
  const { sandboxes, registry, engines } = services;
  return (app, _options, done) => {
    // A followed log never ends by itself: without this a graceful close would wait for its reader.
    const closing = new AbortController();
    app.addHook('preClose', (closed) => {
      closing.abort();
      closed();
    });
    app.addHook('preHandler', (_request, _reply, next) => {
      engines.requireSearched();
      next();
    });

    app.get(
      '/sandboxes',
      {
        schema: {
          summary: 'All sandboxes, newest first',
          tags: ['Desktop'],
          response: { 200: DesktopSandboxList, ...errorResponses(401, 500, 503) },
        },
      },
      () => {
        const newestFirst = [...registry.records.inCreationOrder()].reverse();
        return { items: newestFirst.map((record) => desktopSandbox(services, record)) };
      },
    );

    app.get(
      '/sandboxes/:sandboxId',
      {
        schema: {
          summary: 'Everything known about a sandbox',
          tags: ['Desktop'],
          params: Type.Object({ sandboxId: Type.String() }),
          response: { 200: DesktopSandbox, ...errorResponses(401, 404, 500, 503) },
        },
      },
      (request) => desktopSandbox(services, sandboxes.get(request.params.sandboxId)),
    );

    app.get(
      '/sandboxes/:sandboxId/logs',
      {
        // A HEAD would follow a log that nobody reads.
        exposeHeadRoute: false,
        schema: {
          summary: 'What the main process wrote, as newline-delimited JSON; may follow',
          tags: ['Desktop'],
          params: Type.Object({ sandboxId: Type.String() }),
          querystring: LogQuery,
        },
      },
      (request, reply) => {
        const engine = engines.require();
        const { containerId } = sandboxes.get(request.params.sandboxId);
        if (containerId === undefined) throw notFound(request.params.sandboxId);
        const { tail = 1000, follow = false } = request.query;
        const gone = new AbortController();
        void once(reply.raw, 'close').then(() => gone.abort());
        const signal = AbortSignal.any([gone.signal, closing.signal]);
        const opened = () => reply.raw.flushHeaders();
        const lines = logLines(engine, containerId, { tail, follow, signal, opened });
        return reply
          .header('Content-Type', 'application/x-ndjson; charset=utf-8')
          .header('Cache-Control', 'no-cache')
          .send(Readable.from(lines, { objectMode: false }));
      },
    );
    done();
  };
}

async function* logLines(
  engine: DockerEngine,
  containerId: string,
  options: LogOptions,
): AsyncGenerator<string> {
  for await (const line of engine.logs(containerId, options)) {
    yield `${JSON.stringify(line satisfies LogLine)}\n`;
  }
}

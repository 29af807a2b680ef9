import { Readable } from 'node:stream';
import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { MetricsReading } from '../../exec/metrics/metrics-reading';
import type { SandboxMetrics } from '../../exec/metrics/sandbox-metrics';
import { Metrics } from '../schemas/metrics';
import type { Services } from '../services';
import { sendEvents } from './event-stream';

/** A client that is this far behind misses readings instead of being sent old ones. */
const MAX_BACKLOG_BYTES = 16 * 1024;
const tags = ['Desktop'];
const params = Type.Object({ sandboxId: Type.String() });

/** `/metrics…` (execd-api.yaml, tag Metric; CONTRACT.md 4.7). */
export function metricsRoutes({ metrics }: Services): FastifyPluginCallbackTypebox {
  return (app, _options, done) => {
    app.get(
      '/metrics',
      { schema: { summary: 'What a sandbox uses now', tags, params, response: { 200: Metrics } } },
      async (request) => metricsView(await metrics.reading(request.params.sandboxId)),
    );

    // No HEAD: a stream that nobody reads would never end.
    app.get(
      '/metrics/watch',
      {
        schema: { summary: 'What a sandbox uses, once a second as a line of JSON', tags, params },
        exposeHeadRoute: false,
      },
      (request, reply) => sendEvents(reply, readings(metrics, request.params.sandboxId)),
    );

    // Watchers never leave by themselves: without this a graceful close would wait for them.
    app.addHook('preClose', (closed) => {
      metrics.close();
      closed();
    });
    done();
  };
}

/** Each reading as a line of JSON and a blank one: strict clients wait for the blank line (CONTRACT.md 4.2). */
function readings(metrics: SandboxMetrics, sandboxId: string): Readable {
  const stream = new Readable({ read: () => undefined });
  const stop = metrics.watch(sandboxId, {
    reading: (reading) => {
      if (stream.readableLength < MAX_BACKLOG_BYTES)
        stream.push(`${JSON.stringify(metricsView(reading))}\n\n`);
    },
    end: () => stream.push(null),
  });
  return stream.once('close', stop);
}

function metricsView({ cpuCount, cpuUsedPct, memTotalMib, memUsedMib, timestamp }: MetricsReading): Metrics {
  return {
    cpu_count: cpuCount,
    cpu_used_pct: cpuUsedPct,
    mem_total_mib: memTotalMib,
    mem_used_mib: memUsedMib,
    timestamp,
  };
}

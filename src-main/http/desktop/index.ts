import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox';
import { metricsRoutes } from '../execd/metrics-routes';
import type { DesktopEvent } from '../schemas/desktop';
import type { Services } from '../services';
import { compareRoutes } from './compare-routes';
import { desktopSandbox, desktopSnapshot, engineView } from './desktop-views';
import { diskRoutes } from './disk-routes';
import { EventFeed, type EventView } from './event-feed';
import { fileRoutes } from './file-routes';
import { branchRoutes } from './branch-routes';
import { lineageRoutes } from './lineage-routes';
import { liveFileRoutes } from './live-file-routes';
import { ruleRoutes } from './rule-routes';
import { desktopSandboxRoutes } from './sandbox-routes';
import { desktopSnapshotRoutes } from './snapshot-routes';
import { snapshotVolumeRoutes } from './snapshot-volume-routes';
import { secretRoutes } from './secret-routes';
import { statusRoutes } from './status-routes';
import { taskRoutes } from './task-routes';
import { terminalRoutes } from './terminal-routes';
import { transferRoutes } from './transfer-routes';

/** Everything under `/v1/desktop` (DESIGN.md, "Beyond the spec"). */
export function desktopRoutes(services: Services): FastifyPluginCallbackTypebox {
  return (app, _options, done) => {
    const feed = new EventFeed(services.changes, eventView(services));
    // Streams never end by themselves: without this a graceful close would wait for their clients.
    app.addHook('preClose', (closed) => {
      feed.close();
      closed();
    });
    void app.register(statusRoutes(services, feed));
    void app.register(desktopSandboxRoutes(services));
    void app.register(desktopSnapshotRoutes(services));
    void app.register(snapshotVolumeRoutes(services));
    void app.register(compareRoutes(services));
    void app.register(fileRoutes(services));
    void app.register(liveFileRoutes(services));
    // The same as in the sandbox's own API, for clients that have the key.
    void app.register(metricsRoutes(services), { prefix: '/sandboxes/:sandboxId' });
    void app.register(branchRoutes(services));
    void app.register(lineageRoutes(services));
    void app.register(ruleRoutes(services));
    void app.register(taskRoutes(services));
    void app.register(transferRoutes(services));
    void app.register(secretRoutes(services));
    void app.register(diskRoutes(services));
    void app.register(terminalRoutes(services));
    done();
  };
}

function eventView(services: Services): EventView {
  return (type, id): DesktopEvent => {
    switch (type) {
      case 'sandbox': {
        const record = services.registry.records.get(id);
        const value = record === undefined ? null : desktopSandbox(services, record);
        return { type, id, value };
      }
      case 'snapshot': {
        const record = services.snapshotRecords.get(id);
        const value = record === undefined ? null : desktopSnapshot(services, record);
        return { type, id, value };
      }
      case 'task':
        return { type, id, value: services.tasks.find(id) ?? null };
      case 'activity':
        return { type, id, value: services.activity.find(id) ?? null };
      case 'engine':
        return { type, id: 'engine', value: engineView(services.engines.current) };
      case 'images':
        return { type, id: 'images', value: null };
      case 'settings':
        return { type, id: 'settings', value: services.settings.view() };
    }
  };
}

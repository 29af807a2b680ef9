import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { causeOf } from '../access';
import { attachment } from '../attachment';
import { errorResponses } from '../error-responses';
import { ActivityList, DesktopStatus, PatchSettingsRequest, Settings, TaskList } from '../schemas/desktop';
import type { Services } from '../services';
import { desktopStatus } from './desktop-views';
import type { EventFeed } from './event-feed';

const DIAGNOSTICS_FILE = 'opensandbox-diagnostics.json';
const DIAGNOSED_ACTIVITY = 1_000;

/** `/v1/desktop/status`, `events`, `activity`, `settings`. */
export function statusRoutes(services: Services, feed: EventFeed): FastifyPluginCallbackTypebox {
  const { access, activity, settings, engines } = services;
  return (app, _options, done) => {
    app.get(
      '/status',
      {
        schema: {
          summary: 'Engine, versions, counts, data folder, disk headroom',
          tags: ['Desktop'],
          response: { 200: DesktopStatus, ...errorResponses(401, 500) },
        },
      },
      () => desktopStatus(services),
    );

    app.get(
      '/events',
      {
        // A HEAD would leave a stream behind that nobody reads.
        exposeHeadRoute: false,
        schema: {
          summary: 'Server-sent events of everything that changes; resumable with Last-Event-ID',
          tags: ['Desktop'],
          headers: Type.Object({ 'last-event-id': Type.Optional(Type.String()) }),
        },
      },
      (request, reply) =>
        reply
          .header('Content-Type', 'text/event-stream')
          .header('Cache-Control', 'no-cache')
          .header('X-Accel-Buffering', 'no')
          .send(feed.open(request.headers['last-event-id'])),
    );

    app.get(
      '/activity',
      {
        schema: {
          summary: 'What happened and why, newest first',
          tags: ['Desktop'],
          querystring: Type.Object({
            limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 200 })),
          }),
          response: { 200: ActivityList, ...errorResponses(400, 401, 500) },
        },
      },
      (request) => ({ items: activity.newest(request.query.limit ?? 200) }),
    );

    app.post(
      '/api-key/rotate',
      {
        schema: {
          summary: 'Make a new API key; the old one opens nothing from then on',
          tags: ['Desktop'],
          response: { 204: Type.Null(), ...errorResponses(401, 409, 500) },
        },
      },
      async (request, reply) => {
        const isSignedIn = access.holdsSession(request);
        await services.rotateApiKey();
        activity.note({
          cause: causeOf(request),
          kind: 'server.key-rotated',
          severity: 'info',
          message: 'The API key was replaced. Programs need the new one.',
        });
        // Sessions are signed with the key: the one that asked goes on, all others end.
        if (isSignedIn) reply.header('Set-Cookie', access.sessionCookie(request));
        return reply.code(204).send(null);
      },
    );

    app.get(
      '/diagnostics',
      {
        schema: {
          summary: 'What a person who looks for a fault needs, as one file without secrets',
          tags: ['Desktop'],
          response: {
            200: Type.Object({
              status: DesktopStatus,
              settings: Settings,
              tasks: TaskList,
              activity: ActivityList,
            }),
            ...errorResponses(401, 500),
          },
        },
      },
      async (_request, reply) => {
        reply.header('Content-Disposition', attachment(DIAGNOSTICS_FILE));
        return {
          status: await desktopStatus(services),
          settings: settings.view(),
          tasks: { items: services.tasks.list() },
          activity: { items: activity.newest(DIAGNOSED_ACTIVITY) },
        };
      },
    );

    app.get(
      '/settings',
      {
        schema: {
          summary: 'Settings',
          tags: ['Desktop'],
          response: { 200: Settings, ...errorResponses(401, 500) },
        },
      },
      () => settings.view(),
    );

    app.patch(
      '/settings',
      {
        schema: {
          summary: 'Change settings; each change is saved at once',
          tags: ['Desktop'],
          body: PatchSettingsRequest,
          response: { 200: Settings, ...errorResponses(400, 401, 500) },
        },
      },
      async (request) => {
        await settings.patch(request.body);
        if (request.body.engineEndpoint !== undefined) engines.searchAgain();
        return settings.view();
      },
    );
    done();
  };
}

import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { namedVolumesOf } from '../../snapshots/volume-capture';
import { causeOf } from '../access';
import { errorResponses } from '../error-responses';
import { DesktopSnapshot } from '../schemas/desktop';
import { CreateDesktopSnapshotRequest, SandboxVolumeList } from '../schemas/snapshot-volumes';
import type { Services } from '../services';
import { desktopSnapshot } from './desktop-views';

/** Snapshots that hold copies of volumes, and which volumes there are to copy. */
export function snapshotVolumeRoutes(services: Services): FastifyPluginCallbackTypebox {
  const { sandboxes, snapshots, engines } = services;
  const sandboxParams = Type.Object({ sandboxId: Type.String() });
  return (app, _options, done) => {
    app.addHook('preHandler', (_request, _reply, next) => {
      engines.require();
      next();
    });

    app.post(
      '/sandboxes/:sandboxId/snapshots',
      {
        schema: {
          summary: 'Take a snapshot of a running sandbox, with copies of its named volumes if asked to',
          tags: ['Desktop'],
          params: sandboxParams,
          body: CreateDesktopSnapshotRequest,
          response: { 202: DesktopSnapshot, ...errorResponses(400, 401, 404, 409, 500, 503) },
        },
      },
      async (request, reply) => {
        const record = await snapshots.accept(request.params.sandboxId, request.body, causeOf(request));
        return reply
          .code(202)
          .header('Location', `/v1/desktop/snapshots/${record.id}`)
          .send(desktopSnapshot(services, record));
      },
    );

    app.get(
      '/sandboxes/:sandboxId/volumes',
      {
        schema: {
          summary:
            'Named volumes of a sandbox with their sizes; the engine walks through all volumes for them',
          tags: ['Desktop'],
          params: sandboxParams,
          response: { 200: SandboxVolumeList, ...errorResponses(401, 404, 500, 503) },
        },
      },
      async (request) => {
        const volumes = namedVolumesOf(sandboxes.get(request.params.sandboxId));
        const sizes = volumes.length === 0 ? undefined : await engines.require().volumes.sizes();
        const items = volumes.map(({ source, mountPath }) => {
          const sizeBytes = sizes?.get(source);
          return { source, mountPath, ...(sizeBytes === undefined ? {} : { sizeBytes }) };
        });
        return { items };
      },
    );
    done();
  };
}

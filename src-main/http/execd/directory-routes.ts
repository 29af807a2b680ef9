import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { FileInfo, PathsQuery, Permissions } from '../schemas/files';
import type { Services } from '../services';
import { attributesOf, fileView } from './file-views';
import { nameInvalidRequests } from './invalid-requests';

const params = Type.Object({ sandboxId: Type.String() });

/** `/directories…` (execd-api.yaml, tag Filesystem; CONTRACT.md 4.6). */
export function directoryRoutes({ files }: Services): FastifyPluginCallbackTypebox {
  return (app, _options, done) => {
    nameInvalidRequests(app);

    app.get(
      '/directories/list',
      {
        schema: {
          params,
          querystring: Type.Object({
            path: Type.String(),
            depth: Type.Optional(Type.Integer({ minimum: 0, default: 1 })),
          }),
          response: { 200: Type.Array(FileInfo) },
        },
      },
      async (request) => {
        const { path, depth = 1 } = request.query;
        return (await files.list(request.params.sandboxId, path, depth)).map(fileView);
      },
    );

    app.post('/directories', { schema: { params, body: Permissions } }, async (request, reply) => {
      for (const [path, permission] of Object.entries(request.body)) {
        await files.makeDirectory(request.params.sandboxId, path, attributesOf(permission));
      }
      return reply.code(200).send();
    });

    app.delete('/directories', { schema: { params, querystring: PathsQuery } }, async (request, reply) => {
      for (const path of request.query.path ?? []) {
        await files.removeDirectory(request.params.sandboxId, path);
      }
      return reply.code(200).send();
    });
    done();
  };
}

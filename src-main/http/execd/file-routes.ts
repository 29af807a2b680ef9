import multipart from '@fastify/multipart';
import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import {
  FileInfo,
  FileMetadata,
  PathsQuery,
  Permissions,
  RenameFiles,
  ReplaceContents,
} from '../schemas/files';
import type { Services } from '../services';
import { refuseBoth, sendBytes, sendLines } from './download';
import { attributesOf, fileView } from './file-views';
import { nameInvalidRequests } from './invalid-requests';
import { receiveFiles, type UploadPart } from './upload';

const params = Type.Object({ sandboxId: Type.String() });
const line = Type.Optional(Type.Integer({ minimum: 1 }));
const NO_LIMITS = {
  fileSize: Infinity,
  files: Infinity,
  parts: Infinity,
  fields: Infinity,
  headerPairs: 2_000,
};

/** `/files…` (execd-api.yaml, tag Filesystem; CONTRACT.md 4.6). */
export function fileRoutes({ files }: Services): FastifyPluginCallbackTypebox {
  return (app, _options, done) => {
    nameInvalidRequests(app);
    void app.register(multipart, { limits: NO_LIMITS, throwFileSizeLimit: false });

    app.get(
      '/files/info',
      {
        schema: {
          params,
          querystring: PathsQuery,
          response: { 200: Type.Record(Type.String(), FileInfo) },
        },
      },
      async (request) => {
        const found = await files.info(request.params.sandboxId, request.query.path ?? []);
        return Object.fromEntries([...found].map(([path, entry]) => [path, fileView(entry)]));
      },
    );

    app.post('/files/upload', { schema: { params } }, async (request, reply) => {
      // Clients differ in which parts get a file name, so the field's name alone tells what a part is.
      const parts = request.parts({ isPartAFile: () => true }) as AsyncIterable<UploadPart>;
      const { sandboxId } = request.params;
      const fits = request.compileValidationSchema(FileMetadata, 'body');
      const isMetadata = (value: unknown): value is FileMetadata => fits(value);
      await receiveFiles(files, { sandboxId, parts, isMetadata });
      return reply.code(200).send();
    });

    app.get(
      '/files/download',
      {
        // A HEAD would open the file for nobody.
        exposeHeadRoute: false,
        schema: { params, querystring: Type.Object({ path: Type.String(), offset: line, limit: line }) },
      },
      async (request, reply) => {
        const { path, offset, limit } = request.query;
        const { range } = request.headers;
        const wantsLines = offset !== undefined || limit !== undefined;
        if (wantsLines) refuseBoth(range);
        const file = await files.open(request.params.sandboxId, path);
        if (!wantsLines) return sendBytes(reply, path, file, range);
        return sendLines(reply, file, { offset: offset ?? 1, ...(limit === undefined ? {} : { limit }) });
      },
    );

    app.post('/files/mv', { schema: { params, body: RenameFiles } }, async (request, reply) => {
      for (const { src, dest } of request.body) await files.move(request.params.sandboxId, src, dest);
      return reply.code(200).send();
    });

    app.post(
      '/files/replace',
      {
        schema: {
          params,
          querystring: Type.Object({ verbose: Type.Optional(Type.Boolean()) }),
          body: ReplaceContents,
        },
      },
      async (request, reply) => {
        const counts: Record<string, { replacedCount: number }> = {};
        for (const [path, item] of Object.entries(request.body)) {
          const replacedCount = await files.replace(request.params.sandboxId, path, item.old, item.new);
          counts[path] = { replacedCount };
        }
        return request.query.verbose === true ? counts : reply.code(200).send();
      },
    );

    app.get(
      '/files/search',
      {
        schema: {
          params,
          querystring: Type.Object({ path: Type.String(), pattern: Type.Optional(Type.String()) }),
          response: { 200: Type.Array(FileInfo) },
        },
      },
      async (request) => {
        const { path, pattern = '' } = request.query;
        const found = await files.search(request.params.sandboxId, path, pattern === '' ? '**' : pattern);
        return found.map(fileView);
      },
    );

    app.post('/files/permissions', { schema: { params, body: Permissions } }, async (request, reply) => {
      for (const [path, permission] of Object.entries(request.body)) {
        await files.setAttributes(request.params.sandboxId, path, attributesOf(permission));
      }
      return reply.code(200).send();
    });

    app.delete('/files', { schema: { params, querystring: PathsQuery } }, async (request, reply) => {
      for (const path of request.query.path ?? []) await files.removeFile(request.params.sandboxId, path);
      return reply.code(200).send();
    });
    done();
  };
}

import { Readable } from 'node:stream';
import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { AppError } from '../../errors';
import type { FileEntry } from '../../exec/files/file-entry';
import { makeFolder, movePath, openRevised, removePath, writeRevised } from '../../exec/files/revised-files';
import { streamTars } from '../body-parsers';
import { errorResponses } from '../error-responses';
import { sendBytes } from '../execd/download';
import {
  LiveFile,
  LiveFolder,
  LivePathQuery,
  MovedPath,
  NewFolder,
  WriteConditions,
  WrittenFile,
} from '../schemas/live-files';
import type { Services } from '../services';

const MODE_BITS = 0o7777;
const params = Type.Object({ sandboxId: Type.String() });
const errors = errorResponses(400, 401, 404, 409, 412, 500, 501, 503);
const tags = ['Desktop'];
const BASE = '/sandboxes/:sandboxId/live-files';

/**
 * `/v1/desktop/sandboxes/{id}/live-files…`: files of a running sandbox as its own processes see them, mounts and tmpfs
 * included, to read and to change. `…/files` looks into the container from outside, whatever its state.
 */
export function liveFileRoutes({ files }: Services): FastifyPluginCallbackTypebox {
  return (app, _options, done) => {
    streamTars(app);

    app.get(
      BASE,
      {
        schema: {
          summary: 'What a folder of a running sandbox holds now',
          tags,
          params,
          querystring: LivePathQuery,
          response: { 200: LiveFolder, ...errors },
        },
      },
      async (request) => {
        const { path } = request.query;
        return { path, items: (await files.list(request.params.sandboxId, path, 1)).map(liveFile) };
      },
    );

    app.get(
      `${BASE}/content`,
      {
        // A HEAD would open the file for nobody.
        exposeHeadRoute: false,
        schema: {
          summary: 'A file of a running sandbox; up to 1 MiB with an ETag to write it back with',
          tags,
          params,
          querystring: LivePathQuery,
        },
      },
      async (request, reply) => {
        const { path } = request.query;
        const file = await openRevised(files, request.params.sandboxId, path);
        if (file.revision !== undefined) reply.header('ETag', file.revision);
        return sendBytes(reply.header('Cache-Control', 'no-store'), path, file, request.headers.range);
      },
    );

    app.put(
      `${BASE}/content`,
      {
        schema: {
          summary: 'Write a file of a running sandbox, sent as the body',
          tags,
          params,
          querystring: LivePathQuery,
          headers: WriteConditions,
          response: { 200: WrittenFile, ...errors },
        },
      },
      async (request) => {
        const { path } = request.query;
        const { 'if-match': revision, 'if-none-match': noneMatch } = request.headers;
        const place = { sandboxId: request.params.sandboxId, path };
        const written = await writeRevised(files, place, bodyOf(request.body), {
          ...(revision === undefined ? {} : { revision }),
          isNew: noneMatch !== undefined,
        });
        return { path, ...written };
      },
    );

    app.post(
      `${BASE}/folders`,
      {
        schema: {
          summary: 'Make a folder in a running sandbox',
          tags,
          params,
          body: NewFolder,
          response: { 201: LiveFile, ...errors },
        },
      },
      async (request, reply) =>
        reply.code(201).send(liveFile(await makeFolder(files, request.params.sandboxId, request.body.path))),
    );

    app.post(
      `${BASE}/move`,
      {
        schema: {
          summary: 'Rename or move a file or folder of a running sandbox',
          tags,
          params,
          body: MovedPath,
          response: { 200: LiveFile, ...errors },
        },
      },
      async (request) => liveFile(await movePath(files, request.params.sandboxId, request.body)),
    );

    app.delete(
      BASE,
      {
        schema: {
          summary: 'Delete a file, or a folder with everything in it, in a running sandbox',
          tags,
          params,
          querystring: LivePathQuery,
          response: { 204: Type.Null(), ...errors },
        },
      },
      async (request, reply) => {
        await removePath(files, request.params.sandboxId, request.query.path);
        return reply.code(204).send(null);
      },
    );
    done();
  };
}

function liveFile({ path, kind, sizeBytes, mode, owner, group, modifiedAt }: FileEntry): LiveFile {
  // Archives of images without a shell tell the kind of a file in its mode too.
  return { path, kind, sizeBytes, mode: mode & MODE_BITS, owner, group, modifiedAt };
}

function bodyOf(body: unknown): Readable {
  if (body instanceof Readable) return body;
  throw new AppError(
    400,
    'INVALID_REQUEST_BODY',
    'Send the content as the body, with Content-Type application/octet-stream.',
  );
}

import { posix } from 'node:path';
import { finished, Readable } from 'node:stream';
import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox';
import type { FastifyReply } from 'fastify';
import { Type } from 'typebox';
import { parseByteRange } from '../../exec/files/byte-range';
import { fileBytes } from '../../snapshots/diff/archived-file';
import type { FilesystemSource } from '../../snapshots/diff/filesystem-sources';
import { requestedPath } from '../../snapshots/diff/requested-path';
import { attachment } from '../attachment';
import { errorResponses } from '../error-responses';
import {
  FileContentQuery,
  FileHistory,
  FileHistoryQuery,
  FolderListing,
  FolderQuery,
} from '../schemas/compare';
import type { Services } from '../services';
import { fileEntry, pathVersion } from './compare-views';

const DEFAULT_LIMIT = 20_000;
const SourceParams = Type.Object({ id: Type.String() });
const errors = errorResponses(400, 401, 404, 409, 500, 503);

/** `/v1/desktop/{snapshots,sandboxes}/{id}/files…`: looking into a filesystem without starting anything. */
export function fileRoutes(services: Services): FastifyPluginCallbackTypebox {
  const { sources, files } = services.compare;
  const kinds = {
    snapshots: (id: string) => sources.snapshot(id),
    sandboxes: (id: string) => sources.sandbox(id),
  } as const;
  return (app, _options, done) => {
    for (const [collection, find] of Object.entries<(id: string) => Promise<FilesystemSource>>(kinds)) {
      app.get(
        `/${collection}/:id/files`,
        {
          schema: {
            summary: 'What a folder holds',
            tags: ['Desktop'],
            params: SourceParams,
            querystring: FolderQuery,
            response: { 200: FolderListing, ...errors },
          },
        },
        async (request) => {
          const { path = '/', limit = DEFAULT_LIMIT, cursor = 0 } = request.query;
          return listing(await services.compare.list(await find(request.params.id), path), limit, cursor);
        },
      );
      app.get(
        `/${collection}/:id/files/content`,
        {
          // A HEAD would make the engine pack what nobody reads.
          exposeHeadRoute: false,
          schema: {
            summary: 'A file, or with format=tar any path; Range works for files',
            tags: ['Desktop'],
            params: SourceParams,
            querystring: FileContentQuery,
          },
        },
        async (request, reply) => {
          const { path, format = 'raw' } = request.query;
          const absolute = `/${requestedPath(path)}`;
          const source = await find(request.params.id);
          if (format === 'tar') return sendTar(reply, await files.openTar(source, absolute), absolute);
          const file = await files.openFile(source, absolute);
          return sendFile(reply, file, { path: absolute, range: request.headers.range });
        },
      );
    }
    app.get(
      '/snapshots/:id/files/history',
      {
        schema: {
          summary: 'Which snapshots of the lineage hold a path, and which changed it',
          tags: ['Desktop'],
          params: SourceParams,
          querystring: FileHistoryQuery,
          response: { 200: FileHistory, ...errors },
        },
      },
      async (request) => {
        const { path } = request.query;
        const versions = await services.compare.history(request.params.id, path);
        return { path, items: versions.map(pathVersion) };
      },
    );
    done();
  };
}

type ReadFolder = Awaited<ReturnType<Services['compare']['list']>>;
type OpenPath = Awaited<ReturnType<Services['compare']['files']['openTar']>>;

function listing({ path, facts, items }: ReadFolder, limit: number, start: number): FolderListing {
  const end = start + limit;
  return {
    path,
    ...fileEntry(facts),
    items: items.slice(start, end).map((item) => ({
      name: item.name,
      path: posix.join(path, item.name),
      ...fileEntry(item.facts),
    })),
    totalItems: items.length,
    ...(end < items.length ? { nextCursor: end } : {}),
  };
}

function sendTar(reply: FastifyReply, { archive }: OpenPath, path: string): FastifyReply {
  letGoAfter(reply, archive);
  return reply
    .header('Content-Type', 'application/x-tar')
    .header('Content-Disposition', attachment(`${posix.basename(path) || 'files'}.tar`))
    .send(archive);
}

function sendFile(
  reply: FastifyReply,
  { stat, archive }: OpenPath,
  asked: { path: string; range: string | undefined },
): FastifyReply {
  letGoAfter(reply, archive);
  const part = parseByteRange(asked.range, stat.sizeBytes);
  const { start, length } = part ?? { start: 0, length: stat.sizeBytes };
  const end = start + length;
  if (part !== undefined)
    void reply.code(206).header('Content-Range', `bytes ${start}-${end - 1}/${stat.sizeBytes}`);
  return reply
    .header('Content-Type', 'application/octet-stream')
    .header('Content-Disposition', attachment(posix.basename(asked.path)))
    .header('Content-Length', length)
    .header('Accept-Ranges', 'bytes')
    .send(Readable.from(fileBytes(archive, { start, end }), { objectMode: false }));
}

/** Also when whoever asked has gone while it was opened: until then the engine keeps the container locked. */
function letGoAfter(reply: FastifyReply, archive: Readable): void {
  finished(reply.raw, () => archive.destroy());
}

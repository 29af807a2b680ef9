import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import { AppError } from '../../errors';
import { parseByteRange } from '../../exec/files/byte-range';
import type { OpenedFile } from '../../exec/files/file-backend';
import { LineRangeFilter, type LineRange } from '../../exec/files/line-range';
import { attachment } from '../attachment';

/** Answers with a file's bytes, or with those of the range that was asked for (RFC 9110, 14). */
export async function sendBytes(
  reply: FastifyReply,
  path: string,
  file: OpenedFile,
  rangeHeader: string | undefined,
): Promise<FastifyReply> {
  const range = rangeOrClose(file, rangeHeader, reply);
  const { start, length } = range ?? { start: 0, length: file.size };
  reply
    .code(range === undefined ? 200 : 206)
    .type('application/octet-stream')
    .header('Accept-Ranges', 'bytes')
    .header('Content-Length', String(length))
    .header('Content-Disposition', attachment(path.slice(path.lastIndexOf('/') + 1)));
  if (range !== undefined) {
    reply.header('Content-Range', `bytes ${start}-${start + length - 1}/${file.size}`);
  }
  if (Buffer.isBuffer(file.content)) return reply.send(file.content.subarray(start, start + length));
  return reply.send(await file.content({ start, length }));
}

/** Answers with some lines of a text (CONTRACT.md 4.6). */
export async function sendLines(
  reply: FastifyReply,
  file: OpenedFile,
  lines: LineRange,
): Promise<FastifyReply> {
  const { content, size } = file;
  const source = Buffer.isBuffer(content)
    ? Readable.from([content], { objectMode: false })
    : await content({ start: 0, length: size });
  const filter: LineRangeFilter = new LineRangeFilter(lines, () => {
    source.unpipe(filter);
    source.destroy();
    filter.end();
  });
  source.once('error', (error) => filter.destroy(error));
  filter.once('close', () => source.destroy());
  reply.code(200).type('text/plain; charset=utf-8');
  return reply.send(source.pipe(filter));
}

/** @throws AppError 400 when both ways of choosing a part are used */
export function refuseBoth(rangeHeader: string | undefined): void {
  if (rangeHeader === undefined) return;
  throw new AppError(
    400,
    'INVALID_REQUEST_BODY',
    'offset and limit choose lines and the Range header chooses bytes. Send one or the other.',
  );
}

function rangeOrClose(
  file: OpenedFile,
  header: string | undefined,
  reply: FastifyReply,
): ReturnType<typeof parseByteRange> {
  try {
    return parseByteRange(header, file.size);
  } catch (error) {
    file.close();
    reply.header('Content-Range', `bytes */${file.size}`);
    throw error;
  }
}

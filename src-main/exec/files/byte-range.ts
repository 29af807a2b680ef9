import { AppError } from '../../errors';

export interface ByteRange {
  start: number;
  length: number;
}

/**
 * The first range of a `Range` header (RFC 9110, 14.2); undefined without the header.
 * @throws AppError 416 for a header that cannot be read or a range that lies outside the file
 */
export function parseByteRange(header: string | undefined, size: number): ByteRange | undefined {
  if (header === undefined) return undefined;
  const first = /^bytes=\s*([^,]*)/.exec(header)?.[1]?.trim() ?? '';
  const match = /^(\d*)\s*-\s*(\d*)$/.exec(first);
  if (match === null || first === '-') throw unsatisfiable(header, size);
  const [, from = '', to = ''] = match;
  const start = from === '' ? Math.max(size - Number(to), 0) : Number(from);
  const end = from === '' || to === '' ? size - 1 : Math.min(Number(to), size - 1);
  if (start > end) throw unsatisfiable(header, size);
  return { start, length: end - start + 1 };
}

/** The bytes of a range out of a stream of bytes, which is left when they have come. */
export async function* bytesInRange(
  source: AsyncIterable<unknown>,
  { start, length }: ByteRange,
): AsyncGenerator<Buffer> {
  let at = 0;
  for await (const chunk of source) {
    // Only byte streams come here.
    const bytes = chunk as Buffer;
    const from = Math.max(start - at, 0);
    const to = Math.min(start + length - at, bytes.length);
    if (from < to) yield bytes.subarray(from, to);
    at += bytes.length;
    if (at >= start + length) return;
  }
}

function unsatisfiable(header: string, size: number): AppError {
  return new AppError(
    416,
    'INVALID_REQUEST_BODY',
    `The range "${header}" does not fit a file of ${size} bytes. Ask for bytes=first-last within it.`,
  );
}

import { AppError } from '../../errors';

/**
 * The part of a file that a `Range: bytes=…` asks for (RFC 9110, 14.2), its first range if there are several; `end` is
 * not included. Undefined when the whole file is to be sent.
 * @throws AppError 416 when nothing of the file is in it
 */
export function byteRange(
  header: string | undefined,
  sizeBytes: number,
): { start: number; end: number } | undefined {
  const match = /^bytes=\s*(\d*)-(\d*)/.exec(header ?? '');
  const [, first = '', last = ''] = match ?? [];
  if (match === null || (first === '' && last === '')) return undefined;
  const start = first === '' ? Math.max(0, sizeBytes - Number(last)) : Number(first);
  const end = first === '' || last === '' ? sizeBytes : Math.min(sizeBytes, Number(last) + 1);
  if (start < end) return { start, end };
  throw new AppError(
    416,
    'INVALID_RANGE',
    `The file has ${sizeBytes} bytes, and nothing of it is in the range that was asked for.`,
  );
}

import { AppError } from '../../errors';
import { relativePath } from './layer-indexing';

const MAX_PATH_BYTES = 4_096;

/**
 * A path of a request, as trees name it (without slashes at the ends).
 * @throws AppError 400 `SANDBOX::INVALID_PARAMETER` for what names nothing inside a filesystem
 */
export function requestedPath(path: string): string {
  const isFine =
    path.startsWith('/') &&
    !path.includes('\0') &&
    !path.split('/').includes('..') &&
    Buffer.byteLength(path) <= MAX_PATH_BYTES;
  if (isFine) return relativePath(path);
  throw new AppError(
    400,
    'SANDBOX::INVALID_PARAMETER',
    'The path must be absolute, without .. and at most 4096 bytes, such as /etc/hostname.',
  );
}

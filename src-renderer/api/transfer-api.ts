import type { Task } from '../../src-main/http/schemas/desktop';
import { API_ROOT, request } from './http-client';

const UPLOAD_TIMEOUT_MS = 60 * 60_000;

/** Where the browser downloads a snapshot's archive from. */
export function exportAddress(snapshotId: string): string {
  return `${API_ROOT}/desktop/snapshots/${encodeURIComponent(snapshotId)}/export`;
}

/**
 * Uploads an exported archive; the file is streamed, never held in memory. Answers when the import is over.
 * @throws ApiError that says what is wrong with the archive
 */
export function importSnapshot(file: Blob): Promise<Task> {
  return request('POST', '/desktop/snapshots/import', { body: file, timeoutMs: UPLOAD_TIMEOUT_MS });
}

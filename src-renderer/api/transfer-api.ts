import type { PushRequest, RegistryRequest, Task } from '../../src-main/http/schemas/desktop';
import { API_ROOT, request, requestText } from './http-client';

const UPLOAD_TIMEOUT_MS = 60 * 60_000;
/** The first comparison of large images reads them out of the engine once. */
const RECIPE_TIMEOUT_MS = 10 * 60_000;

/** Where the browser downloads a snapshot's archive from, without the paths that are to be left out. */
export function exportAddress(snapshotId: string, leaveOut: readonly string[] = []): string {
  const query = new URLSearchParams(leaveOut.map((path): [string, string] => ['leaveOut', path])).toString();
  const address = `${API_ROOT}/desktop/snapshots/${encodeURIComponent(snapshotId)}/export`;
  return query === '' ? address : `${address}?${query}`;
}

/**
 * Uploads an exported archive; the file is streamed, never held in memory. Answers when the import is over.
 * @throws ApiError that says what is wrong with the archive
 */
export function importSnapshot(file: Blob): Promise<Task> {
  return request('POST', '/desktop/snapshots/import', { body: file, timeoutMs: UPLOAD_TIMEOUT_MS });
}

/** Begins to push a snapshot to a registry. */
export function pushSnapshot(snapshotId: string, body: PushRequest): Promise<Task> {
  return request('POST', `/desktop/snapshots/${encodeURIComponent(snapshotId)}/push`, { body });
}

/** Begins to take a snapshot in from a registry. */
export function pullSnapshot(body: RegistryRequest): Promise<Task> {
  return request('POST', '/desktop/snapshots/pull', { body });
}

/** The draft of a Dockerfile. */
export function readRecipe(snapshotId: string, signal: AbortSignal): Promise<string> {
  const path = `/desktop/snapshots/${encodeURIComponent(snapshotId)}/recipe`;
  return requestText('GET', path, { signal, timeoutMs: RECIPE_TIMEOUT_MS });
}

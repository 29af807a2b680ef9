import type {
  Comparison,
  FileComparison,
  FileHistory,
  FolderListing,
} from '../../src-main/http/schemas/compare';
import { openStream, request } from './http-client';

/** The first comparison of large images reads them out of the engine once. */
const COMPARE_TIMEOUT_MS = 10 * 60_000;
const PREVIEW_BYTES = 64 * 1024;

/** Paths under `/v1/desktop` that look into filesystems of snapshots and sandboxes. */

export function compare(from: string, to: string, signal: AbortSignal): Promise<Comparison> {
  const query = new URLSearchParams({ from, to });
  return request('GET', `/desktop/compare?${query.toString()}`, { signal, timeoutMs: COMPARE_TIMEOUT_MS });
}

/** A later page of a comparison. */
export function compareMore(
  { from, to }: Comparison,
  cursor: number,
  signal: AbortSignal,
): Promise<Comparison> {
  const query = new URLSearchParams({ from, to, cursor: String(cursor) });
  return request('GET', `/desktop/compare?${query.toString()}`, { signal, timeoutMs: COMPARE_TIMEOUT_MS });
}

export function compareFile(
  pair: { from: string; to: string },
  path: string,
  signal: AbortSignal,
): Promise<FileComparison> {
  const query = new URLSearchParams({ ...pair, path });
  return request('GET', `/desktop/compare/file?${query.toString()}`, { signal });
}

export function listSnapshotFolder(id: string, path: string, signal: AbortSignal): Promise<FolderListing> {
  const query = new URLSearchParams({ path });
  const base = `/desktop/snapshots/${encodeURIComponent(id)}/files`;
  return request('GET', `${base}?${query.toString()}`, { signal, timeoutMs: COMPARE_TIMEOUT_MS });
}

export function snapshotFileHistory(id: string, path: string, signal: AbortSignal): Promise<FileHistory> {
  const query = new URLSearchParams({ path });
  const base = `/desktop/snapshots/${encodeURIComponent(id)}/files/history`;
  return request('GET', `${base}?${query.toString()}`, { signal, timeoutMs: COMPARE_TIMEOUT_MS });
}

/** The beginning of a file, enough to see what it is. */
export async function previewSnapshotFile(
  id: string,
  path: string,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const address = contentPath('snapshots', id, { path });
  const response = await openStream(address, signal, { Range: `bytes=0-${String(PREVIEW_BYTES - 1)}` });
  return new Uint8Array(await response.arrayBuffer());
}

/** Address from which the browser saves a file, or with `tar` whatever is at the path. */
export function contentUrl(id: string, path: string, format: 'raw' | 'tar'): string {
  const collection = id.startsWith('sbx_') ? 'sandboxes' : 'snapshots';
  return `/v1${contentPath(collection, id, { path, format })}`;
}

function contentPath(collection: string, id: string, query: Record<string, string>): string {
  const parameters = new URLSearchParams(query).toString();
  return `/desktop/${collection}/${encodeURIComponent(id)}/files/content?${parameters}`;
}

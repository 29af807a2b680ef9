import type { LiveFile, LiveFolder, WrittenFile } from '../../src-main/http/schemas/live-files';
import { API_ROOT, openStream, request } from './http-client';

/** Files of a running sandbox, to look at and to change. */

const PREVIEW_BYTES = 64 * 1024;
const UPLOAD_TIMEOUT_MS = 60 * 60_000;

/** A file that was read. */
export interface ReadFile {
  bytes: Uint8Array;
  /** To write it back with; absent of large files, of which only the beginning was read. */
  revision: string | undefined;
}

/** What a write may replace: what was read, nothing, or whatever is there. */
export type Replaces = { revision: string } | 'nothing' | 'anything';

export function listLiveFolder(id: string, path: string, signal: AbortSignal): Promise<LiveFolder> {
  return request('GET', place(id, '', path), { signal });
}

/** @throws ApiError 404, 400 for what is no file, 503 unless the sandbox runs */
export async function readLiveFile(id: string, path: string, signal: AbortSignal): Promise<ReadFile> {
  const response = await openStream(place(id, '/content', path), signal);
  const revision = response.headers.get('etag') ?? undefined;
  const bytes =
    revision === undefined ? await beginningOf(response) : new Uint8Array(await response.arrayBuffer());
  return { bytes, revision };
}

/** @throws ApiError 412 `FILE_CHANGED` or `FILE_EXISTS` when it would replace anything else */
export function writeLiveFile(
  id: string,
  path: string,
  content: { body: Blob; replaces: Replaces },
): Promise<WrittenFile> {
  const { body, replaces } = content;
  const headers: Record<string, string> =
    replaces === 'anything'
      ? {}
      : replaces === 'nothing'
        ? { 'If-None-Match': '*' }
        : { 'If-Match': replaces.revision };
  return request('PUT', place(id, '/content', path), { body, headers, timeoutMs: UPLOAD_TIMEOUT_MS });
}

export function makeLiveFolder(id: string, path: string): Promise<LiveFile> {
  return request('POST', `${base(id)}/folders`, { body: { path } });
}

export function moveLivePath(id: string, from: string, to: string): Promise<LiveFile> {
  return request('POST', `${base(id)}/move`, { body: { from, to } });
}

export function deleteLivePath(id: string, path: string): Promise<void> {
  return request('DELETE', place(id, '', path));
}

/** Address from which the browser saves a file. */
export function liveContentUrl(id: string, path: string): string {
  return API_ROOT + place(id, '/content', path);
}

function base(id: string): string {
  return `/desktop/sandboxes/${encodeURIComponent(id)}/live-files`;
}

function place(id: string, part: '' | '/content', path: string): string {
  return `${base(id)}${part}?${new URLSearchParams({ path }).toString()}`;
}

/** Reads no further than somebody looks. */
async function beginningOf(response: Response): Promise<Uint8Array> {
  const reader = response.body?.getReader();
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  while (reader !== undefined && size < PREVIEW_BYTES) {
    const { done, value } = await reader.read();
    if (done) break;
    chunks.push(value);
    size += value.length;
  }
  await reader?.cancel();
  return new Uint8Array(await new Blob(chunks).slice(0, PREVIEW_BYTES).arrayBuffer());
}

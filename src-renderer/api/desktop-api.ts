import type {
  Activity,
  DesktopSandbox,
  DesktopSnapshot,
  DesktopSnapshotList,
  DesktopStatus,
  LocalImage,
  LogLine,
  PatchDesktopSnapshotRequest,
  PatchSettingsRequest,
  Settings,
  Task,
} from '../../src-main/http/schemas/desktop';
import type { ForkRequest, RollbackRequest } from '../../src-main/http/schemas/rollback-fork';
import type { LineageChanges } from '../../src-main/http/schemas/lineage';
import type {
  CreateDesktopSnapshotRequest,
  SandboxVolume,
} from '../../src-main/http/schemas/snapshot-volumes';
import { openStream, request } from './http-client';
import { readNdjson } from './ndjson';

const UPLOAD_TIMEOUT_MS = 60 * 60_000;

/** The paths under `/v1/desktop`. */

export function getStatus(): Promise<DesktopStatus> {
  return request('GET', '/desktop/status');
}

export async function listSandboxes(): Promise<DesktopSandbox[]> {
  return (await request<{ items: DesktopSandbox[] }>('GET', '/desktop/sandboxes')).items;
}

/** One page, newest first; `cursor` is the id of the last snapshot already held. */
export function listSnapshots(limit: number, cursor?: string): Promise<DesktopSnapshotList> {
  const query = new URLSearchParams({ limit: String(limit) });
  if (cursor !== undefined) query.set('cursor', cursor);
  return request('GET', `/desktop/snapshots?${query.toString()}`);
}

/** @throws ApiError 404 when there is none */
export function getSnapshot(id: string): Promise<DesktopSnapshot> {
  return request('GET', `/desktop/snapshots/${encodeURIComponent(id)}`);
}

export function patchSnapshot(id: string, body: PatchDesktopSnapshotRequest): Promise<DesktopSnapshot> {
  return request('PATCH', `/desktop/snapshots/${encodeURIComponent(id)}`, { body });
}

/** Accepts a capture, with copies of the named volumes if asked to; progress comes by events. */
export function createSnapshot(
  sandboxId: string,
  body: CreateDesktopSnapshotRequest,
): Promise<DesktopSnapshot> {
  return request('POST', `/desktop/sandboxes/${encodeURIComponent(sandboxId)}/snapshots`, { body });
}

/** Named volumes of a sandbox; the engine walks through all volumes for their sizes. */
export async function readSandboxVolumes(sandboxId: string, signal: AbortSignal): Promise<SandboxVolume[]> {
  const path = `/desktop/sandboxes/${encodeURIComponent(sandboxId)}/volumes`;
  return (await request<{ items: SandboxVolume[] }>('GET', path, { signal })).items;
}

/** Has a snapshot's image checked; the task and the snapshot tell how it ends. */
export function verifySnapshot(id: string): Promise<Task> {
  return request('POST', `/desktop/snapshots/${encodeURIComponent(id)}/verify`);
}

/** Accepts a roll back in place; the task tells how it ends. */
export function rollBackSandbox(id: string, body: RollbackRequest): Promise<Task> {
  return request('POST', `/desktop/sandboxes/${encodeURIComponent(id)}/rollback`, { body });
}

/** Accepts several sandboxes of a snapshot or of a running sandbox. */
export function fork(from: 'sandboxes' | 'snapshots', id: string, body: ForkRequest): Promise<Task> {
  return request('POST', `/desktop/${from}/${encodeURIComponent(id)}/fork`, { body });
}

/** What changed since an earlier answer; all of it without its revision. */
export function getLineageChanges(since: string | undefined): Promise<LineageChanges> {
  const query = since === undefined ? '' : `?since=${encodeURIComponent(since)}`;
  return request('GET', `/desktop/lineage/changes${query}`);
}

export async function listImages(): Promise<LocalImage[]> {
  return (await request<{ items: LocalImage[] }>('GET', '/desktop/images')).items;
}

export function pullImage(body: { uri: string }): Promise<Task> {
  return request('POST', '/desktop/images/pull', { body });
}

/** Uploads a root filesystem tar, which becomes the image `name`; the file is streamed, never held in memory. */
export function importImage(name: string, file: Blob): Promise<Task> {
  const path = `/desktop/images/import?name=${encodeURIComponent(name)}`;
  return request('POST', path, { body: file, timeoutMs: UPLOAD_TIMEOUT_MS });
}

/** Makes the small starter image from what this machine has, offline. */
export function makeStarterImage(): Promise<Task> {
  return request('POST', '/desktop/images/starter');
}

export async function listTasks(): Promise<Task[]> {
  return (await request<{ items: Task[] }>('GET', '/desktop/tasks')).items;
}

export function cancelTask(id: string): Promise<void> {
  return request('DELETE', `/desktop/tasks/${encodeURIComponent(id)}`);
}

export async function listActivity(limit: number): Promise<Activity[]> {
  return (await request<{ items: Activity[] }>('GET', `/desktop/activity?limit=${String(limit)}`)).items;
}

export function getSettings(): Promise<Settings> {
  return request('GET', '/desktop/settings');
}

export function patchSettings(body: PatchSettingsRequest): Promise<Settings> {
  return request('PATCH', '/desktop/settings', { body });
}

/** Follows a sandbox's output until `signal` aborts or the container ends; `onLines` gets whole lines in batches. */
export async function followLogs(
  sandboxId: string,
  tail: number,
  signal: AbortSignal,
  onLines: (lines: LogLine[]) => void,
): Promise<void> {
  const path = `/desktop/sandboxes/${encodeURIComponent(sandboxId)}/logs?tail=${String(tail)}&follow=true`;
  const response = await openStream(path, signal);
  // The server makes each line from the LogLine schema.
  await readNdjson(response, (values) => onLines(values as LogLine[]));
}

/** Makes a new API key; this browser stays signed in. */
export function rotateApiKey(): Promise<void> {
  return request('POST', '/desktop/api-key/rotate');
}

/** What a person who looks for a fault needs, as a file to save. */
export const DIAGNOSTICS_URL = '/v1/desktop/diagnostics';

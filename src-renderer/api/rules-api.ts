import type { RetentionPreview, SandboxRules, SnapshotRules } from '../../src-main/http/schemas/rules';
import { request } from './http-client';

const path = (sandboxId: string): string => `/desktop/sandboxes/${encodeURIComponent(sandboxId)}/rules`;

export function getRules(sandboxId: string, signal: AbortSignal): Promise<SandboxRules> {
  return request('GET', path(sandboxId), { signal });
}

/** @throws ApiError */
export function putRules(sandboxId: string, rules: SnapshotRules): Promise<SandboxRules> {
  return request('PUT', path(sandboxId), { body: rules });
}

/** @throws ApiError */
export function deleteRules(sandboxId: string): Promise<void> {
  return request('DELETE', path(sandboxId));
}

/** What a retention would delete now; without one, nothing. @throws ApiError */
export function previewRetention(
  sandboxId: string,
  retention: SnapshotRules['retention'],
  signal?: AbortSignal,
): Promise<RetentionPreview> {
  const options = { body: { retention: retention ?? null } };
  return request(
    'POST',
    `${path(sandboxId)}/preview`,
    signal === undefined ? options : { ...options, signal },
  );
}

import type {
  CreateSandboxRequest,
  CreateSandboxResponse,
  PatchSandboxMetadataRequest,
} from '../../src-main/http/schemas/sandboxes';
import type { Snapshot } from '../../src-main/http/schemas/snapshots';
import { request } from './http-client';

/** The paths of the OpenSandbox lifecycle specification. */

/** Starts a sandbox; a local image answers when it runs, so this may take a while. */
export function createSandbox(body: CreateSandboxRequest): Promise<CreateSandboxResponse> {
  return request('POST', '/sandboxes', { body, timeoutMs: 10 * 60_000 });
}

export function deleteSandbox(id: string): Promise<void> {
  return request('DELETE', sandboxPath(id));
}

export function pauseSandbox(id: string): Promise<void> {
  return request('POST', `${sandboxPath(id)}/pause`);
}

export function resumeSandbox(id: string): Promise<void> {
  return request('POST', `${sandboxPath(id)}/resume`);
}

/** Sets the moment of expiry, which must lie in the future. */
export function renewSandbox(id: string, expiresAt: string): Promise<{ expiresAt: string }> {
  return request('POST', `${sandboxPath(id)}/renew-expiration`, { body: { expiresAt } });
}

export function patchSandboxMetadata(id: string, body: PatchSandboxMetadataRequest): Promise<void> {
  return request('PATCH', `${sandboxPath(id)}/metadata`, { body });
}

/** Accepts a capture; progress comes by events. */
export function createSnapshot(sandboxId: string, name: string | undefined): Promise<Snapshot> {
  return request('POST', `${sandboxPath(sandboxId)}/snapshots`, { body: name === undefined ? {} : { name } });
}

export function deleteSnapshot(id: string): Promise<void> {
  return request('DELETE', `/snapshots/${encodeURIComponent(id)}`);
}

function sandboxPath(id: string): string {
  return `/sandboxes/${encodeURIComponent(id)}`;
}

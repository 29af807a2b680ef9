import type { LeaveOutPreview, SecretsReport } from '../../src-main/http/schemas/secrets';
import { request } from './http-client';

/** A large image is read out of the engine once, and every file of it. */
const TIMEOUT_MS = 60 * 60_000;

/** Looks for secrets in what a snapshot would hand on; answers when it is over. */
export function lookForSecrets(snapshotId: string, signal: AbortSignal): Promise<SecretsReport> {
  const path = `/desktop/snapshots/${encodeURIComponent(snapshotId)}/secrets-scan`;
  return request('POST', path, { body: {}, signal, timeoutMs: TIMEOUT_MS });
}

/** What would be missing. @throws ApiError for what is no path, or is in no layer */
export function previewLeavingOut(snapshotId: string, leaveOut: readonly string[]): Promise<LeaveOutPreview> {
  const path = `/desktop/snapshots/${encodeURIComponent(snapshotId)}/leave-out-preview`;
  return request('POST', path, { body: { leaveOut }, timeoutMs: TIMEOUT_MS });
}

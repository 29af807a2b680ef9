import type { DiskUsage, ReclaimRequest, ReclaimResult } from '../../src-main/http/schemas/disk';
import { request } from './http-client';

/** Deleting many images takes its time. */
const RECLAIM_TIMEOUT_MS = 30 * 60_000;

export function getDiskUsage(): Promise<DiskUsage> {
  return request('GET', '/desktop/disk');
}

/** With `dryRun` only says what would go. @throws ApiError */
export function reclaimDisk(body: ReclaimRequest): Promise<ReclaimResult> {
  return request('POST', '/desktop/disk/reclaim', { body, timeoutMs: RECLAIM_TIMEOUT_MS });
}

import type { Sandbox, CreateSandboxResponse } from '../http/schemas/sandboxes';
import type { SandboxRecord } from '../store/records';
import type { SandboxStatus } from './sandbox-status';

/**
 * A sandbox as the spec's object: keys without a value are left out, never null, because the Python client throws
 * on null (CONTRACT.md 7).
 */
export function sandboxView(record: SandboxRecord, status: SandboxStatus): Sandbox {
  return {
    ...createdView(record, status),
    ...(record.source.kind === 'image'
      ? { image: { uri: record.source.uri } }
      : { snapshotId: record.source.snapshotId }),
    ...(Object.keys(record.extensions).length === 0 ? {} : { extensions: record.extensions }),
  };
}

/** The create answer: the same without the startup source (spec: CreateSandboxResponse). */
export function createdView(record: SandboxRecord, status: SandboxStatus): CreateSandboxResponse {
  return {
    id: record.id,
    status,
    metadata: record.metadata,
    createdAt: record.createdAt,
    entrypoint: record.entrypoint,
    ...(record.platform === undefined ? {} : { platform: record.platform }),
    ...(record.expiresAt === undefined ? {} : { expiresAt: record.expiresAt }),
  };
}

/** A name for people: metadata `name`, else the image or snapshot with the id's end. */
export function sandboxDisplayName(record: SandboxRecord): string {
  const name = record.metadata['name'];
  return name !== undefined && name !== '' ? name : `${record.id.slice(0, 8)}…${record.id.slice(-6)}`;
}

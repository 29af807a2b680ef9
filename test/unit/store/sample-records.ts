import type { SandboxRecord, SnapshotRecord } from '../../../src-main/store/records';

const CREATED_AT = '2026-11-24T14:05:00.000Z';

/** A snapshot record of realistic size; the revision shows in its notes. */
export function sampleSnapshot(index: number, revision = 0): SnapshotRecord {
  const id = `snap_${String(index).padStart(26, '0')}`;
  return {
    id,
    engineId: '7TZW:HQ5A:2K4M:WUGP:ZC3E:7AOY:VPXQ:N6QO:U2DZ:KX5D:QJ6R:W4LB',
    sandboxId: `sbx_${String(index % 50).padStart(26, '0')}`,
    name: `after installing the dependencies, try ${index}`,
    state: 'Ready',
    reason: 'snapshot_runtime_ready',
    message: 'Docker snapshot image created successfully.',
    createdAt: CREATED_AT,
    lastTransitionAt: CREATED_AT,
    baseImage: 'python:3.12-slim',
    imageTag: `opensandbox-snapshots:${id}`,
    imageId: `sha256:${String(index).padStart(64, 'a')}`,
    sizeBytes: 182_000_000 + index,
    ownSizeBytes: 21_000_000 + index,
    layers: 9,
    captureStartedAt: CREATED_AT,
    captureMillis: 812,
    freezeMillis: 640,
    restoreDefaults: {
      entrypoint: ['tail', '-f', '/dev/null'],
      resourceLimits: { cpu: '1', memory: '2Gi' },
      envNames: ['PYTHONPATH', 'API_TOKEN'],
    },
    notes: `revision ${revision}`,
    pinned: false,
    origin: 'local',
    restoredCount: 0,
  };
}

/** A sandbox record of realistic size. */
export function sampleSandbox(index: number): SandboxRecord {
  return {
    id: `sbx_${String(index).padStart(26, '0')}`,
    engineId: '7TZW:HQ5A:2K4M:WUGP:ZC3E:7AOY:VPXQ:N6QO:U2DZ:KX5D:QJ6R:W4LB',
    phase: 'active',
    containerId: String(index).padStart(64, 'c'),
    source: { kind: 'image', uri: 'python:3.12-slim' },
    entrypoint: ['tail', '-f', '/dev/null'],
    metadata: { project: 'demo', owner: 'ännä' },
    resourceLimits: { cpu: '1', memory: '2Gi' },
    extensions: {},
    envNames: ['PYTHONPATH'],
    volumes: [],
    ownedVolumes: [],
    network: 'bridge',
    pausedByUser: false,
    createdAt: CREATED_AT,
    lastTransitionAt: CREATED_AT,
  };
}

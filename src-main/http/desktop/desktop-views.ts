import { statfs } from 'node:fs/promises';
import type { EngineState } from '../../engine/engine-monitor';
import type { SandboxRecord, SnapshotRecord } from '../../store/records';
import { sandboxDisplayName, sandboxView } from '../../sandboxes/sandbox-views';
import { LAYER_LIMIT } from '../../snapshots/flatten';
import { predictCaptureMillis } from '../../snapshots/prediction';
import { snapshotView } from '../../snapshots/snapshot-views';
import type { DesktopSandbox, DesktopSnapshot, DesktopStatus, EngineStatus } from '../schemas/desktop';
import type { Services } from '../services';
import { verificationView } from './verification-view';

export function desktopSandbox(
  { registry, counts, rules: ruleService }: Services,
  record: SandboxRecord,
): DesktopSandbox {
  const capturingSnapshotId = registry.capturingSnapshot(record.id);
  const rules = ruleService.find(record.id);
  const nextSnapshotAt = ruleService.nextSnapshotAt(record.id);
  return {
    sandbox: sandboxView(record, registry.status(record)),
    displayName: sandboxDisplayName(record),
    resourceLimits: record.resourceLimits,
    envNames: record.envNames,
    volumes: record.volumes,
    network: record.network,
    snapshotCount: counts.snapshotsOfSandbox.of(record.id),
    ...(record.containerId === undefined ? {} : { containerId: record.containerId }),
    ...(capturingSnapshotId === undefined ? {} : { capturingSnapshotId }),
    ...(record.failure === undefined ? {} : { failure: record.failure }),
    ...given({ rules, nextSnapshotAt }),
  };
}

export function desktopSnapshot(
  { snapshotRecords, counts }: Services,
  record: SnapshotRecord,
): DesktopSnapshot {
  const predictedMillis =
    record.state === 'Creating'
      ? predictCaptureMillis(snapshotRecords.inCreationOrder(), record.sandboxId)
      : undefined;
  const { sandboxName, parentSnapshotId, baseImage, imageId, sizeBytes, ownSizeBytes, layers } = record;
  const { captureStartedAt, captureMillis, freezeMillis, notes, labels, lastRestoredAt, automatic } = record;
  const verification = verificationView(record);
  return {
    snapshot: snapshotView(record),
    displayName: record.name ?? `${record.id.slice(0, 9)}…${record.id.slice(-6)}`,
    childCount: counts.snapshotsOfSnapshot.of(record.id),
    sandboxCount: counts.sandboxesOfSnapshot.of(record.id),
    imageTag: record.imageTag,
    layerLimit: LAYER_LIMIT,
    flattened: record.flattened ?? false,
    restoreDefaults: record.restoreDefaults,
    pinned: record.pinned,
    readOnly: record.origin === 'adopted',
    restoredCount: record.restoredCount,
    ...given({ sandboxName, parentSnapshotId, baseImage, imageId, sizeBytes, ownSizeBytes, layers }),
    ...given({
      captureStartedAt,
      captureMillis,
      freezeMillis,
      notes,
      labels,
      lastRestoredAt,
      automatic,
      predictedMillis,
    }),
    ...given({ verification, notCaptured: record.notCaptured, volumeCopies: record.volumeCopies }),
  };
}

export function engineView(state: EngineState): EngineStatus {
  if (state.state === 'looking') return { state: 'looking', candidates: [] };
  const { candidates, help, chosen } = state.discovery;
  if (state.state === 'connected') {
    const { engine } = state;
    return {
      state: 'connected',
      name: engine.info.name,
      version: engine.info.version,
      apiVersion: engine.info.apiVersion,
      endpoint: engine.endpoint,
      candidates,
      ...(chosen === undefined ? {} : { source: chosen.source }),
    };
  }
  return { state: 'unavailable', reason: state.reason, candidates, ...(help === undefined ? {} : { help }) };
}

export async function desktopStatus(services: Services): Promise<DesktopStatus> {
  const { engines, registry, snapshotRecords, snapshots, tasks, dataDir, apiKeyFile } = services;
  const disk = await statfs(dataDir);
  const listener = services.listener();
  return {
    version: services.version,
    startedAt: services.startedAt,
    address: `http://localhost:${listener.port}`,
    listener,
    dataDir,
    ...(apiKeyFile === undefined ? {} : { apiKeyFile }),
    engine: engineView(engines.current),
    store: services.storeStatus(),
    counts: {
      sandboxes: registry.records.size,
      snapshots: snapshotRecords.size,
      runningTasks: tasks.runningCount,
      runningCaptures: snapshots.queue.runningCount,
      queuedCaptures: snapshots.queue.waitingCount,
    },
    disk: { freeBytes: disk.bavail * disk.bsize, totalBytes: disk.blocks * disk.bsize },
  };
}

type Given<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** Leaves out keys without a value: answers hold no null (CONTRACT.md 7). */
function given<T extends object>(values: T): Given<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Given<T>;
}

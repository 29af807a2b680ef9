import { newId, nowIso } from '../ids';
import { sandboxDisplayName } from '../sandboxes/sandbox-views';
import type { OrderedCollection } from '../store/ordered-collection';
import type { AutomaticReason, SandboxRecord, SnapshotRecord, StatusReason } from '../store/records';
import { newestOfLine } from './snapshot-lines';
import { snapshotImageName } from './snapshot-tag';

/** Reason and message of CONTRACT.md 2.6. */
const ACCEPTED: StatusReason = {
  reason: 'snapshot_accepted',
  message: 'Snapshot creation accepted.',
};

/** What a new snapshot is to be called, and which rule asks for it, if one does. */
export interface SnapshotWish {
  name?: string | undefined;
  automatic?: AutomaticReason;
  /** Also copy the named volumes. */
  withVolumes?: boolean | undefined;
}

/** The record of a snapshot that is taken of a sandbox as it is now; `Creating`, with nothing begun. */
export function acceptedRecord(
  sandbox: SandboxRecord,
  wish: SnapshotWish,
  { records, engineId }: { records: OrderedCollection<SnapshotRecord>; engineId: string },
): SnapshotRecord {
  const id = newId('snap');
  const createdAt = nowIso();
  const parent = sandbox.source.kind === 'snapshot' ? records.get(sandbox.source.snapshotId) : undefined;
  const baseImage = sandbox.source.kind === 'image' ? sandbox.source.uri : parent?.baseImage;
  const previous = newestOfLine(records.inCreationOrder(), sandbox);
  return {
    id,
    engineId,
    sandboxId: sandbox.id,
    state: 'Creating',
    ...ACCEPTED,
    createdAt,
    lastTransitionAt: createdAt,
    sandboxName: sandboxDisplayName(sandbox),
    imageTag: snapshotImageName(id),
    restoreDefaults: {
      entrypoint: sandbox.entrypoint,
      resourceLimits: sandbox.resourceLimits,
      envNames: sandbox.envNames,
    },
    pinned: false,
    origin: 'local',
    restoredCount: 0,
    ...(wish.name === undefined ? {} : { name: wish.name }),
    ...(wish.automatic === undefined ? {} : { automatic: wish.automatic }),
    ...(wish.withVolumes === true ? { withVolumes: true } : {}),
    ...(sandbox.source.kind === 'snapshot' ? { parentSnapshotId: sandbox.source.snapshotId } : {}),
    ...(previous === undefined ? {} : { previousSnapshotId: previous.id }),
    ...(sandbox.containerId === undefined ? {} : { containerId: sandbox.containerId }),
    ...(baseImage === undefined ? {} : { baseImage }),
  };
}

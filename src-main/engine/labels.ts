import type { RestoreDefaults, SandboxRecord, SnapshotRecord, VolumeCopyRecord } from '../store/records';

/**
 * Labels by which containers and images tell their own story (DESIGN.md, "Truth"). Sandboxes and snapshots use the
 * SAME keys: a commit copies every label of the container into the image unless the commit sets that key itself,
 * so one set of keys means that nothing of the source sandbox is left behind in its snapshot, or the other way round.
 */
export const LABEL_KIND = 'io.opensandbox.desktop.kind';
export const LABEL_ID = 'io.opensandbox.desktop.id';
export const LABEL_INSTANCE = 'io.opensandbox.desktop.instance';
export const LABEL_RECORD = 'io.opensandbox.desktop.record';

/** Only in an image on its way through a registry: what the record knows beyond {@link LABEL_RECORD}. */
export const LABEL_FACTS = 'io.opensandbox.desktop.facts';

/** Our own keys, for whoever wants to see an image's other labels. */
export const OWN_LABELS: readonly string[] = [
  LABEL_KIND,
  LABEL_ID,
  LABEL_INSTANCE,
  LABEL_RECORD,
  LABEL_FACTS,
];

/**
 * `capture`: an intermediate image of a capture under way, or what a crash left of one. `reader`: a container that is
 * never started, through which files of an image are read. `network`: a container that owns the network of one sandbox,
 * or of the next one. `volume-copy`: by the snapshot's id an image that holds the content of a volume; by a sandbox's id
 * the volume that was filled from it, and the container that fills it.
 */
export type LabelKind = 'sandbox' | 'snapshot' | 'capture' | 'volume' | 'volume-copy' | 'reader' | 'network';

const RECORD_VERSION = 1;

/** What a container's labels keep of its sandbox: the creation spec without values of environment variables. */
export type LabelledSandbox = Pick<
  SandboxRecord,
  | 'source'
  | 'entrypoint'
  | 'metadata'
  | 'resourceLimits'
  | 'platform'
  | 'extensions'
  | 'envNames'
  | 'volumes'
  | 'ownedVolumes'
  | 'network'
  | 'createdAt'
  | 'expiresAt'
>;

/** What an image's labels keep of its snapshot. */
export interface LabelledSnapshot {
  sandboxId: string;
  sandboxName?: string;
  name?: string;
  parentSnapshotId?: string;
  previousSnapshotId?: string;
  containerId?: string;
  baseImage?: string;
  createdAt: string;
  flattened?: boolean;
  volumeCopies?: VolumeCopyRecord[];
  restoreDefaults: RestoreDefaults;
}

export function sandboxLabels(record: SandboxRecord, instanceId: string): Record<string, string> {
  const story: LabelledSandbox = {
    source: record.source,
    entrypoint: record.entrypoint,
    metadata: record.metadata,
    resourceLimits: record.resourceLimits,
    extensions: record.extensions,
    envNames: record.envNames,
    volumes: record.volumes,
    ownedVolumes: record.ownedVolumes,
    network: record.network,
    createdAt: record.createdAt,
    ...(record.platform === undefined ? {} : { platform: record.platform }),
    ...(record.expiresAt === undefined ? {} : { expiresAt: record.expiresAt }),
  };
  return labels('sandbox', record.id, instanceId, story);
}

export function snapshotLabels(
  record: SnapshotRecord,
  instanceId: string,
  kind: 'snapshot' | 'capture',
): Record<string, string> {
  const story: LabelledSnapshot = {
    sandboxId: record.sandboxId,
    createdAt: record.createdAt,
    restoreDefaults: record.restoreDefaults,
    ...(record.sandboxName === undefined ? {} : { sandboxName: record.sandboxName }),
    ...(record.name === undefined ? {} : { name: record.name }),
    ...(record.parentSnapshotId === undefined ? {} : { parentSnapshotId: record.parentSnapshotId }),
    ...(record.previousSnapshotId === undefined ? {} : { previousSnapshotId: record.previousSnapshotId }),
    ...(record.containerId === undefined ? {} : { containerId: record.containerId }),
    ...(record.baseImage === undefined ? {} : { baseImage: record.baseImage }),
    ...(record.flattened === true ? { flattened: true } : {}),
    ...(record.volumeCopies === undefined ? {} : { volumeCopies: record.volumeCopies }),
  };
  return labels(kind, record.id, instanceId, story);
}

export function volumeLabels(sandboxId: string, instanceId: string): Record<string, string> {
  return labels('volume', sandboxId, instanceId, {});
}

/** @param ownerId the snapshot that holds the copy, or the sandbox that gets a volume of it */
export function volumeCopyLabels(ownerId: string, instanceId: string): Record<string, string> {
  return labels('volume-copy', ownerId, instanceId, {});
}

/** The labels that say whose something is, as instructions for an image that is imported. */
export function ownerInstructions(found: Record<string, string>): string[] {
  return [LABEL_KIND, LABEL_ID, LABEL_INSTANCE].map((name) => `LABEL ${name}=${found[name] ?? ''}`);
}

export function readerLabels(imageId: string, instanceId: string): Record<string, string> {
  return labels('reader', imageId, instanceId, {});
}

export function networkLabels(id: string, instanceId: string): Record<string, string> {
  return labels('network', id, instanceId, {});
}

/** What a set of labels says, or undefined when it is not ours or not readable. */
export interface ReadLabels {
  kind: LabelKind;
  id: string;
  instanceId: string;
  story: Record<string, unknown>;
}

export function readLabels(found: Record<string, string>): ReadLabels | undefined {
  const kind = found[LABEL_KIND];
  const id = found[LABEL_ID];
  const instanceId = found[LABEL_INSTANCE];
  if (!isKind(kind) || id === undefined || instanceId === undefined) return undefined;
  return { kind, id, instanceId, story: parseStory(found[LABEL_RECORD]) };
}

function labels(kind: LabelKind, id: string, instanceId: string, story: object): Record<string, string> {
  return {
    [LABEL_KIND]: kind,
    [LABEL_ID]: id,
    [LABEL_INSTANCE]: instanceId,
    [LABEL_RECORD]: JSON.stringify({ version: RECORD_VERSION, ...story }),
  };
}

function isKind(value: string | undefined): value is LabelKind {
  return LABEL_KINDS.has(value ?? '');
}

const LABEL_KINDS = new Set<string>([
  'sandbox',
  'snapshot',
  'capture',
  'volume',
  'volume-copy',
  'reader',
  'network',
] satisfies LabelKind[]);

function parseStory(text: string | undefined): Record<string, unknown> {
  if (text === undefined) return {};
  try {
    const value: unknown = JSON.parse(text);
    // JSON.parse makes objects with string keys only.
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    // A label that somebody edited by hand: the id alone still tells whose it is.
    return {};
  }
}

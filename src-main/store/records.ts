/**
 * What the store keeps: the truth for whatever Docker cannot hold. Times are RFC 3339 in UTC with
 * milliseconds, sizes are bytes, durations are milliseconds. Records are immutable: a change is a new object.
 */

/** Where a sandbox's filesystem came from. */
export type SandboxSource = { kind: 'image'; uri: string } | { kind: 'snapshot'; snapshotId: string };

/** A mount as it was asked for; enough to show it and to clean up after it. */
export interface VolumeRecord {
  name: string;
  kind: 'host' | 'named';
  /** Host path or Docker volume name. */
  source: string;
  mountPath: string;
  readOnly: boolean;
  subPath?: string;
  /** The snapshot whose copy of a volume it was filled from; it is this sandbox's alone and goes with it. */
  fromSnapshotId?: string;
}

/** A named volume's content that a snapshot holds. */
export interface VolumeCopyRecord {
  /** Which of the snapshot's copies; with the snapshot's id it names the image that holds the content. */
  slot: number;
  /** What the source sandbox called the mount. */
  name: string;
  /** The Docker volume that was copied. */
  source: string;
  mountPath: string;
  readOnly: boolean;
  sizeBytes: number;
}

/** Why a sandbox or snapshot is in its state, in the words of CONTRACT.md 2.3 and 2.6. */
export interface StatusReason {
  reason: string;
  message: string;
}

/**
 * A roll back that is under way, written before the second container exists. Two containers carry the sandbox's id
 * then; the one that `containerId` names is the sandbox, whenever that is read.
 */
export interface RollbackIntent {
  snapshotId: string;
  /** The container of before is frozen by the roll back, so it has to be thawed if it stays. */
  freezes: boolean;
  /** What the sandbox mounts once it is rolled back, where the snapshot holds copies of volumes. */
  mounts?: Pick<SandboxRecord, 'volumes' | 'ownedVolumes'>;
}

export interface SandboxRecord {
  id: string;
  /** `ID` of the engine (Docker API `GET /info`) that holds the container. */
  engineId: string;
  /**
   * `creating`: accepted, the container may not exist yet. `active`: Docker says what state it is in.
   * `failed`: provisioning failed after the answer was given. `deleting`: removal was accepted.
   */
  phase: 'creating' | 'active' | 'failed' | 'deleting';
  containerId?: string;
  /** The container that owns its network, where that was prepared; it goes with the sandbox. */
  networkContainerId?: string;
  source: SandboxSource;
  entrypoint: string[];
  metadata: Record<string, string>;
  resourceLimits: Record<string, string>;
  platform?: { os: string; arch: string };
  extensions: Record<string, string>;
  /** Names only: values live in the container's own configuration and nowhere else. */
  envNames: string[];
  volumes: VolumeRecord[];
  /** Docker volumes that this create made and that go with the sandbox. */
  ownedVolumes: string[];
  network: 'bridge' | 'none';
  /** The create was answered with Pending while its image was pulled; a crash must not make it vanish. */
  answeredPending?: boolean;
  /** The user asked for the pause; a paused container without it is a capture's freeze or a hand's work. */
  pausedByUser: boolean;
  createdAt: string;
  expiresAt?: string;
  lastTransitionAt: string;
  failure?: StatusReason;
  rollback?: RollbackIntent;
}

export type SnapshotState = 'Creating' | 'Ready' | 'Failed' | 'Deleting';

/** What the GUI offers when this snapshot is restored; never values of environment variables. */
export interface RestoreDefaults {
  entrypoint: string[];
  resourceLimits: Record<string, string>;
  envNames: string[];
}

/** Which rule had a snapshot taken without anybody asking for it. */
export type AutomaticReason = 'interval' | 'before-delete' | 'before-expiry' | 'before-rollback';

/** Whether an image holds what its container had changed. */
export interface VerificationRecord {
  /** `unknown`: it cannot be told, or was not looked at; then `reason` says why. */
  state: 'pending' | 'verified' | 'incomplete' | 'unknown';
  /** Changes that were found in the image. */
  checkedPaths?: number;
  /** The first of the changes that are not in it. */
  missing?: string[];
  reason?: string;
  /** When it was looked at last; absent when there is nothing to check by. */
  at?: string;
}

/** A mount of a captured container. */
export interface MountRecord {
  kind: 'host' | 'named';
  /** Host path or Docker volume name. */
  source: string;
  mountPath: string;
  /** Of a named volume, some seconds after the capture. */
  sizeBytes?: number;
}

/** What a container had besides its own filesystem when it was captured. */
export interface NotCapturedRecord {
  volumes: MountRecord[];
  /** Where memory was mounted as a filesystem. */
  tmpfs: string[];
  /** Processes that ran. */
  processes?: number;
}

export interface SnapshotRecord extends StatusReason {
  id: string;
  engineId: string;
  sandboxId: string;
  name?: string;
  state: SnapshotState;
  createdAt: string;
  lastTransitionAt: string;
  /** The snapshot that the source sandbox was restored from. */
  parentSnapshotId?: string;
  /** The snapshot that was taken of the same container before this one. */
  previousSnapshotId?: string;
  /** The container that was captured; going back to a snapshot gives a sandbox another one. */
  containerId?: string;
  /** The image at the root of the lineage, as the first sandbox named it. */
  baseImage?: string;
  /** Human name of the source at capture time, for lists that outlive it. */
  sandboxName?: string;
  /** `opensandbox-snapshots:<id>` */
  imageTag: string;
  imageId?: string;
  /** Whole size of the image. */
  sizeBytes?: number;
  /** What this capture added: the size of its own layer. */
  ownSizeBytes?: number;
  layers?: number;
  /** When the engine was asked to commit; absent while queued. */
  captureStartedAt?: string;
  /** From the start of the capture to Ready. */
  captureMillis?: number;
  /** How long the source was frozen, by the engine's own clock. */
  freezeMillis?: number;
  /** The chain was squashed to one layer because it neared Docker's limit. */
  flattened?: boolean;
  /** Nothing had been changed: the image is still the source's, until one with this snapshot's labels replaces it. */
  borrowsImage?: boolean;
  verification?: VerificationRecord;
  notCaptured?: NotCapturedRecord;
  /** Copies of the sandbox's named volumes were asked for. */
  withVolumes?: boolean;
  /** The copies that it holds; a restore makes new volumes of them. */
  volumeCopies?: VolumeCopyRecord[];
  restoreDefaults: RestoreDefaults;
  notes?: string;
  /** The user's own marks, to find it by. */
  labels?: Record<string, string>;
  pinned: boolean;
  /** Absent for what people and programs asked for. */
  automatic?: AutomaticReason;
  /** `adopted`: made by another OpenSandbox server on this engine; read-only here. */
  origin: 'local' | 'adopted';
  /** How often and when last a sandbox was started from it. */
  restoredCount: number;
  lastRestoredAt?: string;
}

/** What is remembered of a deleted snapshot while something that came from it is still there. */
export interface SnapshotGhost extends Pick<
  SnapshotRecord,
  | 'id'
  | 'engineId'
  | 'sandboxId'
  | 'sandboxName'
  | 'name'
  | 'createdAt'
  | 'parentSnapshotId'
  | 'previousSnapshotId'
  | 'containerId'
  | 'baseImage'
  | 'sizeBytes'
  | 'ownSizeBytes'
> {
  kind: 'snapshot';
  /** Absent when it is known from labels alone. */
  deletedAt?: string;
}

/** What is remembered of a sandbox that is gone while snapshots of it are still there. */
export interface SandboxGhost extends Pick<
  SandboxRecord,
  'id' | 'engineId' | 'source' | 'containerId' | 'createdAt'
> {
  kind: 'sandbox';
  name: string;
  deletedAt?: string;
}

export type GhostRecord = SnapshotGhost | SandboxGhost;

export type TaskKind =
  | 'image.pull'
  | 'image.import'
  | 'image.starter'
  | 'snapshot.export'
  | 'snapshot.import'
  | 'snapshot.push'
  | 'snapshot.pull'
  | 'sandbox.rollback'
  | 'sandbox.fork'
  | 'snapshot.fork'
  | 'snapshot.verify'
  | 'snapshot.secrets';
export type TaskState = 'Running' | 'Succeeded' | 'Failed' | 'Cancelled';

/** One of several things that a task was to make and could not. */
export interface TaskFailure {
  /** Which of them, counted from 1. */
  index: number;
  code: string;
  message: string;
}

/** What a task made: single facts by name, and lists where it made several things. */
export interface TaskResult {
  [fact: string]: string | string[] | TaskFailure[] | undefined;
  sandboxIds?: string[];
  failures?: TaskFailure[];
}

export interface TaskRecord {
  id: string;
  kind: TaskKind;
  /** What it works on, for people: an image name. */
  title: string;
  state: TaskState;
  progress: { done: number; total?: number; unit: 'bytes' | 'layers' | 'steps' };
  startedAt: string;
  finishedAt?: string;
  /** Prediction from this machine's own history of the kind. */
  predictedMillis?: number;
  result?: TaskResult;
  error?: { code: string; message: string };
}

/** Who or what caused an activity entry. */
export type ActivityCause = 'api' | 'gui' | 'expiry' | 'rule' | 'engine' | 'recovery';

export interface ActivityRecord {
  id: string;
  at: string;
  cause: ActivityCause;
  /** Such as `sandbox.created`, `snapshot.ready`, `engine.lost`. */
  kind: string;
  severity: 'info' | 'error';
  /** One sentence for people. */
  message: string;
  sandboxId?: string;
  snapshotId?: string;
  taskId?: string;
}

/** Which snapshots of a sandbox stay; whatever none of the three counts keeps is deleted. */
export interface RetentionRule {
  keepLast: number;
  /** The newest of each hour, for so many hours; 0 for none. */
  hourlyHours: number;
  /** The newest of each day, for so many days; 0 for none. */
  dailyDays: number;
  /** Also judge snapshots that somebody asked for. */
  includeManual: boolean;
}

export interface SnapshotRules {
  /** Absent where no snapshots are taken by the clock. */
  everyMinutes?: number;
  beforeDelete: boolean;
  beforeExpiry: boolean;
  beforeRollback: boolean;
  /** Absent where nothing is deleted. */
  retention?: RetentionRule;
}

/** What came of looking whether a snapshot is due. */
export type RuleOutcome = 'taken' | 'unchanged' | 'not-running' | 'busy' | 'failed';

/** The rules of one sandbox; its id is the sandbox's. */
export interface RulesRecord extends SnapshotRules {
  id: string;
  /** When the interval last began to run. */
  countedFrom: string;
  lastCheck?: { at: string; outcome: RuleOutcome };
}

export interface SettingsRecord {
  id: 'settings';
  theme: 'system' | 'light' | 'dark';
  density: 'comfortable' | 'compact';
  singleKeyShortcuts: boolean;
  /** Keep the server and the tray entry when the window closes. */
  keepRunningInTray: boolean;
  /** Captures at once over all sandboxes. */
  maxConcurrentCaptures: number;
  /** Keep networks ready for the next sandboxes. */
  prepareNetworks: boolean;
  /** How many of them. */
  preparedNetworks: number;
  /** How long after the last create they stay. */
  preparedIdleMinutes: number;
  /** Look for secrets before a snapshot is exported or pushed from the window. */
  lookForSecrets: boolean;
  /** Folders that host volumes may lie under, besides OPEN_SANDBOX_HOST_VOLUMES. */
  hostVolumeRoots: string[];
  /** Engine endpoint the user picked, tried before discovery. */
  engineEndpoint?: string;
}

/** The engine that was connected last; whose records are told while none is. */
export interface LastEngineRecord {
  id: 'last';
  /** Docker API `GET /info`, `ID`. */
  engineId: string;
}

/** What one collection is called in the files and what it holds. */
export interface StoredCollections {
  sandboxes: SandboxRecord;
  snapshots: SnapshotRecord;
  ghosts: GhostRecord;
  tasks: TaskRecord;
  activity: ActivityRecord;
  settings: SettingsRecord;
  rules: RulesRecord;
  engines: LastEngineRecord;
}

export type CollectionName = keyof StoredCollections;
